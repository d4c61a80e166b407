import { quoteString } from '../engine/sqlText.js'
import { loadModel } from '../models/model.js'
import { LAKE_VIEWS } from './lakeViews.js'
import { IMPORT_TABLES, SNAPSHOTS } from './tables.js'

export const VIEW_DIALECTS = ['duckdb', 'athena'] as const

export type ViewDialect = (typeof VIEW_DIALECTS)[number]

/**
 * The statements that make the lake's views in another engine: for DuckDB over the tables in the lake's folder, for Athena
 * over the published tables of the database that is chosen.
 * @param place where the lake is, as the engine finds it
 */
export function formatViews(dialect: ViewDialect, place: string): string {
  const views = LAKE_VIEWS.map(name => `create or replace view ${name} as\n${selectPortable(name)};\n`)
  return [dialect === 'duckdb' ? duckdbHead(place) : ATHENA_HEAD, ...views].join('\n')
}

/** The SELECT of a view over the stored tables, `objects_v1` and the others, in the words that all engines know. */
export const selectPortable = (name: string): string => loadModel(`views/${name}`, 'trino').sql

const ATHENA_HEAD = '-- Run these one by one in the database that the tables are published to.\n'

const duckdbHead = (place: string): string =>
  [
    '-- For DuckDB with its iceberg extension; of a lake on S3 also httpfs and a secret (create secret (type s3, …)).',
    'install iceberg;',
    'load iceberg;',
    '',
    ...[...IMPORT_TABLES, SNAPSHOTS].map(
      ({ name }) =>
        `create or replace view ${name} as select * from iceberg_scan(${quoteString(`${place}/tables/${name}`)}, allow_moved_paths = true);`,
    ),
    '',
  ].join('\n')
