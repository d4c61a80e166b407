import { listAncestors } from '../iceberg/ancestry.js'
import { BATCH_SUMMARY } from '../iceberg/batches.js'
import type { Table } from '../iceberg/catalog.js'
import { TableFormatError, UnsupportedTableError } from '../iceberg/errors.js'
import { mapConcurrently } from '../iceberg/loadManifests.js'
import { resolveFile } from '../iceberg/location.js'
import { currentSnapshot, getSpec, parseMetadata, type Snapshot, type TableMetadata } from '../iceberg/metadata.js'
import { formatType, type Schema } from '../iceberg/schema.js'
import { ObjectNotFoundError } from '../lake/objectStore.js'
import { spellPartition } from './differences.js'

/** One state of a table. NULL is what its writer didn't tell. */
export interface HistoryRow {
  readonly made_at: Date
  readonly snapshot: bigint
  /** append, overwrite, delete; `replace`: other files of the same rows. */
  readonly operation: string | null
  readonly rows_added: number | null
  readonly rows_removed: number | null
  /** Of the whole table. */
  readonly row_count: number | null
  readonly file_count: number | null
  readonly size_bytes: number | null
  readonly batch: string | null
  readonly is_current: boolean
  /** Whether it is, or led to, the current one; if not, it was rolled back, or is another branch's. */
  readonly is_ancestor: boolean
  /** How columns and partitions differ from those of the state before it. */
  readonly changes: readonly string[]
}

export interface TableHistory {
  /** The states that are still there, newest first. */
  readonly rows: readonly HistoryRow[]
  /** How columns and partitions differ now from those of the current state: what was changed since, without rows. */
  readonly later: readonly string[]
}

/** What a table was. @throws {TableFormatError} */
export async function loadHistory(table: Table): Promise<TableHistory> {
  const { metadata } = table
  const ancestors = new Set(listAncestors(metadata))
  const current = currentSnapshot(metadata)
  const snapshots = metadata.snapshots.toSorted(byAge)
  const specs = await findSpecChanges(table)
  const rows = snapshots.map((snapshot, i) => {
    const parent = metadata.snapshots.find(each => each['snapshot-id'] === snapshot['parent-snapshot-id'])
    const since = (parent ?? snapshots[i - 1])?.['timestamp-ms'] ?? 0
    const parted = specs.filter(({ atMs }) => atMs > since && atMs <= snapshot['timestamp-ms'])
    return {
      ...countsOf(snapshot),
      is_current: snapshot === current,
      is_ancestor: ancestors.has(snapshot),
      changes: [...compareSchemas(metadata, parent, snapshot), ...parted.map(({ text }) => text)],
    }
  })
  const columns = current
    ? describeSchemas(schemaOf(metadata, current['schema-id']), schemaOf(metadata, metadata['current-schema-id']))
    : []
  const newestMs = snapshots.at(-1)?.['timestamp-ms'] ?? 0
  return {
    rows: rows.toReversed(),
    later: [...columns, ...specs.filter(({ atMs }) => atMs > newestMs).map(({ text }) => text)],
  }
}

function countsOf({ 'snapshot-id': snapshot, 'timestamp-ms': ms, summary }: Snapshot) {
  const count = (name: string, absent: number | null = null): number | null => {
    const text = summary[name]
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : absent
  }
  // What is 0 is left out of a summary; one without totals tells nothing.
  const none = summary['total-records'] === undefined ? null : 0
  return {
    made_at: new Date(ms),
    snapshot,
    operation: summary.operation ?? null,
    rows_added: count('added-records', none),
    rows_removed: count('deleted-records', none),
    row_count: count('total-records'),
    file_count: count('total-data-files'),
    size_bytes: count('total-files-size'),
    batch: summary[BATCH_SUMMARY] ?? null,
  }
}

/** Sequence numbers say which came first; those of a table that was once version 1 are all zero. */
const byAge = (a: Snapshot, b: Snapshot): number =>
  a['sequence-number'] - b['sequence-number'] || a['timestamp-ms'] - b['timestamp-ms']

function compareSchemas(metadata: TableMetadata, parent: Snapshot | undefined, snapshot: Snapshot): string[] {
  if (!parent) return []
  return describeSchemas(schemaOf(metadata, parent['schema-id']), schemaOf(metadata, snapshot['schema-id']))
}

const schemaOf = ({ schemas }: TableMetadata, id: number | undefined): Schema | undefined =>
  schemas.find(schema => schema['schema-id'] === id)

function describeSchemas(before: Schema | undefined, after: Schema | undefined): string[] {
  if (!before || !after || before === after) return []
  const old = new Map(before.fields.map(field => [field.id, field]))
  const told = after.fields.flatMap(field => {
    const was = old.get(field.id)
    if (!was) return [`new column ${field.name} ${formatType(field.type)}`]
    const type = formatType(field.type)
    return [
      ...(was.name === field.name ? [] : [`${was.name} renamed to ${field.name}`]),
      ...(formatType(was.type) === type ? [] : [`${field.name} is ${type}`]),
      ...(was.required === field.required ? [] : [`${field.name} may be NULL`]),
    ]
  })
  const gone = before.fields.filter(({ id }) => !after.fields.some(field => field.id === id))
  return [...told, ...gone.map(({ name }) => `column ${name} dropped`)]
}

interface SpecChange {
  readonly atMs: number
  readonly text: string
}

/** When files began to be parted otherwise. Snapshots don't tell, earlier metadata files do, as far as they are there. */
async function findSpecChanges(table: Table): Promise<SpecChange[]> {
  const { metadata } = table
  if (metadata['partition-specs'].length < 2) return []
  const earlier = await mapConcurrently(metadata['metadata-log'], entry => loadEarlier(table, entry['metadata-file']))
  const states = [...earlier.filter(state => state !== undefined), metadata]
  return states.flatMap((state, i) => {
    const specId = state['default-spec-id']
    if (i === 0 || states[i - 1]?.['default-spec-id'] === specId) return []
    return [{ atMs: state['last-updated-ms'], text: `parted by ${spellPartition(state, getSpec(state, specId))}` }]
  })
}

/** `undefined` for one that is gone, or of an older format. */
async function loadEarlier(table: Table, path: string): Promise<TableMetadata | undefined> {
  try {
    return parseMetadata(new TextDecoder().decode(await table.store.read(resolveFile(table, path))), path)
  } catch (error) {
    if (error instanceof ObjectNotFoundError || error instanceof TableFormatError) return undefined
    if (error instanceof UnsupportedTableError) return undefined
    throw error
  }
}
