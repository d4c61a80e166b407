import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

/** DuckDB by itself, with all the memory that it likes. Where a statement names no order, it may give any. */
export async function openPlainDuckDB(settings: Readonly<Record<string, string>> = {}): Promise<DuckDBConnection> {
  return (await DuckDBInstance.create(':memory:', { threads: '2', ...settings })).connect()
}
