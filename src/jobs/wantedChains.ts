import type { Connector } from '../config/connector.js'
import type { ChainSchedule, ChainSpec } from './chain.js'

/** What the configuration says of what is to be done again and again. */
export interface WantedChains {
  readonly connectors: readonly Connector[]
  /** Whether buckets are to be compared with what should be there, and how often. */
  readonly reconcile: { readonly isEnabled: boolean; readonly intervalMs: number }
  /** Whether the lake is published: after what changes it, and again and again, so that what failed is made up for. */
  readonly publish?: { readonly intervalMs: number }
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const SCHEDULES: Readonly<Record<Exclude<Connector['schedule'], 'manual'>, ChainSchedule>> = {
  daily: { kind: 'every', every_ms: DAY_MS },
  weekly: { kind: 'every', every_ms: 7 * DAY_MS },
  inventory: { kind: 'reports' },
}

/** The chains of a lake: one for each connector, in their order, `reconcile`, `maintain`, which is daily, and perhaps `publish`. */
export const wantedChains = ({ connectors, reconcile, publish }: WantedChains): ChainSpec[] => [
  ...connectors.map(importChain),
  {
    ...{ name: RECONCILE_CHAIN, type: 'reconcile', connector: null, params: { run_tasks: true } },
    schedule: { kind: 'every', every_ms: reconcile.intervalMs },
    isEnabled: reconcile.isEnabled,
  },
  {
    ...{ name: MAINTAIN_CHAIN, type: 'maintain', connector: null, params: {} },
    schedule: { kind: 'every', every_ms: DAY_MS },
    isEnabled: true,
  },
  ...(publish ? [publishChain(publish.intervalMs)] : []),
]

const publishChain = (intervalMs: number): ChainSpec => ({
  ...{ name: 'publish', type: 'publish', connector: null, params: {} },
  schedule: { kind: 'every', every_ms: intervalMs },
  isEnabled: true,
})

export const RECONCILE_CHAIN = 'reconcile'
export const MAINTAIN_CHAIN = 'maintain'

/** The name of the chain that makes a connector's snapshots. */
export const importChainName = ({ guid }: Pick<Connector, 'guid'>): string => `import-${guid}`

/** A connector whose bucket is listed has scans; only reports come by themselves, so these are as often as its name says. */
function importChain(connector: Connector): ChainSpec {
  const { name, scanMode, schedule } = connector
  const isListed = scanMode !== 'aws_inventory'
  return {
    ...{ name: importChainName(connector), type: isListed ? 'scan' : 'import', connector: name, params: {} },
    schedule: schedule === 'manual' ? SCHEDULES.weekly : isListed ? listedSchedule(schedule) : SCHEDULES[schedule],
    isEnabled: schedule !== 'manual',
  }
}

/** No reports come where a bucket is listed: as often as S3 would make them. */
const listedSchedule = (schedule: keyof typeof SCHEDULES): ChainSchedule =>
  schedule === 'inventory' ? SCHEDULES.daily : SCHEDULES[schedule]
