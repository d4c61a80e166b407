import { ObjectNotFoundError } from '../lake/objectStore.js'
import { parseAvro } from './avro.js'
import { asRecord, getCount, getText } from './avroRecord.js'
import type { Table } from './catalog.js'
import { FileOutsideTableError, TableFormatError } from './errors.js'
import { mapConcurrently, readTableFile } from './loadManifests.js'
import { resolveFile } from './location.js'
import { parseManifestList } from './manifestList.js'
import { MANIFEST_NAMES } from './manifestSchema.js'
import type { Snapshot } from './metadata.js'

/** What a file is to a table. */
export type FileKind = 'list' | 'manifest' | 'data'

/**
 * What to do about a file that isn't there, or not under the table's location: those that stay must all be known, and of
 * those that go nobody has a right to one elsewhere.
 */
export type Outside = 'refused' | 'left out'

/** Files of a table's store by their keys. */
export type TableFiles = Map<string, FileKind>

/**
 * Every file that one of the snapshots is made of: lists, manifests, and the data and delete files that are live in them,
 * whatever wrote them.
 * @throws {FileOutsideTableError} for such a file, if it is to be refused
 * @throws {TableFormatError}
 */
export async function listReachable(
  table: Table,
  snapshots: readonly Snapshot[],
  outside: Outside,
): Promise<TableFiles> {
  const manifests = await listManifests(table, snapshots, outside)
  const files: TableFiles = new Map(manifests.files)
  await addLive(files, table, [...manifests.paths], outside)
  return files
}

/** Adds the data and delete files that are live in the manifests. */
export async function addLive(
  files: TableFiles,
  table: Table,
  paths: readonly string[],
  outside: Outside,
): Promise<void> {
  await mapConcurrently(paths, async path => {
    for (const file of parseLivePaths(await readFile(table, path, outside), path))
      addFile(files, table, file, 'data', outside)
  })
}

/** The lists of snapshots, and the manifests in them. */
export async function listManifests(
  table: Table,
  snapshots: readonly Snapshot[],
  outside: Outside,
): Promise<{ readonly files: TableFiles; readonly paths: ReadonlySet<string> }> {
  const files: TableFiles = new Map()
  const paths = new Set<string>()
  await mapConcurrently(snapshots, async snapshot => {
    const list = snapshot['manifest-list']
    if (!addFile(files, table, list, 'list', outside)) return
    const bytes = await readFile(table, list, outside)
    for (const { path } of bytes ? parseManifestList(bytes, list) : [])
      if (addFile(files, table, path, 'manifest', outside)) paths.add(path)
  })
  return { files, paths }
}

/** A file of a snapshot that goes may be gone already. */
async function readFile(table: Table, path: string, outside: Outside): Promise<Uint8Array | undefined> {
  try {
    return await readTableFile(table, path)
  } catch (error) {
    const isGone = error instanceof TableFormatError && error.cause instanceof ObjectNotFoundError
    if (outside === 'left out' && isGone) return undefined
    throw error
  }
}

/** The paths of the files that are live in a manifest: of data or of deletes, in any format. */
function parseLivePaths(bytes: Uint8Array | undefined, path: string): string[] {
  const { records } = bytes ? parseAvro(bytes, MANIFEST_NAMES, path) : { records: [] }
  return records.flatMap(record => {
    const entry = asRecord(record, path)
    if (getCount(entry, 'status') === DELETED) return []
    return [getText(asRecord(entry.fields.data_file, path), 'file_path')]
  })
}

const DELETED = 2

/** @returns whether the file is one of the table's */
export function addFile(files: TableFiles, table: Table, path: string, kind: FileKind, outside: Outside): boolean {
  try {
    files.set(resolveFile(table, path), kind)
    return true
  } catch (error) {
    if (!(error instanceof FileOutsideTableError) || outside === 'refused') throw error
    return false
  }
}
