import { inParallel } from '../lake/inParallel.js'
import { ObjectNotFoundError } from '../lake/objectStore.js'
import type { Table } from './catalog.js'
import { TableFormatError, UnsupportedTableError } from './errors.js'
import { resolveFile } from './location.js'
import { type ManifestEntry, parseManifest } from './manifest.js'
import { hasLiveFiles, type ManifestFile, parseManifestList } from './manifestList.js'
import type { Snapshot } from './metadata.js'

/**
 * The manifests of a snapshot that have live data files, in the list's order.
 * @throws {UnsupportedTableError} for a snapshot with delete files: its data files alone would give too many rows
 * @throws {TableFormatError}
 */
export async function loadManifestList(table: Table, snapshot: Snapshot): Promise<ManifestFile[]> {
  const path = snapshot['manifest-list']
  const manifests = parseManifestList(await readTableFile(table, path), path).filter(hasLiveFiles)
  const deletes = manifests.find(manifest => manifest.content === 'deletes')
  if (!deletes) return manifests
  throw new UnsupportedTableError({
    subject: `table ${table.name}, snapshot ${snapshot['snapshot-id']}`,
    expected: 'data files only',
    got: `delete files (${deletes.path})`,
    fix: 'have the engine that wrote them compact the table, or read it with the DuckDB iceberg extension',
  })
}

/** A manifest's entries, in file order, deleted ones included. @throws {TableFormatError} */
export async function loadManifest(table: Table, manifest: ManifestFile): Promise<ManifestEntry[]> {
  return parseManifest(await readTableFile(table, manifest.path), manifest, table.metadata)
}

/** The results of `load` for every item, in order; eight at a time, which is kind to a store and quick enough. */
export async function mapConcurrently<T, R>(items: readonly T[], load: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length)
  await inParallel(items.entries(), CONCURRENCY, async ([i, item]) => {
    results[i] = await load(item)
  })
  return results
}

const CONCURRENCY = 8

/** The bytes of a file that the table names. @throws {TableFormatError} where it is not there */
export async function readTableFile(table: Table, path: string): Promise<Uint8Array> {
  try {
    return await table.store.read(resolveFile(table, path))
  } catch (cause) {
    if (!(cause instanceof ObjectNotFoundError)) throw cause
    throw new TableFormatError({
      subject: `table ${table.name}`,
      expected: `its file ${path}`,
      got: 'no such file',
      cause,
    })
  }
}
