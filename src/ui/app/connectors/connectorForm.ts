import type { Connector } from '../../../api/connectors.js'

/** What the form has: the settings as people write them. */
export interface ConnectorForm {
  readonly name: string
  readonly source_bucket: string
  readonly destination_bucket: string
  readonly prefix: string
  readonly config_name: string
  readonly format: string
  /** A line for each field that a report names otherwise: `Size: size_in_bytes`. */
  readonly fields: string
  readonly scan_mode: string
  readonly sample_rate: string
  readonly fallback_to_sample: boolean
  readonly schedule: string
  readonly warn_after: string
  readonly error_after: string
  readonly max_rejected: string
}

export type FieldName = keyof ConnectorForm
export type FormProblems = Partial<Record<FieldName, string>>
type Settings = Record<string, unknown>

/** As a new connector is unless told otherwise. */
export const NEW_CONNECTOR: ConnectorForm = {
  name: '',
  source_bucket: '',
  destination_bucket: '',
  prefix: '',
  config_name: '',
  format: 'auto',
  fields: '',
  scan_mode: 'aws_inventory',
  sample_rate: '0.1',
  fallback_to_sample: true,
  schedule: 'weekly',
  warn_after: '36h',
  error_after: '72h',
  max_rejected: '0.1%',
}

export function formOf({ inventory, freshness, ...connector }: Connector): ConnectorForm {
  return {
    name: connector.name,
    source_bucket: connector.source_bucket,
    destination_bucket: inventory?.destination_bucket ?? '',
    prefix: inventory?.prefix ?? '',
    config_name: inventory?.config_name ?? '',
    format: inventory?.format ?? 'auto',
    fields: Object.entries(inventory?.fields ?? {})
      .map(([field, name]) => `${field}: ${name}`)
      .join('\n'),
    scan_mode: connector.scan_mode,
    sample_rate: String(connector.sample_rate),
    fallback_to_sample: connector.fallback_to_sample,
    schedule: connector.schedule,
    warn_after: durationSetting(freshness.warn_after_ms),
    error_after: durationSetting(freshness.error_after_ms),
    max_rejected: percentSetting(connector.max_rejected),
  }
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const FIELD_LINE = /^([^:]+):\s*(\S.*)$/

/** What can be told before the server is asked, which has the last word. */
export function findProblems(form: ConnectorForm): FormProblems {
  const readsReports = form.scan_mode === 'aws_inventory'
  const lines = fieldLines(form.fields)
  return {
    ...(!NAME.test(form.name) && {
      name: 'up to 64 letters, digits, ".", "_" and "-", starting with a letter or digit',
    }),
    ...(form.source_bucket.trim() === '' && { source_bucket: 'which bucket is counted?' }),
    ...(readsReports &&
      form.destination_bucket.trim() === '' && { destination_bucket: 'where are the reports delivered?' }),
    ...(readsReports && form.config_name.trim() === '' && { config_name: 'the name that the configuration has in S3' }),
    ...(lines.some(line => !FIELD_LINE.test(line)) && { fields: 'a line for each: Size: size_in_bytes' }),
    ...(!(Number(form.sample_rate) > 0 && Number(form.sample_rate) <= 1) && { sample_rate: 'above 0, up to 1' }),
  }
}

/** The settings of a new connector, as stocktake.yaml spells them; what is as it is anyway is left out. */
export function settingsOf(form: ConnectorForm): Settings {
  const changed = planPatch(NEW_CONNECTOR, form)
  return { ...changed, source_bucket: form.source_bucket.trim(), schedule: form.schedule }
}

/** The merge patch (RFC 7396) that makes the one the other; empty where nothing differs. */
export function planPatch(before: ConnectorForm, after: ConnectorForm): Settings {
  const differs = (...names: FieldName[]) => names.some(name => before[name] !== after[name])
  return {
    ...(differs('source_bucket') && { source_bucket: after.source_bucket.trim() }),
    ...(differs(...INVENTORY_FIELDS) && { inventory: inventoryPatch(before, after) }),
    ...(differs('scan_mode') && { scan_mode: after.scan_mode }),
    ...(differs('sample_rate') && { sample_rate: Number(after.sample_rate) }),
    ...(differs('fallback_to_sample') && { fallback_to_sample: after.fallback_to_sample }),
    ...(differs('schedule') && { schedule: after.schedule }),
    ...(differs('warn_after', 'error_after') && {
      freshness: { warn_after: after.warn_after.trim(), error_after: after.error_after.trim() },
    }),
    ...(differs('max_rejected') && { max_rejected: after.max_rejected.trim() }),
  }
}

const INVENTORY_FIELDS = ['destination_bucket', 'prefix', 'config_name', 'format', 'fields'] as const

/** All of it, as its parts hold together; null takes away what is no more. */
function inventoryPatch(before: ConnectorForm, after: ConnectorForm): Settings | null {
  if (after.destination_bucket.trim() === '' && after.config_name.trim() === '') return null
  const gone = Object.fromEntries(Object.keys(parseFieldLines(before.fields)).map(field => [field, null]))
  const fields = { ...gone, ...parseFieldLines(after.fields) }
  return {
    destination_bucket: after.destination_bucket.trim(),
    prefix: after.prefix.trim(),
    config_name: after.config_name.trim(),
    format: after.format,
    ...(Object.keys(fields).length > 0 && { fields }),
  }
}

const fieldLines = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')

/** Inventory field: its name in the report. */
const parseFieldLines = (text: string): Record<string, string> =>
  Object.fromEntries(
    fieldLines(text).flatMap(line => {
      const [, field = '', name = ''] = FIELD_LINE.exec(line) ?? []
      return field === '' ? [] : [[field.trim(), name.trim()]]
    }),
  )

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** `36h` of 129,600,000: the largest unit that has no remainder, and days only from the third on. */
function durationSetting(ms: number): string {
  const [name, unit] = UNITS.find(([unitName, each]) => ms % each === 0 && (unitName !== 'd' || ms > 3 * each)) ?? [
    'ms',
    1,
  ]
  return `${ms / unit}${name}`
}

/** `0.1%` of 0.001, without the noise of binary fractions. */
const percentSetting = (share: number): string => `${Number((share * 100).toPrecision(12))}%`
