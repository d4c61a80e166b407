import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ReportRefusedError, StocktakeError, UsageError } from '../errors.js'
import { ObjectNotFoundError, type ObjectStore } from '../lake/objectStore.js'
import { type ResolvedFields, resolveFields } from './fields.js'
import type { ReportFormat } from './fileSchema.js'
import { type InventoryManifest, parseInventoryManifest } from './manifest.js'

/** What the connector says about its reports; what it doesn't say is not checked. */
export interface ExpectedReport {
  /** The bucket's name. */
  readonly sourceBucket?: string
  readonly format?: ReportFormat
  /** Our column → the report's name for it, where it isn't AWS's. */
  readonly fields?: Readonly<Record<string, string>>
}

/** A manifest that was read and found right. */
export interface LoadedManifest {
  readonly key: string
  readonly url: string
  /** MD5 of the manifest's bytes, 32 lower-case hex digits. */
  readonly checksum: string
  readonly manifest: InventoryManifest
  readonly columns: ResolvedFields
}

/** What to do about a report that isn't as it should be. */
export const REFUSED_FIX = 'wait for the next delivery, or import an earlier one with --at'

/**
 * Reads a report's manifest and the checksum beside it, and checks all that can be known without the data files.
 *
 * @throws {ObjectNotFoundError} if there is no such manifest
 * @throws {ReportRefusedError} if the checksum is missing or differs, the JSON is cut or not a manifest, the report is of
 *   another bucket or format, has no Key, or names a data file that is twice there, leaves the bucket or isn't of the
 *   report's format
 * @throws {UsageError} if the key doesn't end in `.json`, or the mapping of fields makes no sense
 */
export async function loadManifest(store: ObjectStore, key: string, expected: ExpectedReport): Promise<LoadedManifest> {
  const url = `${store.url}/${key}`
  const checksumKey = checksumKeyOf(key)
  const bytes = await store.read(key)
  const checksum = createHash('md5').update(bytes).digest('hex')
  requireEqual(url, 'MD5', await readChecksum(store, checksumKey), checksum)
  const manifest = parseBytes(bytes, url)
  if (expected.sourceBucket !== undefined)
    requireEqual(url, 'a report of bucket', expected.sourceBucket, manifest.sourceBucket)
  if (expected.format !== undefined) requireEqual(url, 'format', expected.format, manifest.format)
  requireDataFiles(url, manifest)
  return { key, url, checksum, manifest, columns: resolveColumns(url, manifest, expected.fields ?? {}) }
}

/** `…/manifest.json` has its checksum in `…/manifest.checksum`. @throws {UsageError} */
export function checksumKeyOf(manifestKey: string): string {
  if (!manifestKey.endsWith('.json'))
    throw new UsageError({ subject: `manifest ${JSON.stringify(manifestKey)}`, expected: 'a key that ends in .json' })
  return manifestKey.replace(/\.json$/, '.checksum')
}

async function readChecksum(store: ObjectStore, key: string): Promise<string> {
  const url = `${store.url}/${key}`
  let text: string
  try {
    text = new TextDecoder().decode(await store.read(key)).trim()
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error
    throw new ReportRefusedError({
      subject: url,
      expected: "the manifest's MD5",
      got: 'no such object',
      fix: REFUSED_FIX,
      cause: error,
    })
  }
  if (!/^[0-9a-f]{32}$/i.test(text))
    throw new ReportRefusedError({
      subject: url,
      expected: 'an MD5 of 32 hex digits',
      got: JSON.stringify(text.slice(0, 100)),
      fix: REFUSED_FIX,
    })
  return text.toLowerCase()
}

function requireEqual(subject: string, what: string, expected: string, got: string): void {
  if (got !== expected)
    throw new ReportRefusedError({ subject, expected: `${what} ${expected}`, got, fix: REFUSED_FIX })
}

function parseBytes(bytes: Uint8Array, subject: string): InventoryManifest {
  try {
    return parseInventoryManifest(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (error) {
    throw new ReportRefusedError({
      subject,
      expected: 'a manifest of S3 Inventory',
      got: describeFault(error),
      fix: REFUSED_FIX,
      cause: error,
    })
  }
}

function describeFault(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues.map(issue => [issue.path.join('.'), issue.message].filter(Boolean).join(': ')).join('; ')
  if (error instanceof StocktakeError) return error.message
  return error instanceof SyntaxError ? `no JSON: ${error.message}` : 'bytes that are not UTF-8'
}

function requireDataFiles(subject: string, manifest: InventoryManifest): void {
  const seen = new Set<string>()
  for (const { key } of manifest.files) {
    const expected = faultOfDataFile(key, manifest.format, seen)
    if (expected !== undefined)
      throw new ReportRefusedError({ subject, expected, got: JSON.stringify(key.slice(0, 200)), fix: REFUSED_FIX })
    seen.add(key)
  }
}

const EXTENSIONS: Readonly<Record<ReportFormat, readonly string[]>> = {
  CSV: ['.csv.gz', '.csv'],
  ORC: ['.orc'],
  Parquet: ['.parquet'],
}

/** What would have been right, or `undefined` for a file that is. */
function faultOfDataFile(key: string, format: ReportFormat, seen: ReadonlySet<string>): string | undefined {
  const leaves = key.startsWith('/') || key.includes('\0') || key.split('/').some(part => part === '..' || part === '.')
  if (key === '' || leaves) return 'data files inside the bucket'
  if (seen.has(key)) return 'each data file once'
  const extensions = EXTENSIONS[format]
  return extensions.some(extension => key.endsWith(extension))
    ? undefined
    : `${format} files (${extensions.join(', ')})`
}

function resolveColumns(subject: string, manifest: InventoryManifest, mapping: Readonly<Record<string, string>>) {
  try {
    return resolveFields(manifest.columns, mapping)
  } catch (error) {
    if (!(error instanceof StocktakeError) || error instanceof UsageError) throw error
    throw new ReportRefusedError({
      subject,
      expected: `${error.facts.subject}: ${error.facts.expected}`,
      ...(error.facts.got !== undefined && { got: error.facts.got }),
      fix: error.facts.fix ?? REFUSED_FIX,
      cause: error,
    })
  }
}
