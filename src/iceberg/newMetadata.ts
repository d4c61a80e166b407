import { randomUUID } from 'node:crypto'
import type { TableSpec } from './catalog.js'
import { NO_SNAPSHOT, type TableMetadata } from './metadata.js'
import { FIRST_PARTITION_ID, makePartitionSpec, makeSortOrder } from './partitionSpec.js'
import { highestFieldId } from './schema.js'

/** The first metadata of a table, without rows. @param location its URL, without a slash at the end */
export function makeMetadata(location: string, spec: TableSpec, now: Date): TableMetadata {
  const partitionSpec = makePartitionSpec(spec.schema, spec.partitionFields)
  const sortOrder = makeSortOrder(spec.schema, spec.sortOrder)
  return {
    'format-version': 2,
    'table-uuid': randomUUID(),
    location,
    'last-sequence-number': 0,
    'last-updated-ms': now.getTime(),
    'last-column-id': highestFieldId(spec.schema),
    'current-schema-id': spec.schema['schema-id'],
    schemas: [spec.schema],
    'default-spec-id': partitionSpec['spec-id'],
    'partition-specs': [partitionSpec],
    'last-partition-id': FIRST_PARTITION_ID - 1 + partitionSpec.fields.length,
    'default-sort-order-id': sortOrder['order-id'],
    'sort-orders': [sortOrder],
    properties: spec.properties,
    'current-snapshot-id': NO_SNAPSHOT,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  }
}
