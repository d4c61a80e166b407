import { type Bucket, type Connector, getConnector } from '../config/connector.js'
import { mergeConnectors } from '../lake/lakeConnectors.js'
import type { Column } from '../output/cells.js'
import { formatDuration, formatShare } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import { checkConnector } from '../snapshot/connectorChecks.js'
import { writeChecks } from './checkScreen.js'
import { reachLakeConnectors } from './connectorContext.js'
import { loadConnectorTimes, TIMES_COLUMNS, timesLines } from './connectorTimes.js'
import type { Context } from './globals.js'
import { openBucket } from './lakeSession.js'
import { isForPeople } from './shown.js'

/** Writes a line for each connector, of the file and of the lake. One of both is as the file declares it. */
export async function listConnectors(context: Context): Promise<void> {
  const declared = context.config.connectors
  const ofLake = await reachLakeConnectors(context)
  const connectors = mergeConnectors(declared, ofLake)
  if (connectors.length === 0)
    context.log.notice('no connector yet: name a bucket under connectors in stocktake.yaml, or see connectors add')
  for (const { name, declaredAt } of declared)
    if (ofLake.some(other => other.name === name))
      context.log.warn(`a connector ${name} lives in the lake, too: the one at ${declaredAt} hides it`)
  await context.write(connectors.map(settingsOf), isForPeople(context.format) ? LISTED : ALL)
}

/** Writes the settings of a connector, and when its schedule does something. @throws {NotFoundError} */
export async function showConnector(name: string, context: Context): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  const times = await loadConnectorTimes(connector, context)
  if (context.format !== 'table')
    return context.write([{ ...settingsOf(connector), ...times }], [...ALL, ...TIMES_COLUMNS])
  const lines = [...shownSettings(connector)].map(([name, value]) => `${name.padEnd(24)}${escapeControls(value)}\n`)
  const where = connector.declaredAt === undefined ? [LIVES_IN_LAKE] : []
  await writeText(context.stdout, [...lines, ...where, ...timesLines(times)])
}

const LIVES_IN_LAKE = `${'declared at'.padEnd(24)}the lake: connectors set and connectors remove change it\n`

/** Writes the settings of a connector for a program. */
export const writeSettings = (connector: Connector, context: Context): Promise<void> =>
  context.write([settingsOf(connector)], ALL)

/** The settings of a connector as people read them: `warn after` and `36 h`. */
export function shownSettings(connector: Connector): Map<string, string> {
  const entries = Object.entries(settingsOf(connector)).flatMap(([setting, value]): [string, string][] =>
    value === null ? [] : [[setting.replace(/_ms$/, '').replaceAll('_', ' '), shownValue(setting, value)]],
  )
  return new Map(entries)
}

/**
 * Writes a line for each thing that an import needs, and what mends it.
 * @throws {StocktakeError} when one of them fails, after all lines
 */
export async function testConnector(name: string, context: Context): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  const effects = { openBucket: (bucket: Bucket) => openBucket(bucket, context), now: context.now }
  await writeChecks(checkConnector(connector, effects), `connector ${connector.name}`, context)
}

type Settings = Readonly<Record<string, string | number | null>>

/** The settings by the names that the file has for them; nothing secret is among them. */
function settingsOf(connector: Connector): Settings {
  const { inventory } = connector
  return {
    name: connector.name,
    guid: connector.guid,
    source_bucket: placeOf(connector.source),
    destination_bucket: inventory ? placeOf(inventory.destination) : null,
    prefix: inventory?.prefix ?? null,
    config_name: inventory?.configName ?? null,
    report_format: inventory?.format ?? null,
    fields: inventory && Object.keys(inventory.fields).length > 0 ? JSON.stringify(inventory.fields) : null,
    scan_mode: connector.scanMode,
    sample_rate: connector.sampleRate,
    fallback_to_sample: String(connector.fallbackToSample),
    schedule: connector.schedule,
    warn_after_ms: connector.freshness.warnAfterMs,
    error_after_ms: connector.freshness.errorAfterMs,
    max_rejected: connector.maxRejected,
    declared_at: connector.declaredAt ?? null,
  }
}

const placeOf = (bucket: Bucket): string => (bucket.kind === 'folder' ? bucket.path : bucket.name)

const ALL: readonly Column[] = [
  'name',
  'guid',
  'source_bucket',
  'destination_bucket',
  'prefix',
  'config_name',
  'report_format',
  'fields',
  'scan_mode',
  'sample_rate',
  'fallback_to_sample',
  'schedule',
  'warn_after_ms',
  'error_after_ms',
  'max_rejected',
  'declared_at',
].map(name => ({ name }))

const LISTED: Column<Settings>[] = [
  { name: 'name' },
  { name: 'source_bucket', title: 'source' },
  { name: 'destination_bucket', title: 'reports' },
  { name: 'schedule' },
  { name: 'declared_at', title: 'declared in', value: ({ declared_at }) => declared_at ?? 'the lake' },
]

function shownValue(setting: string, value: string | number | null): string {
  if (typeof value !== 'number') return String(value)
  return setting.endsWith('_ms') ? formatDuration(value) : formatShare(value)
}
