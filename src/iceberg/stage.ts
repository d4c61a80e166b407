import { randomUUID } from 'node:crypto'
import { compareBounds } from './bounds.js'
import type { Table } from './catalog.js'
import type { DataFile } from './dataFile.js'
import { recordedPath, resolveFile } from './location.js'
import { formatManifest, isLive, type ManifestEntry, typedFields } from './manifest.js'
import { type FieldSummary, formatManifestList, type ManifestFile } from './manifestList.js'
import { currentSnapshot } from './metadata.js'
import { type TypedPartitionField, toPartition } from './partitionSpec.js'
import { encodeSingleValue } from './singleValue.js'
import { makeSnapshotId } from './snapshot.js'

/** A manifest that no list names yet. Its own sequence number will be that of the commit that wins. */
export interface StagedManifest extends Omit<ManifestFile, 'sequenceNumber' | 'minSequenceNumber'> {
  /** `undefined` where its files take their sequence numbers from the commit too. */
  readonly minSequenceNumber: number | undefined
}

/**
 * The files that one change writes before it is committed, over as many attempts as that takes. A manifest doesn't depend
 * on the attempt (what does is inherited from the list; spec, "Manifest Inheritance"), so a lost race costs a list and a
 * metadata file, and not a manifest for each round.
 */
export class Staging {
  readonly snapshotId = makeSnapshotId()
  /** Nothing of it was written before. */
  readonly since: Date
  readonly #id = randomUUID()
  /** By what they hold. */
  readonly #manifests = new Map<string, StagedManifest>()
  readonly #keys = new Set<string>()
  #count = 0

  constructor(since: Date) {
    this.since = since
  }

  /**
   * Writes a manifest, unless this change has written it before.
   * @param holds what is in it: the same text, the same entries
   */
  async manifest(
    table: Table,
    specId: number,
    entries: readonly ManifestEntry[],
    holds: readonly string[],
  ): Promise<StagedManifest> {
    const key = JSON.stringify([specId, ...holds])
    const staged = this.#manifests.get(key)
    if (staged) return staged
    const bytes = formatManifest(table.metadata, specId, entries)
    const path = await this.#write(table, `${this.#id}-m${this.#count++}.avro`, bytes)
    const fields = typedFields(table.metadata, specId)
    const manifest = { ...describeEntries(entries, fields), path, lengthBytes: bytes.length, specId }
    const described: StagedManifest = { ...manifest, content: 'data', addedSnapshotId: this.snapshotId }
    this.#manifests.set(key, described)
    return described
  }

  /** Writes a manifest list. @returns its path, as the snapshot is to name it */
  list(table: Table, manifests: readonly ManifestFile[], sequenceNumber: number): Promise<string> {
    const parentId = currentSnapshot(table.metadata)?.['snapshot-id']
    const bytes = formatManifestList(manifests, { id: this.snapshotId, parentId, sequenceNumber })
    return this.#write(table, `snap-${this.snapshotId}-${this.#count++}-${this.#id}.avro`, bytes)
  }

  /**
   * Removes what was written and isn't kept; to be called only when it is certain that no commit names it.
   * @param kept paths
   */
  async remove(table: Table, kept: readonly string[] = []): Promise<void> {
    const keep = new Set(kept.map(path => resolveFile(table, path)))
    for (const key of this.#keys) if (!keep.has(key)) await table.store.remove(key)
    this.#keys.clear()
    this.#manifests.clear()
  }

  async #write(table: Table, name: string, bytes: Uint8Array): Promise<string> {
    const folder = table.metadataKey.slice(0, table.metadataKey.lastIndexOf('/') + 1)
    const key = folder + name
    this.#keys.add(key) // before it is there: a failed write may have got through
    await table.store.putIfAbsent(key, bytes) // false: a retry of the store's own met its first try, as the name is ours
    return recordedPath(table, key)
  }
}

/** The manifest as the list has it from the commit with that sequence number on. */
export function numberManifest(staged: StagedManifest, sequenceNumber: number): ManifestFile {
  return { ...staged, sequenceNumber, minSequenceNumber: staged.minSequenceNumber ?? sequenceNumber }
}

/** The counts and partition summaries of a manifest's entries. */
export function describeEntries(
  entries: readonly ManifestEntry[],
  fields: readonly TypedPartitionField[],
): Pick<
  StagedManifest,
  | 'minSequenceNumber'
  | 'addedFiles'
  | 'existingFiles'
  | 'deletedFiles'
  | 'addedRows'
  | 'existingRows'
  | 'deletedRows'
  | 'partitions'
> {
  const added = entries.filter(entry => entry.status === 'added')
  const existing = entries.filter(entry => entry.status === 'existing')
  const deleted = entries.filter(entry => entry.status === 'deleted')
  return {
    minSequenceNumber: lowestSequenceNumber(entries.filter(isLive)),
    addedFiles: added.length,
    existingFiles: existing.length,
    deletedFiles: deleted.length,
    addedRows: countRows(added),
    existingRows: countRows(existing),
    deletedRows: countRows(deleted),
    partitions: fields.map(field =>
      summarizeField(
        field,
        fields,
        entries.map(entry => entry.file),
      ),
    ),
  }
}

function lowestSequenceNumber(live: readonly ManifestEntry[]): number | undefined {
  const numbers = live.map(entry => entry.sequenceNumber).filter(number => number !== undefined)
  return numbers.length > 0 ? numbers.reduce((a, b) => Math.min(a, b)) : undefined
}

const countRows = (entries: readonly ManifestEntry[]): number =>
  entries.reduce((rows, entry) => rows + entry.file.recordCount, 0)

/** Bounds are whole values, never cut. NaN is no bound. */
function summarizeField(
  field: TypedPartitionField,
  fields: readonly TypedPartitionField[],
  files: readonly DataFile[],
): FieldSummary {
  const { type } = field
  const values = files.map(file => toPartition(fields, file.partition)[field.name] ?? null)
  const isFloating = type === 'float' || type === 'double'
  const numbers = values.filter(value => value !== null).filter(value => !Number.isNaN(value))
  const bounds = type === undefined ? [] : numbers.map(value => encodeSingleValue(type, value))
  if (type !== undefined) bounds.sort((a, b) => compareBounds(type, a, b))
  const [lower, upper] = [bounds[0], bounds.at(-1)]
  return {
    containsNull: values.includes(null),
    ...(isFloating && { containsNaN: values.some(value => Number.isNaN(value)) }),
    ...(lower && upper && { lower, upper }),
  }
}
