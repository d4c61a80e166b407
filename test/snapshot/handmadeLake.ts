import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import { writeParquetFile } from '../../src/engine/parquetFile.js'
import { quoteString } from '../../src/engine/sqlText.js'
import { duckdbType } from '../../src/engine/tableScan.js'
import type { Catalog, TableSpec } from '../../src/iceberg/catalog.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { commitTables } from '../../src/snapshot/commitTables.js'
import { commitReceipt, type Receipt } from '../../src/snapshot/receipts.js'
import { CHANGES, FOLDERS, OBJECTS } from '../../src/snapshot/tables.js'

/** A lake whose imports are put together by hand. */
export interface HandmadeLake {
  readonly folder: string
  readonly store: ObjectStore
  readonly catalog: Catalog
  readonly engine: DuckDB
}

const now = () => new Date('2026-01-21T00:00Z')

export async function openHandmadeLake(): Promise<HandmadeLake> {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-handmade-'))
  const engine = await openDuckDB({ memoryBytes: 200e6, threads: 2, tempFolder: join(folder, 'spill') })
  const store = new FolderStore(join(folder, 'lake'))
  return { folder, engine, store, catalog: filesCatalog(store, { now }) }
}

export async function closeHandmadeLake({ folder, engine }: HandmadeLake): Promise<void> {
  engine.close()
  await rm(folder, { recursive: true })
}

/** An import whose folder and change are named after it, and so is its object unless it has keys. */
export interface HandmadeImport {
  readonly id: string
  readonly connector?: string
  readonly snapshot: string
  readonly scope?: string
  readonly sampleRate?: number
  readonly base?: string
  readonly deletedCount?: bigint
  readonly rejectedRowCount?: bigint
  /** What made it; DuckDB unless given. */
  readonly engine?: Receipt['engine']
  /** Each of one current object. */
  readonly keys?: readonly string[]
}

/** Appends the import to the tables, as far as nobody sees it. */
export async function appendImport(
  lake: HandmadeLake,
  { id, connector = 'a', snapshot, keys = [`${id}/key`] }: HandmadeImport,
) {
  const partition = { connector, dt: snapshot.slice(0, 10), import_id: id }
  const make = async (spec: TableSpec, ...rows: Readonly<Record<string, string>>[]) => {
    const path = join(lake.folder, `${id}-${spec.name}.parquet`)
    const select = rows.map(values => selectRow(spec, { ...partition, snapshot, ...values })).join(' union all ')
    return [
      { path, facts: await writeParquetFile(lake.engine, { select, path, schema: spec.schema, rowGroupRows: 2048 }) },
    ]
  }
  const files = {
    objects: keys.length === 0 ? [] : await make(OBJECTS, ...[...keys].sort().map(key => ({ key, ...CURRENT }))),
    folders: await make(FOLDERS, { path: `${id}/`, depth: '1' }),
    changes: await make(CHANGES, { key: `${id}/key`, change: 'new' }),
  }
  await commitTables(files, partition, { catalog: lake.catalog, now })
}

/** Makes the import count, in place of an earlier one of the same snapshot. */
export async function vouchFor(
  lake: HandmadeLake,
  {
    id,
    connector = 'a',
    snapshot,
    scope = '',
    sampleRate,
    base,
    deletedCount,
    rejectedRowCount = 0n,
    engine = 'duckdb',
  }: HandmadeImport,
) {
  const receipt = {
    connector,
    dt: snapshot.slice(0, 10),
    snapshot,
    import_id: id,
    source: sampleRate === undefined && scope === '' ? 'inventory' : 'api',
    scope,
    sample_rate: sampleRate ?? null,
    source_bucket: 'bucket',
    report_created_at: null,
    manifest_key: null,
    manifest_checksum: null,
    file_format: null,
    file_count: null,
    row_count: 1n,
    rejected_row_count: rejectedRowCount,
    ignored_fields: '[]',
    object_count: 1n,
    total_size_bytes: 1n,
    noncurrent_object_count: 0n,
    noncurrent_size_bytes: 0n,
    delete_marker_count: 0n,
    folder_count: 1n,
    base_snapshot: base ?? null,
    new_count: 1n,
    modified_count: null,
    touched_count: null,
    deleted_count: deletedCount ?? null,
    fingerprint_method: 'none',
    verified_by: 'none',
    list_requests: 0n,
    get_requests: 0n,
    bytes_read: 0n,
    duration_ms: 0n,
    peak_memory_bytes: 0n,
    engine,
    imported_by: 'test',
    imported_at: now(),
    version: '0',
  } as const satisfies Receipt
  await commitReceipt(
    () => receipt,
    () => false,
    { ...lake, now },
  )
}

const CURRENT = { size: '1', is_latest: 'true', is_delete_marker: 'false' }

const selectRow = (spec: TableSpec, values: Readonly<Record<string, string>>): string =>
  selectOf(spec, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, quoteString(value)])))

/** `select …` of a table's columns; those that no SQL is given for are NULL. */
export function selectOf({ schema }: TableSpec, values: Readonly<Record<string, string>>): string {
  const columns = schema.fields.map(
    ({ name, type }) => `cast(${values[name] ?? 'null'} as ${duckdbType(type)}) as ${name}`,
  )
  return `select ${columns.join(', ')}`
}
