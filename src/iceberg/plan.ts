import type { Table } from './catalog.js'
import type { DataFile } from './dataFile.js'
import { loadManifest, loadManifestList, mapConcurrently } from './loadManifests.js'
import { isLive, typedFields } from './manifest.js'
import type { ManifestFile } from './manifestList.js'
import { currentSchema, currentSnapshot, getSnapshot, type Snapshot } from './metadata.js'
import type { TypedPartitionField } from './partitionSpec.js'
import { type BoundPredicate, bindPredicate, type ColumnRange, mayMatch, type Predicate } from './predicate.js'
import type { PrimitiveType, Schema } from './schema.js'
import { encodeSingleValue } from './singleValue.js'

export { resolveFile } from './location.js'
export type { Predicate } from './predicate.js'

/**
 * The live data files that may hold rows which meet all predicates. What is left out holds none: by the summaries in the
 * manifest list, by the partition values, and by the column bounds. So it changes what is read and never the answer.
 * @param options snapshotId: the table as of that snapshot, columns by its names; by default as it is now
 * @returns files in the order of the manifests
 * @throws {UnknownColumnError}
 * @throws {ColumnValueError}
 * @throws {UnsupportedTableError} for a snapshot with delete files
 * @throws {TableFormatError}
 */
export async function planFiles(
  table: Table,
  predicates: readonly Predicate[],
  options: { readonly snapshotId?: bigint } = {},
): Promise<DataFile[]> {
  const { metadata } = table
  const { snapshotId } = options
  const snapshot = snapshotId === undefined ? currentSnapshot(metadata) : getSnapshot(metadata, snapshotId)
  const schema = snapshotId === undefined ? currentSchema(metadata) : schemaOf(table, snapshot)
  const bound = predicates.map(predicate => bindPredicate(schema, predicate))
  if (!snapshot) return []
  const manifests = await loadManifestList(table, snapshot)
  const files = await mapConcurrently(
    manifests.filter(manifest => mayHoldMatch(manifest, typedFields(metadata, manifest.specId), bound)),
    async manifest => {
      const fields = typedFields(metadata, manifest.specId)
      const entries = await loadManifest(table, manifest)
      return entries.filter(isLive).flatMap(({ file }) => (fileMayMatch(file, fields, bound) ? [file] : []))
    },
  )
  return files.flat()
}

/** Of files that were planned before, those that may hold rows which meet the predicates too, by the column bounds. */
export function filterFiles(table: Table, files: readonly DataFile[], predicates: readonly Predicate[]): DataFile[] {
  const schema = currentSchema(table.metadata)
  const bound = predicates.map(predicate => bindPredicate(schema, predicate))
  return files.filter(file => bound.every(predicate => mayMatch(columnRange(file, predicate), predicate)))
}

/** Time travel shows columns as they were named then. */
function schemaOf(table: Table, snapshot: Snapshot | undefined): Schema {
  const id = snapshot?.['schema-id']
  return table.metadata.schemas.find(schema => schema['schema-id'] === id) ?? currentSchema(table.metadata)
}

function mayHoldMatch(
  manifest: ManifestFile,
  fields: readonly TypedPartitionField[],
  predicates: readonly BoundPredicate[],
): boolean {
  return fields.every((field, i) => {
    const summary = manifest.partitions?.[i]
    if (!summary || !isIdentity(field)) return true
    const { lower, upper, containsNull } = summary
    const mayHaveNaN = isFloating(field.type) && summary.containsNaN !== false
    const mayHaveValue = lower !== undefined || !(containsNull || mayHaveNaN)
    const range = { lower, upper, mayHaveNull: containsNull, mayHaveValue, mayHaveNaN }
    return matchesAll(range, field.sourceId, predicates)
  })
}

function fileMayMatch(
  file: DataFile,
  fields: readonly TypedPartitionField[],
  predicates: readonly BoundPredicate[],
): boolean {
  const inPartition = fields.every(
    field => !isIdentity(field) || matchesAll(partitionRange(file, field), field.sourceId, predicates),
  )
  return inPartition && predicates.every(predicate => mayMatch(columnRange(file, predicate), predicate))
}

/** The other transforms prune nothing here: the bounds of their source column do. */
const isIdentity = (field: TypedPartitionField): boolean =>
  field.transform.kind === 'identity' && field.type !== undefined

const isFloating = (type: PrimitiveType | undefined): boolean => type === 'float' || type === 'double'

function matchesAll(range: ColumnRange, columnId: number, predicates: readonly BoundPredicate[]): boolean {
  return predicates.every(predicate => predicate.columnId !== columnId || mayMatch(range, predicate))
}

const NOTHING: ColumnRange = {
  mayHaveNull: false,
  mayHaveValue: false,
  mayHaveNaN: false,
  lower: undefined,
  upper: undefined,
}

function partitionRange(file: DataFile, field: TypedPartitionField): ColumnRange {
  const value = file.partition[field.name] ?? null
  if (value === null) return { ...NOTHING, mayHaveNull: true }
  if (Number.isNaN(value) || !field.type) return { ...NOTHING, mayHaveNaN: true }
  const only = encodeSingleValue(field.type, value)
  return { ...NOTHING, mayHaveValue: true, lower: only, upper: only }
}

/** A missing count or bound says nothing. Bounds leave NaNs out, and NaNs are above all bounds. */
function columnRange(file: DataFile, { columnId, type }: BoundPredicate): ColumnRange {
  const values = file.valueCounts.get(columnId)
  const nulls = file.nullValueCounts.get(columnId)
  const isAllNull = values !== undefined && nulls === values
  return {
    mayHaveNull: nulls !== 0,
    mayHaveValue: !isAllNull,
    mayHaveNaN: isFloating(type) && !isAllNull && file.nanValueCounts.get(columnId) !== 0,
    lower: file.lowerBounds.get(columnId),
    upper: file.upperBounds.get(columnId),
  }
}
