import { createHash } from 'node:crypto'
import { basename, resolve } from 'node:path'
import { NotFoundError, UsageError } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'
import { type ConnectorSettings, connectorSchema, isFolder, isName, NAME_RULE } from './schema.js'
import { listSettingsIssues } from './settingsIssues.js'

/** A bucket, or a folder that stands for one: a bucket is known by its name, a folder by the last name of its path. */
export type Bucket =
  | { readonly kind: 'bucket'; readonly name: string }
  | { readonly kind: 'folder'; readonly name: string; readonly path: string }

/** Where a connector's reports are. */
export interface InventoryPlace {
  readonly destination: Bucket
  /** Empty, or ending in `/`. */
  readonly prefix: string
  readonly configName: string
  readonly format: 'auto' | 'CSV' | 'ORC' | 'Parquet'
  /** Inventory field to the name that the reports give it, only where they differ. */
  readonly fields: Readonly<Record<string, string>>
}

/** From which age on a connector's newest snapshot is stale, and too old. */
export interface ExpectedAges {
  readonly warnAfterMs: number
  readonly errorAfterMs: number
  /** Whether the settings say so; else they are the defaults. */
  readonly isGiven: boolean
}

/** Named access to one bucket. */
export interface Connector {
  readonly name: string
  /** `con_…`, the same for the same name everywhere. */
  readonly guid: string
  readonly source: Bucket
  /** `undefined` where the bucket can only be listed. */
  readonly inventory?: InventoryPlace
  readonly scanMode: 'aws_inventory' | 'sample' | 'full'
  /** Fraction of the objects, 0.1 = 10 %. */
  readonly sampleRate: number
  readonly fallbackToSample: boolean
  readonly schedule: 'manual' | 'daily' | 'weekly' | 'inventory'
  readonly freshness: ExpectedAges
  /** Fraction of the rows, 0.001 = 0.1 %. */
  readonly maxRejected: number
  /** Where a file declares it, `stocktake.yaml:8:3`; `undefined` for one that lives in the lake. */
  readonly declaredAt?: string
}

/** `con_` and 26 hex digits of the MD5 of the name. */
export const connectorGuid = (name: string): string =>
  `con_${createHash('md5').update(name).digest('hex').slice(0, 26)}`

/**
 * A connector from its settings as JSON, spelled as in stocktake.yaml; for those that live in the lake.
 * @param folder what relative folders in it are resolved against
 * @throws {UsageError} with a line for each mistake
 */
export function parseConnector(name: string, settings: unknown, folder: string): Connector {
  if (!isName(name)) throw new UsageError({ subject: 'connector name', expected: NAME_RULE, got: JSON.stringify(name) })
  const parsed = connectorSchema.safeParse(settings)
  if (parsed.success) return toConnector(name, parsed.data, folder)
  const issues = listSettingsIssues(connectorSchema, settings, parsed.error)
  throw new UsageError({ subject: issues.map(({ message }) => `connector ${name}: ${message}`).join('\n') })
}

/** A connector from checked settings. */
export function toConnector(name: string, settings: ConnectorSettings, folder: string, declaredAt?: string): Connector {
  const { inventory, freshness } = settings
  return {
    name,
    guid: connectorGuid(name),
    source: parseBucket(settings.source_bucket, folder),
    inventory: inventory && {
      destination: parseBucket(inventory.destination_bucket, folder),
      prefix: inventory.prefix.replace(/\/?$/, inventory.prefix === '' ? '' : '/'),
      configName: inventory.config_name,
      format: inventory.format,
      fields: inventory.fields,
    },
    scanMode: settings.scan_mode,
    sampleRate: settings.sample_rate,
    fallbackToSample: settings.fallback_to_sample,
    schedule: settings.schedule,
    freshness: {
      warnAfterMs: freshness.warn_after,
      errorAfterMs: freshness.error_after,
      isGiven: freshness.isGiven,
    },
    maxRejected: settings.max_rejected,
    declaredAt,
  }
}

/** A bucket by its name, or a folder by its path; a relative one is resolved against `folder`. */
export function parseBucket(text: string, folder: string): Bucket {
  if (!isFolder(text)) return { kind: 'bucket', name: text }
  const path = resolve(folder, text)
  return { kind: 'folder', name: basename(path), path }
}

/**
 * The connector with this name or GUID.
 * @throws {NotFoundError}
 */
export function getConnector(connectors: readonly Connector[], nameOrGuid: string): Connector {
  const found = connectors.find(({ name }) => name === nameOrGuid) ?? connectors.find(({ guid }) => guid === nameOrGuid)
  if (found) return found
  const names = connectors.map(({ name }) => name)
  const known = names.length === 0 ? 'none is configured' : `known are ${names.join(', ')}`
  throw new NotFoundError({
    subject: `connector ${JSON.stringify(nameOrGuid)}`,
    got: 'no such connector',
    fix: formatSuggestion(nameOrGuid, names) ?? known,
  })
}
