import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Stream } from '../../src/config/stream.js'
import { etlOnce } from '../../src/streams/etl.js'
import { readWithDuckDB, readWithPyiceberg } from '../oracles/independentReaders.js'
import { describeWithOracles, runPython } from '../oracles/oracles.js'
import { coinbase, type EtlPlace, openEtlPlace } from './etlPlace.js'
import { sentLines, sentTrades } from './sentRecords.js'

let place: EtlPlace
let stream: Stream
beforeAll(async () => {
  place = await openEtlPlace()
  stream = coinbase()
  for (const [i, lines] of sentLines().entries()) await place.put(stream, lines, i + 1)
  for await (const step of etlOnce(stream, place.effects())) expect(step.kind).toBe('done')
})
afterAll(() => place?.remove())

const COLUMNS = ['trade_id', 'product_id', 'date', 'price', 'size', 'segment', 'line', 'item'] as const

/** Everything as text; decimals with all digits, and without the zeros that don't count: `9.60E-16` is one, too. */
function textOf(value: unknown): string {
  const text = String(value)
  const [, whole, fraction = '', exponent = '0'] = /^(\d+)\.?(\d*)(?:E-(\d+))?$/.exec(text) ?? []
  if (whole === undefined) return text
  const digits = `${'0'.repeat(Number(exponent))}${whole}${fraction}`
  const point = digits.length - fraction.length - Number(exponent)
  return `${BigInt(digits.slice(0, point))}.${digits.slice(point).replace(/0+$/, '')}`
}

const spell = (rows: readonly Readonly<Record<string, unknown>>[]): string[] =>
  rows.map(row => JSON.stringify(COLUMNS.map(column => textOf(row[column])))).sort()

const expected = spell(sentTrades())

/** What DuckDB, Polars and pyiceberg find is what was sent: each record once. */
describeWithOracles('what was sent', () => {
  test('is what a glob of DuckDB finds', async () => {
    const price = 'cast(price as varchar) as price, cast(size as varchar) as size'
    expect(
      spell(await place.globRows(stream, 'market_trades', `* replace (${price.replaceAll(' as ', ' AS ')})`)),
    ).toEqual(expected)
  })

  test('is what a glob of Polars finds', async () => {
    const folder = place.store.locate(`processed/${stream.name}/market_trades`)
    const { columns, rows } = JSON.parse(await runPython('read_hive.py', [folder]))
    const names: string[] = columns.map(([name]: [string]) => name)
    const found = rows.map((row: unknown[]) => Object.fromEntries(names.map((name, i) => [name, row[i]])))
    expect(spell(found)).toEqual(expected)
  })

  test.each([
    ['pyiceberg', readWithPyiceberg],
    ["DuckDB's extension", readWithDuckDB],
  ])('is what %s finds in the table, by its metadata and by a filter', async (_, read) => {
    const table = await place.effects().catalog.load('coinbase.market_trades')
    const metadata = place.store.locate(table?.metadataKey ?? '')
    const all = await read(metadata)
    expect(spell(all.rows)).toEqual(expected)
    const some = await read(metadata, "product_id = 'ETH-USD'")
    expect(spell(some.rows)).toEqual(spell(sentTrades().filter(trade => trade.product_id === 'ETH-USD')))
    expect(some.files).toBeLessThan(all.files)
  })
})
