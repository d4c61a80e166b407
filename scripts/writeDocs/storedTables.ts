import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { toStream } from '../../src/config/stream.js'
import { streamSchema } from '../../src/config/streamSchema.js'
import type { TableSpec } from '../../src/iceberg/catalog.js'
import { formatType, type NestedField } from '../../src/iceberg/schema.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { packageFolder } from '../../src/packageFolder.js'
import { CHANGES, COLLECTIONS, FOLDERS, GAPS, METRICS, OBJECTS, SNAPSHOTS, TASKS } from '../../src/snapshot/tables.js'
import { EVENTS, streamTableSpec } from '../../src/streams/streamTables.js'
import { parseTableSpec, toTableSpec } from '../../src/tables/tableSpec.js'

/** A stored table, with what it is. */
export interface StoredTable {
  readonly what: string
  readonly spec: TableSpec
}

/** The tables that every lake has. */
export const LAKE_TABLES: readonly StoredTable[] = [
  { what: 'every version and delete marker of every snapshot', spec: OBJECTS },
  { what: 'every folder of every snapshot', spec: FOLDERS },
  { what: 'what differs between each snapshot and the one before', spec: CHANGES },
  { what: 'the receipts, one a snapshot', spec: SNAPSHOTS },
  { what: 'what each run of `reconcile` found missing or wrong', spec: GAPS },
  { what: 'each time that a task ended or was closed', spec: TASKS },
  { what: 'what each run of `reconcile` measured', spec: METRICS },
  { what: 'folders with names; a copy for other engines', spec: COLLECTIONS },
]

/** The tables of a stream: those of Coinbase's channels, and what ingest has to say. */
export function streamTables(): StoredTable[] {
  const stream = toStream('coinbase', streamSchema.parse({ source: 'coinbase' }))
  const store = new FolderStore('/lake')
  const json = toStream('STREAM', streamSchema.parse({}))
  return [
    ...stream.channels.map(channel => ({
      what: `the channel ${channel} of a stream with \`source: coinbase\``,
      spec: streamTableSpec(stream, channel, store),
    })),
    { what: 'a channel of a stream with `source: json`', spec: streamTableSpec(json, 'records', store) },
    { what: "what a stream's ingest has to say", spec: streamTableSpec(json, EVENTS, store) },
  ]
}

/** The declared table that is shipped. */
export function shippedTable(): StoredTable {
  const file = join(packageFolder(), 'config', 'tables', 'sales_history.yaml')
  const declared = parseTableSpec(readFileSync(file, 'utf8'), file, { stage: 'dev', region: '' })
  return { what: declared.comment ?? '', spec: toTableSpec(declared) }
}

/** What is in a cell for a column. */
export const columnCells = ({ name, type, required, doc }: NestedField): [string, string, string] => [
  name,
  `${formatType(type)}${required ? ' (required)' : ''}`,
  doc ?? '',
]

/** How the files of a table are parted, and how the rows in them are sorted. */
export function layoutOf({ partitionFields, sortOrder }: TableSpec): string {
  const parts = partitionFields.map(({ column, transform }) =>
    transform === 'identity' ? column : `${transform}(${column})`,
  )
  const order = sortOrder.map(({ column, direction }) => (direction === 'asc' ? column : `${column} descending`))
  const parted = parts.length === 0 ? 'no partitions' : `partitioned by ${parts.join(', ')}`
  return order.length === 0 ? parted : `${parted}; sorted by ${order.join(', ')}`
}
