import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { quoteIdentifier, quotePath, quoteString } from '../engine/sqlText.js'
import { toFileSystemError } from '../errors.js'

/** A value of a row; whole numbers for BIGINT, and moments for TIMESTAMP. */
export type StagedValue = string | number | boolean | Date | null | undefined

/** DuckDB's types by the columns' names. */
export type StagedColumns = Readonly<Record<string, string>>

/** Where rows are kept: a file of a name, without extension, in a folder that is there. */
export interface StagePlace {
  readonly folder: string
  readonly name: string
  readonly engine: Engine
}

/**
 * Lets an engine read rows that are made one by one, of which nobody need hold all: they go into a file.
 * @returns a SELECT of the rows, for as long as the folder is there
 */
export async function stageRows<C extends StagedColumns>(
  rows: Iterable<{ readonly [column in keyof C]?: StagedValue }>,
  columns: C,
  { folder, name, engine }: StagePlace,
): Promise<string> {
  const text = join(folder, `${name}.ndjson`)
  await writeLines(text, rows)
  const texts = Object.keys(columns).map(column => `${quoteString(column)}: 'VARCHAR'`)
  const values = Object.entries(columns).map(
    ([column, type]) => `cast(${quoteIdentifier(column)} as ${type}) as ${quoteIdentifier(column)}`,
  )
  const source = `read_json(${quotePath(text)}, format='newline_delimited',
    maximum_object_size=${MOST_ROW_BYTES}, columns={${texts.join(', ')}})`
  return copyRows(`select ${values.join(', ')} from ${source}`, { folder, name, engine })
}

/** Keeps a SELECT's rows in a file. @returns a SELECT of them */
export const copyRows = async (select: string, place: StagePlace): Promise<string> =>
  (await copyCounted(select, place)).select

/** Rows in a file, and how many. */
export interface CountedRows {
  readonly select: string
  readonly rows: number
}

/** As {@link copyRows}. */
export async function copyCounted(select: string, { folder, name, engine }: StagePlace): Promise<CountedRows> {
  const path = join(folder, `${name}.parquet`)
  const [copied] = await engine.rows(
    `copy (${select}) to ${quoteString(path)} (format parquet, compression lz4, row_group_size 30000)`,
  )
  const found = `select * from read_parquet(${quotePath(path)}, hive_partitioning=false)`
  return { select: found, rows: Number(copied?.Count ?? 0) }
}

/** Of each thread DuckDB's buffer is twice as large. */
const MOST_ROW_BYTES = 1_000_000

const CHUNK_CHARACTERS = 1 << 18

async function writeLines(path: string, rows: Iterable<object>): Promise<void> {
  const file = await open(path, 'wx')
  try {
    let waiting = ''
    for (const row of rows) {
      waiting += `${JSON.stringify(row)}\n`
      if (waiting.length < CHUNK_CHARACTERS) continue
      await file.writeFile(waiting)
      waiting = ''
    }
    await file.writeFile(waiting)
  } catch (error) {
    throw toFileSystemError(error, path) // a write to an open file doesn't say which
  } finally {
    await file.close()
  }
}
