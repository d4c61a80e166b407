import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { etlOnce } from '../../src/streams/etl.js'
import { coinbase, type EtlPlace, openEtlPlace } from '../streams/etlPlace.js'
import { sentLines, sentTrades } from '../streams/sentRecords.js'
import { runOnTrino } from './trinoClient.js'
import { registerOnTrino } from './trinoIceberg.js'

const trino = inject('trino') ?? ''

describe.skipIf(trino === '')("a stream's table on Trino", () => {
  let place: EtlPlace
  beforeAll(async () => {
    place = await openEtlPlace()
    const stream = coinbase()
    for (const [i, lines] of sentLines().entries()) await place.put(stream, lines, i + 1)
    for await (const step of etlOnce(stream, place.effects())) expect(step.kind).toBe('done')
  })
  afterAll(() => place?.remove())

  test('has each record that was sent once, by partition, too', async () => {
    const table = await place.effects().catalog.load('coinbase.market_trades')
    if (!table) throw new Error('no table')
    const name = await registerOnTrino(trino, table)
    const columns =
      'trade_id, product_id, cast(date as varchar), cast(price as varchar), cast(size as varchar), segment, line, item'
    const read = async (where: string) =>
      (await runOnTrino(trino, `select ${columns} from ${name} where ${where}`)).rows
    const spell = (rows: readonly (readonly unknown[])[]) => rows.map(row => JSON.stringify(row.map(String))).sort()
    const sent = sentTrades().map(({ price, ...trade }) => {
      const [whole, fraction = ''] = price.split('.')
      return Object.values({ ...trade, price: `${whole}.${fraction.padEnd(18, '0')}` })
    })
    const expected = sent.map(([id, product, date, size, segment, line, item, price]) => [
      id,
      product,
      date,
      price,
      size,
      segment,
      line,
      item,
    ])
    expect(spell(await read('true'))).toEqual(spell(expected))
    const odd = expected.filter(([, product]) => String(product).startsWith('a b'))
    expect(spell(await read(`product_id = '${String(odd[0]?.[1]).replaceAll("'", "''")}'`))).toEqual(spell(odd))
    const late = expected.filter(([, , date]) => date === '2026-01-19')
    expect(spell(await read(`date = date '2026-01-19'`))).toEqual(spell(late))
  })
})
