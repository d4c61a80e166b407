import type { Connector, InventoryPlace } from '../config/connector.js'
import { NotFoundError } from '../errors.js'
import { type FoundReport, findNewestReport, getNewestReport, reportsFolder } from '../inventory/findReports.js'
import { loadManifest } from '../inventory/loadManifest.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { formatBytes, formatDuration } from '../output/quantities.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { expectedReport, reportSource } from '../snapshot/importReports.js'
import { type DeliveredConnector, deliversTo, deliveryUrl, placeUrl } from './inventoryConfiguration.js'
import type { InventoryState } from './inventoryState.js'

const DAY_MS = 86_400_000

/** A weekly report is on its way for some hours, and its successor as long. */
const WEEKLY_WARN_MS = 8 * DAY_MS
const WEEKLY_ERROR_MS = 15 * DAY_MS

export interface ReportCheckOptions {
  readonly connector: Connector
  readonly place: InventoryPlace
  /** What the row is about. */
  readonly check: string
  /** Of the connector's inventory configuration. */
  readonly state: InventoryState
  /** Where a person sees whether S3 may deliver. */
  readonly delivery: string
}

/**
 * Looks at the newest report that was delivered whole, and at its manifest; where there is none, at why that may be.
 * @throws {StocktakeError} what reading comes to: denied, no such bucket, a manifest that can't be trusted
 */
export async function checkNewestReport(options: ReportCheckOptions, reports: ObjectStore, now: Date): Promise<Check> {
  const report = await findNewestReport(reports, reportSource(options.connector))
  if (!report) return explainAbsence(options, reports)
  const { manifest } = await loadManifest(reports, report.manifestKey, expectedReport(options.connector))
  const bytes = manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const count = `${manifest.files.length} ${manifest.files.length === 1 ? 'file' : 'files'}`
  const found = `newest report ${report.name}${ageText(report, now)}: ${manifest.format}, ${count}, ${formatBytes(bytes)}`
  return judgeAge(options, report, found, now)
}

const ageText = ({ at }: FoundReport, now: Date): string =>
  now > at ? `, ${formatDuration(now.getTime() - at.getTime())} old` : ''

/** How old the newest report may get, by the schedule of the configuration where that is known, else of the connector. */
export function ageLimits(
  connector: Connector,
  state: InventoryState,
): { warnMs: number; errorMs: number } | undefined {
  if (connector.schedule === 'manual') return undefined
  const known = state.kind === 'present' ? state.configuration.Schedule?.Frequency : undefined
  const isWeekly = known === undefined ? connector.schedule === 'weekly' : known === 'Weekly'
  const { warnAfterMs, errorAfterMs } = connector.freshness
  if (!isWeekly) return { warnMs: warnAfterMs, errorMs: errorAfterMs }
  return { warnMs: Math.max(warnAfterMs, WEEKLY_WARN_MS), errorMs: Math.max(errorAfterMs, WEEKLY_ERROR_MS) }
}

function judgeAge(
  { connector, check, state, delivery }: ReportCheckOptions,
  { at }: FoundReport,
  found: string,
  now: Date,
): Check {
  const limits = ageLimits(connector, state)
  const ageMs = now.getTime() - at.getTime()
  const fault = faultOf(state, connector)
  if (!limits || ageMs <= limits.warnMs)
    return fault
      ? { status: 'warn', check, found: `${found}; ${fault.found}: it is the last`, fix: fault.fix }
      : { status: 'ok', check, found, fix: null }
  const late = `${found}; one was expected within ${formatDuration(limits.warnMs)}`
  return {
    status: ageMs > limits.errorMs ? 'fail' : 'warn',
    check,
    found: fault ? `${late}, but ${fault.found}` : late,
    fix: fault?.fix ?? delivery,
  }
}

/** What keeps reports from coming where they are read, if that is known. */
function faultOf(state: InventoryState, connector: Connector): { found: string; fix: string } | undefined {
  const { name, source, inventory } = connector
  const apply = `stocktake setup ${name} --apply`
  if (!inventory || source.kind === 'folder' || inventory.destination.kind === 'folder') return undefined
  const { configName } = inventory
  const destinationBucket = inventory.destination.name
  const delivered: DeliveredConnector = { connector, place: inventory, sourceBucket: source.name, destinationBucket }
  if (state.kind === 'absent')
    return { found: `s3://${source.name} has no inventory configuration ${configName}`, fix: `${apply} makes it` }
  if (state.kind !== 'present') return undefined
  if (state.configuration.IsEnabled !== true)
    return { found: `the inventory configuration ${configName} is disabled`, fix: `${apply} enables it` }
  if (deliversTo(state.configuration, delivered)) return undefined
  return {
    found: `the inventory configuration ${configName} delivers to ${deliveryUrl(state.configuration)}, not to ${placeUrl(delivered)}`,
    fix: `read there, with destination_bucket and prefix; or ${apply} changes where it delivers`,
  }
}

async function explainAbsence(options: ReportCheckOptions, reports: ObjectStore): Promise<Check> {
  const { connector, place, check, state, delivery } = options
  const source = reportSource(connector)
  const fault = faultOf(state, connector)
  if (fault) return { status: 'fail', check, found: fault.found, fix: fault.fix }
  const { got, fix } = await tellAbsence(reports, connector)
  const found = `no report in ${reports.url}/${reportsFolder(source)}: ${got}`
  if (state.kind === 'present')
    return {
      status: 'warn',
      check,
      found: `configured, and waiting for the first report: ${got} in ${reports.url}/${reportsFolder(source)}`,
      fix: `it comes up to 48 hours after the set-up; ${delivery}`,
    }
  if (place.destination.kind === 'folder')
    return { status: 'fail', check, found, fix: 'copy reports there; check prefix, source_bucket and config_name' }
  return { status: 'fail', check, found, fix }
}

/** Whether nothing was ever delivered, or nothing whole. */
async function tellAbsence(reports: ObjectStore, connector: Connector): Promise<{ got: string; fix: string }> {
  try {
    await getNewestReport(reports, reportSource(connector))
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
    return { got: error.facts.got ?? 'none', fix: error.facts.fix ?? '' }
  }
  return { got: 'it has just come', fix: 'run this again' }
}
