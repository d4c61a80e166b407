import { stat } from 'node:fs/promises'
import { type Engine, OutOfMemoryError, QueryError } from '../engine/engine.js'
import { quoteIdentifier, quotePath, quoteString } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import { NotFoundError } from '../errors.js'
import { formatType, type NestedField } from '../iceberg/schema.js'
import { type CheckTarget, checkSql, type GivenColumn } from './checkSql.js'
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
 * Checks the rows of a Parquet file into another one: what `checkSql` gives, and in `m0` a bad row as JSON.
 * @throws {RowsFileError} for a column of a type whose values can't be the table's, and for a file that is damaged
 */
export async function checkParquet(
  path: string,
  found: readonly ParquetColumn[],
  target: CheckTarget,
  checkedPath: string,
  engine: Engine,
): Promise<void> {
  const columns = new Map<string, GivenColumn>()
  for (const field of target.schema.fields) {
    const column = found.find(({ name }) => name === field.name)
    if (column) columns.set(field.name, givenColumn(column, field, path))
  }
  const all = found.map(({ name }) => `${quoteString(name)}: ${quoteIdentifier(name)}`)
  const checked = checkSql(
    {
      from: scan(path, ', file_row_number=true'),
      line: 'file_row_number + 1',
      told: 'cast(null as varchar)',
      row: `{${all.join(', ')}}`,
    },
    columns,
    target,
  )
  await refuseUnread(path, () =>
    engine.run(
      `copy (select * replace (case when reason is not null then cast(to_json(row) as varchar) end as row) from (${checked}))
      to ${quoteString(checkedPath)} (format parquet, compression snappy, row_group_size 20480)`,
    ),
  )
}

const scan = (path: string, more = ''): string =>
  `read_parquet(${quotePath(path)}, hive_partitioning=false, union_by_name=false${more})`

function givenColumn(column: ParquetColumn, field: NestedField, path: string): GivenColumn {
  const { type } = field
  const target = duckdbType(type)
  const base = { given: quoteIdentifier(column.name), isTold: () => 'false' }
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
    if (!(cause instanceof QueryError) || cause instanceof OutOfMemoryError) throw cause
    throw new RowsFileError({ subject: path, expected: 'Parquet that is whole', got: cause.facts.got ?? '', cause })
  }
}
