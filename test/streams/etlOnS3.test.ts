import { afterAll, beforeAll, expect, test } from 'vitest'
import { planFiles } from '../../src/iceberg/plan.js'
import { etlOnce } from '../../src/streams/etl.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { newDatabase, openGlueCatalog, withPyiceberg } from '../services/glue.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { testFaults } from './etlFaultCases.js'
import { coinbase, openEtlPlace, recordOf, tradesOf } from './etlPlace.js'

describeWithOracles('an etl on S3', () => {
  let service: S3Service
  beforeAll(async () => {
    service = await startMiniStack()
  })
  afterAll(() => service?.stop())

  const open = async () => {
    const bucket = await createBucket(service)
    return openEtlPlace(await openTestStore(service, { bucket, prefix: 'the lake/ü' }))
  }
  testFaults(open, 5)

  test('whose tables are in Glue: pyiceberg finds each record once', async () => {
    const [bucket, database] = [await createBucket(service), newDatabase()]
    const { store, glue, catalog } = await openGlueCatalog(service, { bucket, database: newDatabase() })
    await glue.createDatabase({ Name: database, LocationUri: `s3://${bucket}/lake/tables` })
    const place = await openEtlPlace(store)
    const stream = coinbase({ database })
    for (const n of [1, 2]) {
      await place.put(stream, [recordOf(tradesOf([{ trade_id: `${n}` }]))], n)
      for await (const step of etlOnce(stream, place.effects({ catalog }))) expect(step.kind).toBe('done')
    }
    const table = await catalog.load(`${database}.market_trades`)
    const files = table ? await planFiles(table, []) : []
    expect(files.map(({ path }) => path).sort()).toEqual([
      `s3://${bucket}/lake/processed/coinbase/market_trades/product_id=ETH-USD/date=2026-01-20/part_20260120T10_00001.parquet`,
      `s3://${bucket}/lake/processed/coinbase/market_trades/product_id=ETH-USD/date=2026-01-20/part_20260120T10_00002.parquet`,
    ])
    const rows = await withPyiceberg(service, `${database}.market_trades`, 'read')
    expect(rows.flatMap(({ trade_id }) => trade_id ?? []).sort()).toEqual(['1', '2'])
    await place.remove()
  })
})
