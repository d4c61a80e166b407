import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { duckdbExtension, runPython } from './oracles.js'

const run = promisify(execFile)

/** What another reader of a table sees: its rows, as JSON has them, and how many data files it opens for them. */
export interface IndependentRead {
  /** Types by the reader's own names. */
  readonly columns: readonly (readonly [name: string, type: string])[]
  readonly rows: readonly Record<string, unknown>[]
  readonly files: number
}

/**
 * Reads a table with pyiceberg.
 * @param metadata the path or URL of a `vN.metadata.json`
 * @param filter in pyiceberg's own language, which is SQL's for simple comparisons
 * @param snapshotId as of which; the current one unless given
 */
export async function readWithPyiceberg(metadata: string, filter = '', snapshotId?: bigint): Promise<IndependentRead> {
  const args = [metadata, filter, ...(snapshotId === undefined ? [] : [String(snapshotId)])]
  const lines = (await runPython('read_table.py', args)).trim().split('\n')
  const parsed = lines.map(line => JSON.parse(line))
  const { columns, planned_files } = parsed.at(-1)
  return { columns, rows: parsed.slice(0, -1), files: planned_files }
}

/** Reads a table with DuckDB's iceberg extension; rejects when that aborts. `where` is SQL. */
export async function readWithDuckDB(metadata: string, where = 'true'): Promise<IndependentRead> {
  const script = fileURLToPath(new URL('duckdbScan.mjs', import.meta.url))
  const args = [script, duckdbExtension('avro'), duckdbExtension('iceberg'), metadata, where]
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 28 })
  return JSON.parse(stdout)
}

/** What a reader of Arrow sees in a file: columns as name and type, and rows of texts, lists and objects. */
export interface ArrowRead {
  readonly columns: readonly (readonly [name: string, type: string])[]
  readonly rows: readonly (readonly unknown[])[]
}

/** Reads a file with pyarrow and with Polars, by the ending of its name: .arrow, .arrows, .parquet, .csv or .jsonl. */
export async function readWithArrow(
  path: string,
): Promise<{ readonly pyarrow: ArrowRead; readonly polars: ArrowRead; readonly batches: number }> {
  return JSON.parse(await runPython('read_arrow.py', [path]))
}
