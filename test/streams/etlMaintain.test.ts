import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Stream } from '../../src/config/stream.js'
import { BATCHES_PROPERTY } from '../../src/iceberg/batches.js'
import type { Table } from '../../src/iceberg/catalog.js'
import { changeMetadata } from '../../src/iceberg/changeMetadata.js'
import { maintainLake } from '../../src/jobs/maintain.js'
import { MAINTAIN_LIMITS } from '../../src/jobs/maintainStep.js'
import { createLake } from '../../src/lake/lake.js'
import { etlOnce } from '../../src/streams/etl.js'
import { coinbase, type EtlPlace, openEtlPlace, recordOf, tradesOf } from './etlPlace.js'

let place: EtlPlace
beforeAll(async () => {
  place = await openEtlPlace()
  await createLake(place.store, new Date())
})
afterAll(() => place.remove())

let count = 0
const own = (more: object = {}): Stream => {
  const name = `coinbase${++count}`
  return { ...coinbase(more), name, database: name }
}

/** Does so many segments of a trade each, from a number on. */
async function etl(stream: Stream, from: number, segments: number): Promise<void> {
  for (let n = from; n < from + segments; n++)
    await place.put(stream, [recordOf(tradesOf([{ trade_id: String(n) }]))], n)
  for await (const step of etlOnce(stream, place.effects())) expect(step.kind).toBe('done')
  const { catalog } = place.effects()
  const isOldAtOnce = ({ metadata }: Table) => ({
    ...metadata,
    properties: { ...metadata.properties, 'history.expire.max-snapshot-age-ms': '0' },
  })
  await changeMetadata(catalog, `${stream.database}.market_trades`, isOldAtOnce, { now: () => new Date() })
}

const AT_ONCE = {
  ...MAINTAIN_LIMITS,
  versions: 1,
  states: 1,
  statesMs: -3_600_000,
  graceMs: -3_600_000,
  files: 3,
  manifests: 3,
  segments: 0,
}

async function maintain(streams: readonly Stream[], limits = AT_ONCE) {
  const effects = place.effects()
  const report = await maintainLake(
    { dryRun: false, keep: null, limits },
    {
      ...effects,
      ...{ engine: place.engine, workRoot: `${place.engine.tempFolder}/work`, progress: () => {} },
      streams,
    },
  )
  expect(report.failures).toEqual([])
}

async function load(stream: Stream): Promise<Table> {
  const table = await place.effects().catalog.load(`${stream.database}.market_trades`)
  if (!table) throw new Error('no table')
  return table
}

const ids = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ trade_id: String(from + i) })).sort((a, b) =>
    a.trade_id < b.trade_id ? -1 : 1,
  )
const rowsOf = (stream: Stream) => place.tableRows(`${stream.database}.market_trades`, 'trade_id')
const globOf = (stream: Stream) => place.globRows(stream, 'market_trades', 'trade_id')

test('files of a stream stay as they are, and each record is in one', async () => {
  const stream = own()
  await etl(stream, 1, 6)
  await maintain([stream])
  expect(await place.keys(`processed/${stream.name}/market_trades/`)).toHaveLength(6)
  expect([await rowsOf(stream), await globOf(stream)]).toEqual([ids(1, 6), ids(1, 6)])
})

test('files are merged where the stream says so, in the same folders', async () => {
  const stream = own({ compact: true })
  await etl(stream, 1, 6)
  await maintain([stream])
  expect(await rowsOf(stream)).toEqual(ids(1, 6))
  await maintain([stream]) // what was merged is needed no more
  const keys = await place.keys(`processed/${stream.name}/market_trades/`)
  expect(keys).toHaveLength(1)
  expect(keys[0]).toMatch(/\/market_trades\/product_id=ETH-USD\/date=2026-01-20\/part_[0-9a-f-]{36}\.parquet$/)
  expect([await rowsOf(stream), await globOf(stream)]).toEqual([ids(1, 6), ids(1, 6)])
  await etl(stream, 7, 1)
  expect([await rowsOf(stream), await globOf(stream)]).toEqual([ids(1, 7), ids(1, 7)])
})

test('a table forgets the names of segments that are gone, and not of those that may come again', async () => {
  const stream = own()
  await etl(stream, 1, 4)
  const chunk = `raw/active/${stream.name}/segment_20260120T10_00002.ndjson/00000001`
  await place.store.put(chunk, Buffer.from('{}\n')) // left behind by an ingest that was killed after it joined them
  const waiting = await place.put(stream, [recordOf(tradesOf([{ trade_id: '3' }]))], 3)
  await maintain([stream], { ...AT_ONCE, segments: 3 })
  const names = async () => JSON.parse((await load(stream)).metadata.properties[BATCHES_PROPERTY] ?? '[]')
  expect(await names()).toHaveLength(3) // the newest stay for a while
  await maintain([stream])
  expect(await names()).toEqual([`${stream.name}/segment_20260120T10_00002`, `${stream.name}/${waiting}`])
  await etl(stream, 2, 1)
  expect([await rowsOf(stream), await globOf(stream)]).toEqual([ids(1, 4), ids(1, 4)])
  await place.store.remove(chunk)
  await maintain([stream])
  expect(await names()).toEqual([])
})

test('a table that is dropped takes its files with it, and no others', async () => {
  const [stream, other] = [own(), own()]
  await etl(stream, 1, 2)
  await etl(other, 1, 2)
  await place.effects().catalog.drop(await load(stream))
  expect(await place.keys(`processed/${stream.name}/`)).toEqual([])
  expect(await globOf(other)).toEqual(ids(1, 2))
  await etl(stream, 3, 1)
  expect([await rowsOf(stream), await globOf(stream)]).toEqual([ids(3, 3), ids(3, 3)])
})
