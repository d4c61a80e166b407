import type { Engine } from '../../src/engine/engine.js'
import { quoteIdentifier } from '../../src/engine/sqlText.js'
import { runOnSpark } from './sparkServer.js'
import { runOnTrino } from './trinoClient.js'

/** What a reader sees of a table, spelled in one way for all of them. */
export interface Read {
  /** `name type`, by Iceberg's names of types. */
  readonly columns: readonly string[]
  /** Each a JSON list of the values, sorted. */
  readonly rows: readonly string[]
}

/** What differs between two readers of one table; of rows no more than a few. */
export interface Difference {
  readonly columns: readonly string[]
  readonly count: number
  readonly tooMany: readonly string[]
  readonly missing: readonly string[]
}

/** What is to be told of a reader, and what would be told of one that sees just what is expected. */
export function compareReads(expected: Read, found: Read): { readonly got: Difference; readonly wanted: Difference } {
  const tooMany = listOthers(found.rows, expected.rows).slice(0, 3)
  const missing = listOthers(expected.rows, found.rows).slice(0, 3)
  return {
    got: { columns: found.columns, count: found.rows.length, tooMany, missing },
    wanted: { columns: expected.columns, count: expected.rows.length, tooMany: [], missing: [] },
  }
}

/** Those of sorted rows that sorted others don't have, or have less often. */
function listOthers(rows: readonly string[], others: readonly string[]): string[] {
  let at = 0
  return rows.filter(row => {
    while (at < others.length && (others[at] ?? '') < row) at++
    if (others[at] !== row) return true
    at++
    return false
  })
}

/** The rows of a SELECT on DuckDB. */
export async function readSelect(select: string, engine: Engine, where = 'true'): Promise<Read> {
  const described = await engine.rows(`describe ${select}`)
  const columns = described.map(column => [String(column.column_name), String(column.column_type)] as const)
  // A Date has no microseconds, and a number not all digits of a decimal.
  const texts = columns.map(([name, type]) =>
    /^(TIMESTAMP|DATE|DECIMAL)/.test(type) ? `cast(${quoteIdentifier(name)} as varchar)` : quoteIdentifier(name),
  )
  const values = columns.map(([name], i) => `${texts[i]} as ${quoteIdentifier(name)}`)
  const rows = await engine.rows(`select ${values.join(', ')} from (${select}) where ${where}`)
  return spellRead(
    columns,
    rows.map(row => columns.map(([name]) => row[name])),
  )
}

/** The rows of a table on Trino. @param name as it stands in statements */
export async function readOnTrino(url: string, name: string, where = 'true'): Promise<Read> {
  const { columns } = await runOnTrino(url, `select * from ${name} limit 0`)
  const texts = columns.map(({ name: column, type }) =>
    type.startsWith('array') ? `json_format(cast(${quoteIdentifier(column)} as json))` : quoteIdentifier(column),
  )
  const { rows } = await runOnTrino(url, `select ${texts.join(', ')} from ${name} where ${where}`)
  const values = rows.map(row =>
    row.map((value, i) => (columns[i]?.type.startsWith('array') && value !== null ? JSON.parse(String(value)) : value)),
  )
  return spellRead(
    columns.map(column => [column.name, column.type]),
    values,
  )
}

/** The rows of a table on Spark. @param name as it stands in statements */
export async function readOnSpark(url: string, name: string, where = 'true'): Promise<Read> {
  const { columns, rows } = await runOnSpark(url, `select * from ${name} where ${where}`)
  return spellRead(columns, rows)
}

/** Spells what a reader has found. @param columns types by the reader's own names */
export function spellRead(
  columns: readonly (readonly [name: string, type: string])[],
  rows: readonly (readonly unknown[])[],
): Read {
  const types = columns.map(([, type]) => icebergType(type))
  return {
    columns: columns.map(([name], i) => `${name} ${types[i]}`),
    rows: rows.map(row => JSON.stringify(row.map((value, i) => spellValue(value, types[i] ?? '')))).sort(),
  }
}

const TYPES: Readonly<Record<string, string>> = {
  varchar: 'string',
  integer: 'int',
  bigint: 'long',
  'timestamp(6)': 'timestamp',
  timestamp_ntz: 'timestamp',
}

function icebergType(name: string): string {
  const type = name.toLowerCase().replaceAll(' ', '')
  const element = /^(?:array|list)[(<](.+)[)>]$|^(.+)\[\]$/.exec(type)
  if (element) return `list<${icebergType(element[1] ?? element[2] ?? '')}>`
  return TYPES[type] ?? type
}

/** Numbers as JavaScript writes them, so that a double is its shortest text; times with all microseconds. */
function spellValue(value: unknown, type: string): unknown {
  if (value === null || value === undefined) return null
  if (type.startsWith('list<')) {
    if (!Array.isArray(value)) throw new Error(`expected a list, got ${JSON.stringify(value)}`)
    return value.map(inside => spellValue(inside, type.slice('list<'.length, -1)))
  }
  if (type === 'double' || type === 'float') return Number(value)
  if (type === 'timestamp') return spellTime(String(value))
  return String(value)
}

function spellTime(text: string): string {
  const [seconds, fraction = ''] = text.replace(' ', 'T').split('.')
  return `${seconds}.${fraction.padEnd(6, '0')}`
}
