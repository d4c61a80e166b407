import { expect } from 'vitest'
import type { Table } from '../../src/iceberg/catalog.js'
import type { Predicate } from '../../src/iceberg/plan.js'
import { selectTableRows } from '../../src/tables/selectTableRows.js'
import { type IndependentRead, readWithDuckDB, readWithPyiceberg } from '../oracles/independentReaders.js'
import { compareReads, type Read, readOnSpark, readOnTrino, readSelect, spellRead } from './readRows.js'
import type { SalesTable } from './salesTable.js'
import { sparkTable } from './sparkTable.js'
import { registerOnTrino } from './trinoIceberg.js'

/** Where the engines answer that are servers. */
export interface Servers {
  readonly trino: string
  readonly spark: string
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
  for (const { name, ...read } of found) {
    const { got, wanted } = compareReads(expected, read)
    expect({ name, ...got }).toEqual({ name, ...wanted })
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
  return readSelect(select, engine, where)
}

/** The rest of a statement that reads a table. */
interface Reading {
  readonly where: string
  /** Behind the table's name. */
  readonly asOf: string
}

async function readWithTrino(url: string, table: Table, { where, asOf }: Reading): Promise<Read> {
  return readOnTrino(url, `${await registerOnTrino(url, table)} ${asOf}`, where)
}

async function readWithSpark(url: string, sales: SalesTable, { where, asOf }: Reading): Promise<Read> {
  return readOnSpark(url, `${await sparkTable(url, sales)} ${asOf}`, where)
}

const toRead = ({ columns, rows }: IndependentRead): Read =>
  spellRead(
    columns,
    rows.map(row => columns.map(([name]) => row[name])),
  )
