import { type Bucket, type Connector, getConnector } from '../config/connector.js'
import type { Column } from '../output/cells.js'
import { formatDuration, formatShare } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import { checkConnector } from '../snapshot/connectorChecks.js'
import { writeChecks } from './checkScreen.js'
import type { Context } from './globals.js'
import { openBucket } from './lakeSession.js'
import { isForPeople } from './shown.js'

/** Writes a line for each connector. */
export async function listConnectors(context: Context): Promise<void> {
  const { connectors } = context.config
  if (connectors.length === 0) context.log.notice('no connector yet: name a bucket under connectors in stocktake.yaml')
  await context.write(connectors.map(settingsOf), isForPeople(context.format) ? LISTED : ALL)
}

/** Writes the settings of a connector. @throws {NotFoundError} */
export async function showConnector(name: string, context: Context): Promise<void> {
  const settings = settingsOf(getConnector(context.config.connectors, name))
  if (context.format !== 'table') return context.write([settings], ALL)
  const entries = Object.entries(settings).filter(([, value]) => value !== null)
  const shown = entries.map(([setting, value]) => ({
    setting: setting.replace(/_ms$/, '').replaceAll('_', ' '),
    value: shownValue(setting, value),
  }))
  await writeText(
    context.stdout,
    shown.map(({ setting, value }) => `${setting.padEnd(24)}${escapeControls(value)}\n`),
  )
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

const ALL: Column<Settings>[] = [
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
  { name: 'declared_at', title: 'declared in' },
]

function shownValue(setting: string, value: string | number | null): string {
  if (typeof value !== 'number') return String(value)
  return setting.endsWith('_ms') ? formatDuration(value) : formatShare(value)
}
