import type { Connector } from '../config/connector.js'
import { formatErrorFacts, ReportRefusedError } from '../errors.js'
import { listReports } from '../inventory/findReports.js'
import { REFUSED_FIX } from '../inventory/loadManifest.js'
import { formatReportTime } from '../inventory/reportTime.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { formatDuration } from '../output/quantities.js'
import { latestReceipts } from './currentSources.js'
import { reportSource, type WantedReports } from './importReports.js'
import type { LakeEffects } from './lakeTables.js'
import { listReceipts, type Receipt } from './receipts.js'
import { parseSnapshotName } from './snapshotName.js'

interface ExplainEffects extends LakeEffects {
  readonly reports: ObjectStore
  readonly now: () => Date
}

/** The same refusal, a line for each thing to know: what is wrong, what the lake has, and what to do now. */
export async function explainRefusal(
  error: ReportRefusedError,
  connector: Connector,
  wanted: WantedReports,
  effects: ExplainEffects,
): Promise<ReportRefusedError> {
  const { fix, ...facts } = error.facts
  const receipts = await listReceipts(effects, connector.name)
  const newest = latestReceipts(receipts)[0]
  const lake = newest
    ? `newest snapshot is ${newest.snapshot}${formatAge(newest, effects.now())}`
    : `it has no snapshot of ${connector.name} yet`
  const earlier = fix === REFUSED_FIX ? await findEarlier(connector, wanted, receipts, effects.reports) : undefined
  const next = earlier
    ? `wait for the next delivery, or import an earlier one: stocktake import ${connector.name} --at ${earlier}`
    : fix === REFUSED_FIX
      ? 'wait for the next delivery'
      : fix
  const lines = [`refused: ${formatErrorFacts(facts)}`, `the lake is as it was; ${lake}`, next]
  return new ReportRefusedError({ subject: lines.filter(line => line !== undefined).join('\n'), cause: error })
}

function formatAge({ snapshot }: Receipt, now: Date): string {
  const ms = now.getTime() - parseSnapshotName(snapshot).getTime()
  return ms < 0 ? '' : ` (${formatDuration(ms)} old)`
}

/** The newest report before the refused one that hasn't been imported. */
async function findEarlier(
  connector: Connector,
  wanted: WantedReports,
  receipts: readonly Receipt[],
  reports: ObjectStore,
): Promise<string | undefined> {
  const names: string[] = []
  for await (const { name } of listReports(reports, reportSource(connector))) names.push(name)
  const refused = wanted.which === 'at' ? formatReportTime(wanted.at) : names.at(-1)
  if (wanted.which === 'manifest' || refused === undefined) return undefined
  const imported = new Set(receipts.map(({ snapshot }) => snapshot))
  return names.reverse().find(name => name < refused && !imported.has(name))
}
