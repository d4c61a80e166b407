import { connectorGuid } from '../config/connector.js'
import { dropAbandoned, dropOldSnapshots, listAbandoned } from '../snapshot/dropImports.js'
import type { Receipt } from '../snapshot/receipts.js'
import { ConnectorBusyError, ConnectorLostError, withConnectorLease } from './connectorLease.js'
import { type MaintainRow, row, type StepEffects } from './maintainStep.js'

/** Drops the snapshots that `keep` doesn't name; a row for each connector that has such. */
export async function dropUnkept(effects: StepEffects): Promise<MaintainRow[]> {
  const { keep, dryRun, storeTime } = effects
  if (!keep)
    return [row('drop snapshots', { count: 0, unit: 'snapshots', detail: 'all stay: nothing says what to keep' })]
  const dropped = await dropOldSnapshots(
    { keep, dryRun, at: storeTime },
    {
      ...effects,
      async alone(connector, act) {
        await underLease(connector, act, effects) // rows that are left are those of abandoned imports
      },
    },
  )
  return [...groupBy(dropped, ({ receipt }) => receipt.connector)].map(([subject, group]) =>
    row('drop snapshots', {
      subject,
      count: group.length,
      unit: 'snapshots',
      sizeBytes: sum(group),
      detail: rangeText(group.map(({ receipt }) => receipt.snapshot)),
      names: group.map(({ receipt }) => nameOf(receipt)),
    }),
  )
}

/**
 * Drops what killed imports have left in the tables; a row for each connector that has such. While it does so no import of that
 * connector can begin, as it might go on with one of them; where one runs, it is left for the next time.
 */
export async function dropKilled(effects: StepEffects): Promise<MaintainRow[]> {
  const found = groupBy(await listAbandoned(effects, effects.storeTime), ({ connector }) => connector)
  const rows: MaintainRow[] = []
  for (const [connector, abandoned] of found) {
    const { dropped, left } = effects.dryRun
      ? { dropped: abandoned, left: null }
      : await dropUnderLease(connector, effects)
    rows.push(
      row('drop abandoned imports', {
        ...{ subject: connector, count: dropped.length, unit: 'imports' },
        ...{ sizeBytes: sum(dropped), detail: left, names: dropped.map(({ import_id }) => import_id) },
      }),
    )
  }
  return rows
}

async function dropUnderLease(connector: string, effects: StepEffects) {
  const { storeTime: at } = effects
  const { done: dropped = [], left } = await underLease(
    connector,
    lost => dropAbandoned(connector, { at, lost }, effects),
    effects,
  )
  return { dropped, left }
}

/** @returns what was done, or why it is left for the next time */
async function underLease<T>(
  connector: string,
  act: (lost: AbortSignal) => Promise<T>,
  effects: StepEffects,
): Promise<{ readonly done?: T; readonly left: string | null }> {
  const options = { connectorGuid: connectorGuid(connector), connector, what: 'maintain' as const, jobId: null }
  try {
    const done = await withConnectorLease({ ...options, wait: false }, { ...effects, waiting: () => undefined }, act)
    return { done, left: null }
  } catch (error) {
    if (!(error instanceof ConnectorBusyError || error instanceof ConnectorLostError)) throw error
    return { left: `left for the next time: ${error.facts.got ?? 'busy'}` }
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

const sum = (items: readonly { readonly sizeBytes: number }[]): number =>
  items.reduce((total, { sizeBytes }) => total + sizeBytes, 0)

const nameOf = ({ snapshot, scope }: Receipt): string => (scope === '' ? snapshot : `${snapshot} of ${scope}`)

/** `2025-01-01T01-00Z, 2025-01-02T01-00Z`, or where there are many, the oldest and the newest. */
function rangeText(names: readonly string[]): string {
  const sorted = [...names].sort()
  return sorted.length <= MOST_NAMED ? sorted.join(', ') : `${sorted[0]} … ${sorted.at(-1)}`
}

const MOST_NAMED = 3
