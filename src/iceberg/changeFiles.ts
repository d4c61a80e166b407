import { UsageError } from '../errors.js'
import type { Table } from './catalog.js'
import type { DataFile } from './dataFile.js'
import { loadManifest, mapConcurrently } from './loadManifests.js'
import { recordedPath, resolveFile } from './location.js'
import { isLive, type ManifestEntry, typedFields } from './manifest.js'
import type { ManifestFile } from './manifestList.js'
import { toPartition } from './partitionSpec.js'
import { describeEntries, numberManifest, type StagedManifest, type Staging } from './stage.js'

/** Manifests of one spec are merged when they are this many, which keeps the thousandth commit as cheap as the first. */
export const MERGE_AT = 100

/** Larger manifests are left alone by a merge. */
export const MERGE_BELOW_BYTES = 8 * 1024 * 1024

/** What dropping files does to a table's manifests. */
export interface Dropped {
  readonly files: readonly DataFile[]
  /** Manifests that stay as they are. */
  readonly carried: readonly ManifestFile[]
  /** Manifests written anew: what stays as existing, what goes as deleted. */
  readonly rewritten: readonly StagedManifest[]
}

/**
 * The files to add, ready for a manifest: partition values of their columns' types, paths under the location that the
 * metadata records. Files without rows are left out.
 * @throws {FileOutsideTableError}
 * @throws {UsageError} for a file given twice
 */
export function prepareFiles(table: Table, files: readonly DataFile[]): DataFile[] {
  const prepared = files
    .filter(file => file.recordCount > 0)
    .map(file => ({
      ...file,
      path: recordedPath(table, resolveFile(table, file.path)),
      partition: toPartition(typedFields(table.metadata, file.specId), file.partition),
    }))
  const paths = new Set<string>()
  for (const { path } of prepared) {
    if (paths.has(path)) throw new UsageError({ subject: path, expected: 'to be added once', got: 'it is given twice' })
    paths.add(path)
  }
  return prepared
}

/** Stages a manifest of new files for each partition spec they are of. */
export async function stageAdded(
  table: Table,
  files: readonly DataFile[],
  staging: Staging,
): Promise<StagedManifest[]> {
  const manifests: StagedManifest[] = []
  for (const [specId, ofSpec] of groupBySpec(files)) {
    const entries = ofSpec.map(file => newEntry(file, staging.snapshotId))
    manifests.push(await staging.manifest(table, specId, entries, ['add', ...ofSpec.map(file => file.path)]))
  }
  return manifests
}

/** Stages what it takes to drop files: a manifest of which all files go leaves the list, one that keeps some is rewritten. */
export async function stageDropped(
  table: Table,
  manifests: readonly ManifestFile[],
  drop: (file: DataFile) => boolean,
  staging: Staging,
): Promise<Dropped> {
  const parts = await mapConcurrently(manifests, async manifest => {
    const live = (await loadManifest(table, manifest)).filter(isLive)
    const going = new Set(live.filter(entry => drop(entry.file)))
    return { manifest, live, going }
  })
  const touched = parts.filter(({ going }) => going.size > 0)
  const rewritten: StagedManifest[] = []
  for (const { manifest, live, going } of touched) {
    if (going.size === live.length) continue
    const entries = live.map(entry =>
      going.has(entry) ? deletedEntry(entry, staging.snapshotId) : existingEntry(entry),
    )
    const holds = ['drop', manifest.path, ...[...going].map(entry => entry.file.path)]
    rewritten.push(await staging.manifest(table, manifest.specId, entries, holds))
  }
  return {
    files: touched.flatMap(({ going }) => [...going].map(entry => entry.file)),
    carried: parts.filter(({ live, going }) => live.length > 0 && going.size === 0).map(({ manifest }) => manifest),
    rewritten,
  }
}

/**
 * The carried manifests, merged where a spec has come to have many. Entries that earlier snapshots deleted are left
 * behind. Manifests without the counts that the list requires get them.
 */
export async function mergeManifests(
  table: Table,
  manifests: readonly ManifestFile[],
  sequenceNumber: number,
  staging: Staging,
): Promise<ManifestFile[]> {
  const merged: ManifestFile[] = []
  for (const [specId, ofSpec] of groupBySpec(manifests)) {
    const isKnown = typedFields(table.metadata, specId).every(field => field.type !== undefined)
    const small = isKnown ? ofSpec.filter(manifest => manifest.lengthBytes < MERGE_BELOW_BYTES) : []
    if (small.length < MERGE_AT) {
      merged.push(...(await countAll(table, ofSpec)))
      continue
    }
    const loaded = await mapConcurrently(small, manifest => loadManifest(table, manifest))
    const entries = loaded.flat().filter(isLive).map(existingEntry)
    const staged = await staging.manifest(table, specId, entries, ['merge', ...small.map(manifest => manifest.path)])
    const large = ofSpec.filter(manifest => !small.includes(manifest))
    merged.push(numberManifest(staged, sequenceNumber), ...(await countAll(table, large)))
  }
  return merged
}

/** The items by the id of their partition spec, in order. */
export function groupBySpec<T extends { readonly specId: number }>(items: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const item of items) {
    const group = groups.get(item.specId)
    if (group) group.push(item)
    else groups.set(item.specId, [item])
  }
  return groups
}

/** Status 1 and numbers left to be inherited (spec, "Manifest Entry Fields"). */
function newEntry(file: DataFile, snapshotId: bigint): ManifestEntry {
  return { status: 'added', snapshotId, sequenceNumber: undefined, fileSequenceNumber: undefined, file }
}

/** Status 0, with the snapshot and the sequence numbers that the file came with. */
export function existingEntry(entry: ManifestEntry): ManifestEntry {
  return { ...entry, status: 'existing' }
}

/** Status 2: the snapshot is the one that deletes, the sequence numbers stay those of the file. */
function deletedEntry(entry: ManifestEntry, snapshotId: bigint): ManifestEntry {
  return { ...entry, status: 'deleted', snapshotId }
}

function countAll(table: Table, manifests: readonly ManifestFile[]): Promise<ManifestFile[]> {
  return mapConcurrently(manifests, manifest => withCounts(table, manifest))
}

async function withCounts(table: Table, manifest: ManifestFile): Promise<ManifestFile> {
  const { addedFiles, existingFiles, deletedFiles, addedRows, existingRows, deletedRows } = manifest
  const counts = [addedFiles, existingFiles, deletedFiles, addedRows, existingRows, deletedRows]
  if (counts.every(count => count !== undefined)) return manifest
  const { partitions, minSequenceNumber, ...counted } = describeEntries(await loadManifest(table, manifest), [])
  return { ...manifest, ...counted }
}
