import type { Connector } from '../config/connector.js'
import { NotFoundError, ReportRefusedError, UsageError } from '../errors.js'
import { getNewestReport, getReport, listReports, nameReport, type ReportSource } from '../inventory/findReports.js'
import { type LoadedManifest, loadManifest } from '../inventory/loadManifest.js'
import { parseReportTime } from '../inventory/reportTime.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { countRequests, NO_REQUESTS, requestsSince } from './countingStore.js'
import { type ImportEffects, type ImportOutcome, makeSnapshot } from './makeSnapshot.js'
import type { EngineLimits } from './memoryBudget.js'
import type { Transport } from './remoteFiles.js'
import type { RemoteImportOptions } from './remoteImport.js'
import { reportAsSource } from './reportAsSource.js'

/** Which reports are wanted: the newest; the one of a time; the one of a manifest; or all, oldest first. */
export type WantedReports =
  | { readonly which: 'newest' }
  | { readonly which: 'at'; readonly at: Date }
  | { readonly which: 'manifest'; readonly key: string }
  | { readonly which: 'all' }

/** Which reports options ask for, or the params of a job. @throws {UsageError} for a time that is none */
export function wantedReports(args: {
  readonly at?: string
  readonly manifest?: string
  readonly all?: boolean
}): WantedReports {
  if (args.all) return { which: 'all' }
  if (args.at !== undefined) return { which: 'at', at: parseReportTime(args.at) }
  return args.manifest === undefined ? { which: 'newest' } : { which: 'manifest', key: args.manifest }
}

export interface ImportReportsOptions {
  readonly connector: Connector
  readonly wanted: WantedReports
  /** Imports reports that have been imported, once more. */
  readonly again: boolean
  readonly limits: EngineLimits
}

/** A report whose import begins. */
export interface StartedReport {
  readonly snapshot: string
  readonly loaded: LoadedManifest
}

export type ReportOutcome =
  | ({ readonly kind: 'imported' | 'unchanged' } & ImportOutcome)
  /** One of all was refused; the others go on. */
  | { readonly kind: 'refused'; readonly snapshot: string; readonly error: ReportRefusedError }

export interface ImportReportsEffects extends ImportEffects {
  /** The bucket that reports are delivered to. */
  readonly reports: ObjectStore
  readonly transport: Transport
  readonly started: (report: StartedReport) => void
  /** Where another engine reads the rows: what makes the snapshot then. @param reports with its requests counted */
  readonly importElsewhere?: (
    options: RemoteImportOptions & { readonly reports: ObjectStore },
  ) => Promise<ImportOutcome>
}

/**
 * Imports the reports that are wanted, one after the other.
 * @throws {NotFoundError} where there is no such report
 * @throws {ReportRefusedError} if the only one wanted can't be trusted
 * @throws {UsageError} for a connector that has no inventory
 */
export async function* importReports(
  options: ImportReportsOptions,
  effects: ImportReportsEffects,
): AsyncGenerator<ReportOutcome> {
  const { connector, wanted } = options
  const source = reportSource(connector)
  const { store: reports, counts } = countRequests(effects.reports)
  let found = false
  let before = NO_REQUESTS
  for await (const { manifestKey } of findWanted(wanted, source, reports)) {
    found = true
    let snapshot = manifestKey
    try {
      const loaded = await loadManifest(reports, manifestKey, expectedReport(connector))
      snapshot = nameReport(manifestKey, loaded.manifest.takenAt)
      effects.started({ snapshot, loaded })
      const requests = () => requestsSince(counts(), before)
      const report = { connector: connector.name, snapshot, loaded }
      const source = reportAsSource(report, { ...effects, reports, requests })
      const outcome = effects.importElsewhere
        ? await effects.importElsewhere({ ...options, source, loaded, reports })
        : await makeSnapshot({ ...options, source }, effects)
      yield { kind: outcome.isNew ? 'imported' : 'unchanged', ...outcome }
    } catch (error) {
      if (wanted.which !== 'all' || !(error instanceof ReportRefusedError)) throw error
      yield { kind: 'refused', snapshot, error }
    }
    before = counts() // the next report's are its own; the first has those of finding it
  }
  if (!found) await getNewestReport(effects.reports, source) // says what there is instead
}

/** Where a connector's reports are. @throws {UsageError} for a connector that has no inventory */
export function reportSource({ name, source, inventory }: Connector): ReportSource {
  if (inventory) return { prefix: inventory.prefix, sourceBucket: source.name, configName: inventory.configName }
  throw new UsageError({
    subject: `connector ${name}`,
    expected: 'inventory: with destination_bucket and config_name',
    got: 'none',
    fix: 'say where its reports are',
  })
}

/** What a connector says about its reports. */
export const expectedReport = ({ source, inventory }: Connector) => ({
  sourceBucket: source.name,
  ...(inventory && inventory.format !== 'auto' && { format: inventory.format }),
  ...(inventory && { fields: inventory.fields }),
})

async function* findWanted(
  wanted: WantedReports,
  source: ReportSource,
  reports: ObjectStore,
): AsyncIterable<{ manifestKey: string }> {
  if (wanted.which === 'all') yield* listReports(reports, source)
  else if (wanted.which === 'at') yield await getReport(reports, source, wanted.at)
  else if (wanted.which === 'newest') yield await getNewestReport(reports, source)
  else if (await reports.find(wanted.key)) yield { manifestKey: wanted.key }
  else throw new NotFoundError({ subject: `${reports.url}/${wanted.key}`, got: 'no such manifest' })
}
