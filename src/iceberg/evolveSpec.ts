import type { PartitionFieldSpec } from './catalog.js'
import { currentSchema, type TableMetadata } from './metadata.js'
import { makePartitionSpec, type PartitionField, type PartitionSpec } from './partitionSpec.js'

/**
 * The metadata with another partition spec for the files to come; those that are there stay under theirs.
 * @param fields all of the new spec, in order; none for a table that is no longer partitioned
 * @returns the same object where that is the spec already; a spec that the table had before is taken up again. A field of a
 * column and transform that an earlier spec has keeps its id (spec, "Partition Evolution")
 * @throws {UnknownColumnError}
 * @throws {UnsupportedTableError} for a transform of another type than the column's, or none of version 2
 * @throws {UsageError} for names that can't be together
 */
export function evolveSpec(metadata: TableMetadata, fields: readonly PartitionFieldSpec[], now: Date): TableMetadata {
  const specs = metadata['partition-specs']
  const made = makePartitionSpec(currentSchema(metadata), fields)
  const isSame = ({ fields: others }: PartitionSpec): boolean =>
    others.length === made.fields.length && made.fields.every((field, i) => isEqual(field, others[i]))
  const current = specs.find(spec => spec['spec-id'] === metadata['default-spec-id'])
  if (current && isSame(current)) return metadata
  const older = specs.find(isSame)
  let lastId = metadata['last-partition-id']
  const numbered =
    older?.fields ?? made.fields.map(field => ({ ...field, 'field-id': findId(specs, field) ?? ++lastId }))
  const specId = older?.['spec-id'] ?? specs.reduce((id, spec) => Math.max(id, spec['spec-id']), -1) + 1
  return {
    ...metadata,
    'last-updated-ms': Math.max(now.getTime(), metadata['last-updated-ms']),
    'last-partition-id': lastId,
    'default-spec-id': specId,
    'partition-specs': older ? specs : [...specs, { 'spec-id': specId, fields: numbered }],
  }
}

const isEqual = (a: PartitionField, b: PartitionField | undefined): boolean =>
  b !== undefined && isEquivalent(a, b) && a.name === b.name

const isEquivalent = (a: PartitionField, b: PartitionField): boolean =>
  a['source-id'] === b['source-id'] && a.transform.toLowerCase() === b.transform.toLowerCase()

/** Of several ids, which a table that was once version 1 may have, the newest spec's. */
function findId(specs: readonly PartitionSpec[], field: PartitionField): number | undefined {
  return specs.flatMap(spec => spec.fields).findLast(each => isEquivalent(each, field))?.['field-id']
}
