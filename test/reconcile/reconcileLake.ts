import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeParquetFile } from '../../src/engine/parquetFile.js'
import { quoteString } from '../../src/engine/sqlText.js'
import { duckdbType } from '../../src/engine/tableScan.js'
import type { TableSpec } from '../../src/iceberg/catalog.js'
import { useModelDialect } from '../../src/models/duckdbDialect.js'
import type { Expectations } from '../../src/reconcile/expectations.js'
import { type FoundGaps, findGaps } from '../../src/reconcile/findGaps.js'
import { loadExpectations } from '../../src/reconcile/parseExpectations.js'
import { type StagedValue, stageRows } from '../../src/reconcile/stagedRows.js'
import { commitTables } from '../../src/snapshot/commitTables.js'
import { CHANGES, OBJECTS } from '../../src/snapshot/tables.js'
import { type HandmadeImport, type HandmadeLake, openHandmadeLake, vouchFor } from '../snapshot/handmadeLake.js'

/** A current object of a bucket; what is left out its report doesn't say. */
export interface BucketObject {
  readonly key: string
  readonly size?: number
  readonly lastModified?: Date
  readonly storageClass?: string
}

/** An object that the snapshot's base had. */
export interface DeletedObject {
  readonly key: string
  readonly baseSnapshot: string
}

/** A lake whose engine reads models. */
export async function openReconcileLake(): Promise<HandmadeLake> {
  const lake = await openHandmadeLake()
  await useModelDialect(lake.engine)
  return lake
}

const now = () => new Date('2026-01-21T00:00Z')

/** Makes a snapshot of objects, in no order, that counts. */
export async function putSnapshot(
  lake: HandmadeLake,
  made: Omit<HandmadeImport, 'keys'>,
  objects: Iterable<BucketObject>,
  deleted: Iterable<DeletedObject> = [],
): Promise<void> {
  const { id, connector = 'a', snapshot } = made
  const folder = join(lake.folder, `rows-${id}`)
  await mkdir(folder)
  const partition = { connector, dt: snapshot.slice(0, 10), import_id: id }
  const write = async (spec: TableSpec, values: Readonly<Record<string, string>>, rows: string) => {
    const given: Readonly<Record<string, string>> = {
      ...Object.fromEntries(
        Object.entries({ ...partition, snapshot }).map(([name, text]) => [name, quoteString(text)]),
      ),
      ...values,
    }
    const columns = spec.schema.fields.map(
      ({ name, type }) => `cast(${given[name] ?? 'null'} as ${duckdbType(type)}) as ${name}`,
    )
    const select = `select ${columns.join(', ')} from (${rows}) order by key`
    const path = join(folder, `${spec.name}.parquet`)
    const facts = await writeParquetFile(lake.engine, { select, path, schema: spec.schema, rowGroupRows: 20_480 })
    return facts.recordCount > 0 ? [{ path, facts }] : []
  }
  const place = { folder, engine: lake.engine }
  const found = await stageRows(objectRows(objects), OBJECT_ROWS, { ...place, name: 'objects' })
  const gone = await stageRows(deletedRows(deleted), DELETED_ROWS, { ...place, name: 'deleted' })
  const files = {
    objects: await write(OBJECTS, OBJECT_VALUES, found),
    folders: [],
    changes: await write(CHANGES, DELETED_VALUES, gone),
  }
  await commitTables(files, partition, { catalog: lake.catalog, now })
  await vouchFor(lake, { ...made, deletedCount: files.changes.length > 0 ? 1n : undefined })
  await rm(folder, { recursive: true })
}

const OBJECT_ROWS = {
  key: 'VARCHAR',
  size: 'BIGINT',
  last_modified_date: 'TIMESTAMP',
  storage_class: 'VARCHAR',
} as const
const OBJECT_VALUES = {
  ...Object.fromEntries(Object.keys(OBJECT_ROWS).map(name => [name, name])),
  is_latest: 'true',
  is_delete_marker: 'false',
}
const DELETED_ROWS = { key: 'VARCHAR', base_snapshot: 'VARCHAR' } as const
const DELETED_VALUES = { key: 'key', base_snapshot: 'base_snapshot', change: quoteString('deleted') }

function* objectRows(objects: Iterable<BucketObject>): Generator<{ [name in keyof typeof OBJECT_ROWS]: StagedValue }> {
  for (const { key, size, lastModified, storageClass } of objects)
    yield { key, size, last_modified_date: lastModified, storage_class: storageClass }
}

function* deletedRows(deleted: Iterable<DeletedObject>) {
  for (const { key, baseSnapshot } of deleted) yield { key, base_snapshot: baseSnapshot }
}

/** Reads the text of a data_inventory.yaml, without other files, for one connector. */
export const readExpectations = (text: string, connector = 'a'): Promise<Expectations> =>
  loadExpectations('/expected/data_inventory.yaml', {
    streams: [],
    connectors: [{ name: connector }],
    readText: async path => (path.endsWith('.yaml') ? text : undefined),
  })

/** A row of the gaps that a run gives. */
export interface GapRow {
  readonly run_id: string
  readonly gap_id: string
  readonly dataset: string
  readonly kind: string
  readonly priority: string
  readonly reason: string
  readonly key_prefix: string
  readonly partition_values: string
  readonly expected: string
  readonly found: string
  readonly first_seen: Date
  readonly times_seen: bigint
  readonly resolved_at: Date | null
}

/** The gaps of a run, by dataset, kind and prefix. */
export const readGaps = async ({ gaps }: FoundGaps, lake: HandmadeLake): Promise<GapRow[]> =>
  (await lake.engine.rows(`select * from (${gaps}) order by dataset, kind, key_prefix, gap_id`)) as unknown as GapRow[]

/** Runs at a time, over what the gaps of an earlier run were, and reads what is found. */
export async function runOnce(
  expectations: Expectations,
  lake: HandmadeLake,
  runAt: Date,
  openGaps?: string,
): Promise<{ readonly found: FoundGaps; readonly gaps: GapRow[] }> {
  const found = await findGaps(expectations, lake, { runId: runAt.toISOString(), runAt, clock: runAt, openGaps })
  return { found, gaps: await readGaps(found, lake) }
}

/** The identity of a gap, as it is documented. */
export const gapId = (connector: string, dataset: string, kind: string, subject: string): string =>
  `gap_${createHash('md5').update([connector, dataset, kind, subject].join('\n')).digest('hex').slice(0, 26)}`
