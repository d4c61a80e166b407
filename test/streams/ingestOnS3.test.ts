import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithOracles } from '../oracles/oracles.js'
import { type FaultProxy, startFaultProxy } from '../services/faultProxy.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { TestExchange } from './exchange.js'
import { listActive, readReady, startIngest, streamOf, until } from './ingesting.js'

describeWithOracles('an ingest on S3', () => {
  let service: S3Service
  let proxy: FaultProxy
  beforeAll(async () => {
    service = await startMiniStack()
    proxy = await startFaultProxy(service.endpoint)
  })
  afterAll(async () => {
    await proxy?.stop()
    await service?.stop()
  })

  const openStore = async () => {
    const bucket = await createBucket(service)
    return openTestStore({ ...service, endpoint: proxy.endpoint }, { bucket, prefix: 'the lake/ü' })
  }

  test('chunks are joined to segments of several parts, and removed', async () => {
    const exchange = new TestExchange()
    const store = await openStore()
    const stream = streamOf({ url: await exchange.start(), flush: { records: 3_000 }, rotate: { size: '8MB' } })
    const ingest = await startIngest(stream, store)
    await until(() => exchange.connections[0]?.received.length === 4)
    await exchange.trade(12_000, 6_000)
    const sent = exchange.connections[0]?.sent ?? []
    await exchange.drained()
    ingest.stop()
    expect((await ingest.ended).records).toBe(sent.length)
    expect((await readReady(store)).flatMap(({ json }) => json ?? [])).toEqual(sent)
    expect(ingest.news.filter(({ kind }) => kind === 'handed over').length).toBeGreaterThan(1)
    expect(await listActive(store)).toEqual([])
    await exchange.stop()
  })

  test('a bucket that loses answers, and then gives none for a while, is waited for, and nothing is stored twice', async () => {
    const exchange = new TestExchange()
    const store = await openStore()
    const ingest = await startIngest(streamOf({ url: await exchange.start(), flush: { records: 50 } }), store)
    await until(() => exchange.connections[0]?.received.length === 4)
    let isDown = false
    proxy.spoil(({ method, path }, n) => {
      if (isDown) return { kind: 'reset' }
      return method === 'PUT' && path.includes('active') && n % 3 === 0 ? { kind: 'lose' } : undefined
    })
    await exchange.trade(300, 1_000)
    isDown = true
    await exchange.trade(300, 1_000)
    await until(() => ingest.news.some(({ kind }) => kind === 'trouble'))
    isDown = false
    await exchange.trade(300, 1_000)
    await exchange.drained()
    ingest.stop()
    await ingest.ended
    expect((await readReady(store)).flatMap(({ json }) => json ?? [])).toEqual(exchange.connections[0]?.sent)
    expect(ingest.news.map(({ kind }) => kind)).toContain('trouble is over')
    await exchange.stop()
  })
})
