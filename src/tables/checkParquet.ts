import { stat } from 'node:fs/promises'
import { type Engine, OutOfMemoryError, QueryError } from '../engine/engine.js'
import { quoteIdentifier, quotePath, quoteString } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import { onOneThread } from '../engine/threads.js'
import { NotFoundError } from '../errors.js'
import { formatType, type NestedField } from '../iceberg/schema.js'
import type { BadRowsWriter } from './badRows.js'
import { type CheckTarget, checkSql, type GivenColumn } from './checkSql.js'
import { canBeDeclared } from './declaredColumn.js'
import { RowsFileError } from './rowsFile.js'
import { shownSql, textValueSql } from './textValueSql.js'

/** A column of a Parquet file, with DuckDB's name of its type. */
export interface ParquetColumn {
  readonly name: string
  readonly type: string
}

/**
 * The columns of a Parquet file, in order.
 * @throws {NotFoundError} for no such file
 * @throws {RowsFileError} for one that is no Parquet
 */
export async function listParquetColumns(path: string, engine: Engine): Promise<ParquetColumn[]> {
  const found = await stat(path).catch(cause => {
    throw new NotFoundError({ subject: path, expected: 'a file of rows', got: 'no such file', cause })
  })
  if (!found.isFile()) throw new RowsFileError({ subject: path, expected: 'a file of rows', got: 'a folder' })
  const rows = await refuseUnread(path, () => engine.rows(`describe select * from ${scan(path)}`))
  return rows.map(({ column_name, column_type }) => ({ name: String(column_name), type: String(column_type) }))
}

/**
 * Checks the rows of a Parquet file into another one: what `checkSql` gives, with a bad row as JSON.
 * @throws {RowsFileError} for a column of a type whose values can't be the table's, and for a file that is damaged
 * @throws {OutOfMemoryError} for row groups that are too much for the engine
 */
export async function checkParquet(
  path: string,
  found: readonly ParquetColumn[],
  target: CheckTarget,
  checkedPath: string,
  engine: Engine,
): Promise<void> {
  const { fields } = target.schema
  const columns = new Map<string, GivenColumn>()
  for (const field of fields) {
    const column = found.find(({ name }) => name === field.name)
    if (column) columns.set(field.name, givenColumn(column, field, path))
  }
  const row = (given: (place: number) => string) => {
    const all = found.map(
      ({ name }) => `${quoteString(name)}: ${given(fields.findIndex(field => field.name === name))}`,
    )
    return `cast(to_json({${all.join(', ')}}) as varchar)`
  }
  const source = {
    from: scan(path, ', file_row_number=true'),
    line: 'file_row_number + 1',
    told: 'cast(null as varchar)',
    row,
  }
  const isWide = fields.some(({ type }) => typeof type === 'object')
  const check = () =>
    engine.run(`copy (${checkSql(source, columns, target)})
      to ${quoteString(checkedPath)} (format parquet, compression snappy, row_group_size ${isWide ? 2048 : 20480})`)
  await refuseUnread(path, () => (isWide ? onOneThread(engine, check) : check()))
}

/**
 * Adds the bad rows of what {@link checkParquet} made, in order; some megabytes at a time, as wide ones can't be sorted in
 * memory.
 */
export async function addBadRows(checkedPath: string, bad: BadRowsWriter, engine: Engine): Promise<void> {
  const badRows = `from read_parquet(${quotePath(checkedPath)}) where reason is not null`
  const ends: bigint[] = []
  let bytes = 0
  let last: bigint | undefined
  const lines = await engine.query(`select line, strlen("row") as bytes ${badRows} order by line`)
  for await (const row of lines.rows) {
    last = BigInt(Number(row.line))
    bytes += Number(row.bytes) + 100
    if (bytes < SORTED_BYTES) continue
    ends.push(last)
    bytes = 0
  }
  if (last !== undefined && ends.at(-1) !== last) ends.push(last)
  for (const [i, end] of ends.entries()) {
    const within = `line > ${ends[i - 1] ?? 0n} and line <= ${end}`
    const found = await engine.query(`select line, reason, "row" ${badRows} and ${within} order by line`)
    for await (const { line, reason, row } of found.rows)
      await bad.add({ line: Number(line), reason: String(reason), row: String(row) })
  }
}

const SORTED_BYTES = 10_000_000

const scan = (path: string, more = ''): string =>
  `read_parquet(${quotePath(path)}, hive_partitioning=false, union_by_name=false${more})`

function givenColumn(column: ParquetColumn, field: NestedField, path: string): GivenColumn {
  const { type } = field
  const target = duckdbType(type)
  const base = { given: quoteIdentifier(column.name), isTold: () => 'false' }
  if (!canBeDeclared(type)) {
    const subject = `${path}: column ${column.name}`
    const expected = `no column of type ${formatType(type)}, which can't be inserted into`
    throw new RowsFileError({ subject, expected, got: column.type, fix: 'leave it out; nothing was added' })
  }
  if (column.type === target) return { ...base, read: given => ({ value: given, fault: 'null' }) }
  if (column.type === 'VARCHAR' && typeof type === 'string')
    return { ...base, read: given => textValueSql(type, `('"' || ${given})`) }
  if (!areAlike(column.type, target)) {
    const subject = `${path}: column ${column.name}`
    throw new RowsFileError({ subject, expected: formatType(type), got: column.type })
  }
  return {
    ...base,
    read: given => {
      const cast = `try_cast(${given} as ${target})`
      return {
        value: `case when try_cast(${cast} as ${column.type}) = ${given} then ${cast} end`,
        fault: `${shownSql(`cast(${given} as varchar)`)} || ${quoteString(` is no ${formatType(type)}, exactly`)}`,
      }
    },
  }
}

/** Types of which some values are the same. */
function areAlike(one: string, other: string): boolean {
  if (one.endsWith('[]') && other.endsWith('[]')) return areAlike(one.slice(0, -2), other.slice(0, -2))
  return FAMILIES.some(family => family.test(one) && family.test(other))
}

const FAMILIES: readonly RegExp[] = [
  /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+, ?\d+\))$/,
  /^(DATE|TIMESTAMP(_S|_MS|_NS)?|TIMESTAMP WITH TIME ZONE)$/,
  /^(VARCHAR|ENUM\(.*\))$/s,
  /^TIME(_NS)?$/,
]

async function refuseUnread<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (!(cause instanceof QueryError) || cause.facts.fix !== undefined) throw cause // not of the file: a full disk
    if (cause instanceof OutOfMemoryError)
      throw new OutOfMemoryError({
        subject: path,
        expected: 'row groups that fit into the memory',
        got: cause.facts.got?.split('\n')[0] ?? 'more',
        fix: 'raise engine.memory, or write the file with smaller row groups',
        cause,
      })
    throw new RowsFileError({ subject: path, expected: 'Parquet that is whole', got: cause.facts.got ?? '', cause })
  }
}
