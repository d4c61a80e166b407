import type { Engine } from './engine.js'
import { quoteIdentifier, quoteString } from './sqlText.js'

/**
 * Writes a query's rows as one Parquet file (zstd), in their order, without holding them. Whole numbers of 128 bits become
 * decimals of 38 digits, where DuckDB would round them; what Parquet has no exact type for becomes DuckDB's text.
 * @param sql one SELECT
 * @returns how many rows
 * @throws {QueryError}
 */
export async function copyToParquet(engine: Engine, sql: string, path: string): Promise<number> {
  await engine.rows(`explain ${sql}`) // whose mistakes are told with their place, which query() doesn't
  const rows = `query(${quoteString(sql)})`
  const columns = await engine.rows(`describe select * from ${rows}`)
  const selected = columns.map(({ column_name, column_type }) => {
    const name = quoteIdentifier(String(column_name))
    const type = String(column_type)
    const exact = exactType(type)
    return exact === type ? name : `cast(${name} as ${exact}) as ${name}`
  })
  const [copied] = await engine.rows(
    `copy (select ${selected.join(', ')} from ${rows}) to ${quoteString(path)}
    (format parquet, compression zstd, row_group_size_bytes ${ROW_GROUP_BYTES})`,
  )
  return Number(copied?.Count ?? 0)
}

/** What each thread holds of what it writes. */
const ROW_GROUP_BYTES = 16_000_000

/** The type that holds the same in Parquet; names of fields and values of enums are in quotes, and no types. */
const exactType = (type: string): string =>
  type.replace(TYPE_WORD, (text, huge?: string, unknown?: string) =>
    huge ? 'DECIMAL(38,0)' : unknown ? 'VARCHAR' : text,
  )

/** What is followed by another word is the name of a field. */
const TYPE_WORD =
  /"(?:[^"]|"")*"|'(?:[^']|'')*'|\b(?:(U?HUGEINT)|(INTERVAL|TIME WITH TIME ZONE|BIT|BIGNUM|VARIANT))(?=[,)[]|$)/g
