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
import { countState, type StateCounts } from './stateCounts.js'

/** One state of a table. */
export interface HistoryRow extends StateCounts {
  readonly made_at: Date
  readonly snapshot: bigint
  /** append, overwrite, delete; `replace`: other files of the same rows. */
  readonly operation: string | null
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
    const [from, to] = [snapshots[i - 1]?.['sequence-number'] ?? 0, snapshot['sequence-number']]
    const parted = specs.filter(({ after }) => after >= from && after < to)
    return {
      ...describeState(snapshot),
      is_current: snapshot === current,
      is_ancestor: ancestors.has(snapshot),
      changes: [...compareSchemas(metadata, parent, snapshot), ...parted.map(({ text }) => text)],
    }
  })
  const columns = current
    ? describeSchemas(schemaOf(metadata, current['schema-id']), schemaOf(metadata, metadata['current-schema-id']))
    : []
  const newest = snapshots.at(-1)?.['sequence-number'] ?? 0
  return {
    rows: rows.toReversed(),
    later: [...columns, ...specs.filter(({ after }) => after >= newest).map(({ text }) => text)],
  }
}

function describeState(snapshot: Snapshot) {
  return {
    made_at: new Date(snapshot['timestamp-ms']),
    snapshot: snapshot['snapshot-id'],
    operation: snapshot.summary.operation ?? null,
    ...countState(snapshot),
    batch: snapshot.summary[BATCH_SUMMARY] ?? null,
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
  /** The sequence number of the last snapshot before it. */
  readonly after: number
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
    return [
      { after: state['last-sequence-number'], text: `parted by ${spellPartition(state, getSpec(state, specId))}` },
    ]
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
