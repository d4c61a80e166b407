import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { etlOnce } from '../../src/streams/etl.js'
import { processedFolder } from '../../src/streams/streamPlaces.js'
import { createBucket, openTestStore } from '../services/s3Service.js'
import { coinbase, type EtlPlace, openEtlPlace } from '../streams/etlPlace.js'
import { sentLines, sentTrades } from '../streams/sentRecords.js'
import { runOnTrino } from './trinoClient.js'
import { HIVE_CATALOG, type TrinoGlue } from './trinoGlue.js'
import { registerOnTrino } from './trinoIceberg.js'

const trino = inject('trino') ?? ''
const servers = inject('trinoGlue')

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

  test('is what Trino finds in processed/ by the names of its folders alone, as Hive does', async () => {
    if (!servers) throw new Error('no Glue beside Trino')
    const table = await place.effects().catalog.load('coinbase.market_trades')
    if (!table) throw new Error('no table')
    const known = await registerOnTrino(trino, table)
    const found = await declareInHive(place, servers)
    const figures = async (name: string, where: string) =>
      (await runOnTrino(trino, `select ${FIGURES} from ${name} where ${where}`)).rows
    const rest = `product_id not like 'a b/%'`
    for (const where of [rest, `product_id = 'ETH-USD'`, `date = date '2026-01-19' and ${rest}`])
      expect([where, await figures(found, where)]).toEqual([where, await figures(known, where)])
    // It takes the bytes of a letter that isn't ASCII for letters.
    const odd = `select distinct product_id from ${found} where product_id like 'a b/%'`
    expect((await runOnTrino(trino, odd)).rows).toEqual([[Buffer.from("a b/c=d %2F'é€").toString('latin1')]])
    const count = `select count(*), count(distinct product_id), count(distinct date) from ${found}`
    expect((await runOnTrino(trino, count)).rows).toEqual([[String(sentTrades().length), '5', '2']])
  })
})

/** Of all rows, in whatever order they come. */
const FIGURES = `
  count(*), sum(price) filter (where price < 100000), sum(size), cast(min(time) as timestamp(3)), cast(max(time) as timestamp(3)),
  checksum(concat_ws('|', trade_id, product_id, cast(date as varchar), cast(price as varchar), cast(size as varchar),
    side, type, segment, cast(line as varchar), cast(item as varchar), coalesce(extra, '-')))`

/** Copies the files to where that Trino's Hive reads, and declares a table over them. @returns its name */
async function declareInHive({ store, keys }: EtlPlace, { trino, glue }: TrinoGlue): Promise<string> {
  const [bucket, schema] = [await createBucket(glue), `${HIVE_CATALOG}.t${randomBytes(6).toString('hex')}`]
  const copies = await openTestStore(glue, { bucket })
  const folder = processedFolder('coinbase', 'market_trades')
  for (const key of await keys(`${folder}/`)) await copies.put(key, await store.read(key))
  await runOnTrino(trino, `create schema ${schema} with (location = 's3://${bucket}/tables/')`)
  await runOnTrino(
    trino,
    `create table ${schema}.trades (
       trade_id varchar, price decimal(38, 18), size decimal(38, 18), side varchar, time timestamp, type varchar,
       segment varchar, line bigint, item integer, extra varchar, product_id varchar, date date
     ) with (
       format = 'PARQUET', external_location = 's3://${bucket}/${folder}/', partitioned_by = array['product_id', 'date']
     )`,
  )
  const [catalog, database] = schema.split('.')
  await runOnTrino(trino, `call ${catalog}.system.sync_partition_metadata('${database}', 'trades', 'FULL')`)
  return `${schema}.trades`
}
