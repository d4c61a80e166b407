import { expect } from 'vitest'
import { quoteIdentifier } from '../../src/engine/sqlText.js'
import type { Table } from '../../src/iceberg/catalog.js'
import type { Predicate } from '../../src/iceberg/plan.js'
import { selectTableRows } from '../../src/tables/selectTableRows.js'
import { type IndependentRead, readWithDuckDB, readWithPyiceberg } from '../oracles/independentReaders.js'
import type { SalesTable } from './salesTable.js'
import { runOnSpark } from './sparkServer.js'
import { sparkTable } from './sparkTable.js'
import { runOnTrino } from './trinoClient.js'
import { registerOnTrino } from './trinoIceberg.js'

/** Where the engines answer that are servers. */
export interface Servers {
  readonly trino: string
  readonly spark: string
}

/** What a reader sees of a table, spelled in one way for all of them. */
export interface Read {
  /** `name type`, by Iceberg's names of types. */
  readonly columns: readonly string[]
  /** Each a JSON list of the values, sorted. */
  readonly rows: readonly string[]
}

/** A condition in the SQL that all of them take, and as Stocktake plans by it. */
export interface Filter {
  readonly where: string
  readonly predicates: readonly Predicate[]
}

const EVERYTHING: Filter = { where: 'year > 0', predicates: [] }

export const READERS = ['DuckDB', 'pyiceberg', 'Trino', 'Spark'] as const
export type Reader = (typeof READERS)[number]

/**
 * Expects that others see what Stocktake sees of a table.
 * @param options readers: all of them, unless given; snapshotId: as of which, which DuckDB isn't asked for here
 * @returns what they see
 */
export async function expectSameRows(
  sales: SalesTable,
  servers: Servers,
  options: { readonly filter?: Filter; readonly readers?: readonly Reader[]; readonly snapshotId?: bigint } = {},
): Promise<Read> {
  const { filter = EVERYTHING, readers = READERS, snapshotId } = options
  const table = await sales.load()
  const question = { sales, table, servers, where: filter.where, snapshotId }
  const [expected, ...found] = await Promise.all([
    readWithStocktake(sales, table, filter, snapshotId),
    ...readers.map(async name => ({ name, ...(await readWith(name, question)) })),
  ])
  for (const { name, columns, rows } of found) {
    const tooMany = rows.filter(row => !expected.rows.includes(row)).slice(0, 3)
    const missing = expected.rows.filter(row => !rows.includes(row)).slice(0, 3)
    expect({ name, columns, count: rows.length, tooMany, missing }).toEqual({
      name,
      columns: expected.columns,
      count: expected.rows.length,
      tooMany: [],
      missing: [],
    })
  }
  return expected
}

interface Question {
  readonly sales: SalesTable
  readonly table: Table
  readonly servers: Servers
  readonly where: string
  readonly snapshotId: bigint | undefined
}

async function readWith(reader: Reader, question: Question): Promise<Read> {
  const { sales, table, servers, where, snapshotId } = question
  const asOf = snapshotId === undefined ? '' : `version as of ${snapshotId}`
  const metadata = table.store.locate(table.metadataKey)
  switch (reader) {
    case 'DuckDB':
      return toRead(await readWithDuckDB(metadata, where))
    case 'pyiceberg':
      return toRead(await readWithPyiceberg(metadata, where.replace(TIME, "'$1T$2'"), snapshotId))
    case 'Trino':
      return readWithTrino(servers.trino, table, { where, asOf: asOf && `for ${asOf}` })
    case 'Spark':
      return readWithSpark(servers.spark, sales, { where, asOf })
  }
}

/** SQL's form of a time, which pyiceberg doesn't know. */
const TIME = /timestamp '(\S+) (\S+)'/g

/** What Stocktake sees. @throws {UnsupportedTableError} for a table with delete files */
export async function readWithStocktake(
  { engine }: SalesTable,
  table: Table,
  { where, predicates }: Filter = EVERYTHING,
  snapshotId?: bigint,
): Promise<Read> {
  const { select } = await selectTableRows(table, { predicates, ...(snapshotId !== undefined && { snapshotId }) })
  const described = await engine.rows(`describe ${select}`)
  const columns = described.map(column => [String(column.column_name), String(column.column_type)] as const)
  // A Date has no microseconds, and a number not all digits of a decimal.
  const texts = columns.map(([name, type]) =>
    /^(TIMESTAMP|DECIMAL)/.test(type) ? `cast(${quoteIdentifier(name)} as varchar)` : quoteIdentifier(name),
  )
  const values = columns.map(([name], i) => `${texts[i]} as ${quoteIdentifier(name)}`)
  const rows = await engine.rows(`select ${values.join(', ')} from (${select}) where ${where}`)
  return spell(
    columns,
    rows.map(row => columns.map(([name]) => row[name])),
  )
}

/** The rest of a statement that reads a table. */
interface Reading {
  readonly where: string
  /** Behind the table's name. */
  readonly asOf: string
}

async function readWithTrino(url: string, table: Table, { where, asOf }: Reading): Promise<Read> {
  const name = `${await registerOnTrino(url, table)} ${asOf}`
  const { columns } = await runOnTrino(url, `select * from ${name} limit 0`)
  const texts = columns.map(({ name: column, type }) =>
    type.startsWith('array') ? `json_format(cast(${quoteIdentifier(column)} as json))` : quoteIdentifier(column),
  )
  const { rows } = await runOnTrino(url, `select ${texts.join(', ')} from ${name} where ${where}`)
  const values = rows.map(row =>
    row.map((value, i) => (columns[i]?.type.startsWith('array') && value !== null ? JSON.parse(String(value)) : value)),
  )
  return spell(
    columns.map(column => [column.name, column.type]),
    values,
  )
}

async function readWithSpark(url: string, sales: SalesTable, { where, asOf }: Reading): Promise<Read> {
  const name = `${await sparkTable(url, sales)} ${asOf}`
  const { columns, rows } = await runOnSpark(url, `select * from ${name} where ${where}`)
  return spell(columns, rows)
}

const toRead = ({ columns, rows }: IndependentRead): Read =>
  spell(
    columns,
    rows.map(row => columns.map(([name]) => row[name])),
  )

function spell(
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
