import { quoteString } from '../engine/sqlText.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import { parseMetadataVersion } from '../iceberg/metadataFiles.js'
import { loadModel } from '../models/model.js'
import { selectAuditIn } from './auditView.js'
import { TABLE_VIEWS, VIEW_TABLES } from './lakeViews.js'
import { COLLECTIONS, IMPORT_TABLES, RECONCILE_TABLES, SNAPSHOTS } from './tables.js'

export const VIEW_DIALECTS = ['duckdb', 'athena'] as const

export type ViewDialect = (typeof VIEW_DIALECTS)[number]

/**
 * The statements that make the lake's views in another engine: for DuckDB over the tables in the lake's folder, for Athena
 * over the published tables of the database that is chosen.
 * @param place where the lake is, as the engine finds it
 * @param tables the stored tables that there are: the views of others are left out
 * @param loaded by name, those that are elsewhere than a reader of folders would look: see {@link scannedPath}
 */
export function formatViews(
  dialect: ViewDialect,
  place: string,
  tables: ReadonlySet<string>,
  loaded: ReadonlyMap<string, Table> = new Map(),
): string {
  const views = TABLE_VIEWS.filter(name => tables.has(VIEW_TABLES[name].name)).map(
    name => `create or replace view ${name} as\n${selectPortable(name)};\n`,
  )
  return [dialect === 'duckdb' ? duckdbHead(place, tables, loaded) : ATHENA_HEAD, ...views].join('\n')
}

/** The statement that makes the view `audit` in a DuckDB, where the lake has any records; for DuckDB alone. */
export const formatAuditView = (place: string): string => `create or replace view audit as\n${selectAuditIn(place)};\n`

/** The stored tables of a lake that views show: those of imports, and those of `reconcile` and of collections once
 * there were any. */
export async function listViewTables(catalog: Catalog): Promise<ReadonlySet<string>> {
  const names = [...IMPORT_TABLES, SNAPSHOTS].map(({ name }) => name)
  for (const { name } of [...RECONCILE_TABLES, COLLECTIONS]) if (await catalog.load(name)) names.push(name)
  return new Set(names)
}

/** The SELECT of a view over the stored tables, `objects_v1` and the others, in the words that all engines know. */
export const selectPortable = (name: string): string => loadModel(`views/${name}`, 'trino').sql

const ATHENA_HEAD = '-- Run these one by one in the database that the tables are published to.\n'

/**
 * What DuckDB's iceberg extension is to read of a table: its folder, where a hint says what is newest; of a table whose
 * catalog is Glue, which writes none, the metadata file that counts now.
 */
export const scannedPath = (place: string, name: string, table: Table | undefined): string =>
  table && parseMetadataVersion(table.metadataKey) === undefined
    ? `${place}/${table.metadataKey}`
    : `${place}/tables/${name}`

const duckdbHead = (place: string, tables: ReadonlySet<string>, loaded: ReadonlyMap<string, Table>): string =>
  [
    '-- For DuckDB with its iceberg extension; of a lake on S3 also httpfs and a secret (create secret (type s3, …)).',
    'install iceberg;',
    'load iceberg;',
    '',
    ...[...tables].map(
      name =>
        `create or replace view ${name} as select * from iceberg_scan(${quoteString(scannedPath(place, name, loaded.get(name)))}, allow_moved_paths = true);`,
    ),
    '',
  ].join('\n')
