import { afterEach, expect, test } from 'vitest'
import type { Row } from '../../src/engine/engine.js'
import { type RemoteProgress, RemoteQueryError } from '../../src/engine/remoteEngine.js'
import { RemoteRefusedError, RemoteUnavailableError } from '../../src/engine/remoteErrors.js'
import { openTrino, type TrinoOptions } from '../../src/engine/trinoEngine.js'
import { InterruptedError } from '../../src/errors.js'
import { type StubAnswer, startTrinoStub } from './trinoStub.js'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function open(answers: StubAnswer[], more: Partial<TrinoOptions> = {}, authorization?: string) {
  const stub = await startTrinoStub(answers)
  stops.push(stub.stop)
  const stopper = new AbortController()
  const engine = openTrino(
    {
      address: { server: stub.url, user: 'ä b', ...(authorization !== undefined && { authorization }) },
      catalog: 'awsdatacatalog',
      schema: 'lake',
      ...more,
    },
    { sleep: async () => {}, random: () => 0, signal: stopper.signal, retries: 3 },
  )
  return { engine, stub, stopper }
}

const column = (name: string, rawType: string) => ({ name, type: rawType, typeSignature: { rawType, arguments: [] } })
const COLUMNS = [column('key', 'varchar'), column('size', 'bigint')]
const stats = (state: string, more: object = {}) => ({
  ...{ state, elapsedTimeMillis: 12, processedRows: 2, processedBytes: 5, physicalInputBytes: 99 },
  ...{ completedSplits: 1, totalSplits: 4, ...more },
})

const QUEUED = { id: 'q1', nextUri: 'NEXT/1', stats: stats('QUEUED') }
const FIRST = { id: 'q1', nextUri: 'NEXT/2', columns: COLUMNS, data: [['a', 1]], stats: stats('RUNNING') }
const EMPTY = { id: 'q1', nextUri: 'NEXT/3', columns: COLUMNS, stats: stats('RUNNING') }
const LAST = { id: 'q1', columns: COLUMNS, data: [['b', null]], stats: stats('FINISHED', { physicalInputBytes: 200 }) }

async function readAll(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

test.each([
  ['takes it', [LAST], ['awsdatacatalog.parquet_writer_block_size=8388608B']],
  [
    'has no such setting',
    [{ id: 'q0', stats: stats('FAILED'), error: { errorName: 'INVALID_SESSION_PROPERTY', message: 'no' } }, LAST],
    ['awsdatacatalog.parquet_writer_block_size=8388608B', undefined],
  ],
])('how large row groups are is told to a Trino that %s', async (_, answers, sessions) => {
  const { engine, stub } = await open(answers)
  expect(await engine.run('insert into t select 1', { rowGroupBytes: 8 * 1024 * 1024 })).toMatchObject({
    queryId: 'q1',
  })
  expect(stub.requests.map(({ headers }) => headers['x-trino-session'])).toEqual(sessions)
})

test('rows of all pages, with progress and what it took', async () => {
  const { engine, stub } = await open([QUEUED, FIRST, EMPTY, LAST], { maxScanBytes: 1000 })
  const told: RemoteProgress[] = []
  const { columns, rows, stats } = await engine.query('select 1', { progress: each => void told.push(each) })
  expect(columns).toEqual([
    { name: 'key', type: 'VARCHAR' },
    { name: 'size', type: 'BIGINT' },
  ])
  expect(await readAll(rows)).toEqual([
    { key: 'a', size: 1n },
    { key: 'b', size: null },
  ])
  expect(stats()).toEqual({ queryId: 'q1', scannedBytes: 200, elapsedMs: 12 })
  expect(told[0]).toEqual({ state: 'queued', rows: 2, bytes: 99, splitsDone: 1, splitsTotal: 4 })
  const [posted, ...got] = stub.requests
  expect(posted).toMatchObject({ method: 'POST', path: '/v1/statement', body: 'select 1' })
  expect(posted?.headers).toMatchObject({
    ...{ 'x-trino-user': '%C3%A4%20b', 'x-trino-catalog': 'awsdatacatalog', 'x-trino-schema': 'lake' },
    ...{ 'x-trino-time-zone': 'UTC', 'x-trino-session': 'query_max_scan_physical_bytes=1000B' },
    'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
  })
  expect(got.map(({ method, path }) => `${method} ${path}`)).toEqual(
    ['1', '2', '3'].map(n => `GET /v1/statement/executing/${n}`),
  )
})

test('who leaves before the last row stops the statement', async () => {
  const { engine, stub } = await open([QUEUED, FIRST, EMPTY, LAST])
  for await (const _ of (await engine.query('select 1')).rows) break
  expect(stub.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/statement/executing/2' })
})

test('what nobody read is stopped with the engine', async () => {
  const { engine, stub } = await open([QUEUED, FIRST])
  await engine.query('select 1')
  await engine.close()
  expect(stub.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/statement/executing/2' })
})

test('Ctrl-C stops the statement, and is what is thrown', async () => {
  const { engine, stub, stopper } = await open([QUEUED, EMPTY, EMPTY, EMPTY])
  const asked = engine.query('select 1', {
    progress: ({ state }) => state === 'running' && stopper.abort(new InterruptedError({ subject: 'interrupted' })),
  })
  await expect(asked).rejects.toThrow(InterruptedError)
  expect(stub.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/statement/executing/3' })
})

test("a mistake is told in Trino's words, with its place", async () => {
  const error = {
    message: "line 2:2: Column 'siz' cannot be resolved",
    errorName: 'COLUMN_NOT_FOUND',
    errorLocation: { lineNumber: 2, columnNumber: 2 },
  }
  const { engine } = await open([QUEUED, { id: 'q1', stats: stats('FAILED'), error }])
  const failed = engine.query('select\n siz from objects')
  await expect(failed).rejects.toThrow(RemoteQueryError)
  await expect(failed).rejects.toThrow(
    "query: COLUMN_NOT_FOUND: line 2:2: Column 'siz' cannot be resolved\nLINE 2:  siz from objects\n         ^",
  )
})

test('a failure after the first rows reaches who reads them', async () => {
  const error = { message: 'Query exceeded the limit', errorName: 'EXCEEDED_SCAN_LIMIT' }
  const { engine } = await open([FIRST, { id: 'q1', stats: stats('FAILED'), error }])
  const { rows } = await engine.query('select 1')
  await expect(readAll(rows)).rejects.toThrow('EXCEEDED_SCAN_LIMIT: Query exceeded the limit; ask for fewer')
})

test('a busy server and cut connections are asked again, but a statement is sent once', async () => {
  const busy = { status: 503, text: '' }
  const { engine, stub } = await open([busy, { status: 429, text: '' }, QUEUED, 'cut', busy, LAST])
  expect(await readAll((await engine.query('select 1')).rows)).toEqual([{ key: 'b', size: null }])
  expect(stub.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST', 'GET', 'GET', 'GET'])
  const cut = await open(['cut', QUEUED])
  await expect(cut.engine.query('select 1')).rejects.toThrow(RemoteUnavailableError)
  expect(cut.stub.requests).toHaveLength(1)
})

test.each<[StubAnswer, RegExp]>([
  [{ status: 401, text: 'Unauthorized' }, /leave for the user ä b, got HTTP 401: Unauthorized; check trino.user/],
  [{ status: 404, text: '<html>' }, /expected Trino's protocol, got HTTP 404: <html>; check trino.server/],
  [{ status: 200, text: 'hello\nworld' }, /expected an answer in Trino's protocol, got hello world/],
  [{ status: 200, text: '{"id":1}' }, /expected an answer in Trino's protocol/],
])('%j is no answer', async (answer, message) => {
  const { engine } = await open([answer])
  const asked = engine.query('select 1')
  await expect(asked).rejects.toThrow(RemoteRefusedError)
  await expect(asked).rejects.toThrow(message)
})

test('a password is not sent to another place', async () => {
  const elsewhere = { ...QUEUED, nextUri: 'http://localhost:9/v1/statement/1' }
  const { engine, stub } = await open([elsewhere], {}, 'Basic c2VjcmV0')
  await expect(engine.query('select 1')).rejects.toThrow(/http:\/\/localhost:9, where no password is sent/)
  expect(stub.requests).toHaveLength(1)
})

test('an INSERT has no rows', async () => {
  const { engine } = await open([QUEUED, { id: 'q1', stats: stats('FINISHED') }])
  expect(await engine.run('insert into t select 1')).toMatchObject({ queryId: 'q1', scannedBytes: 99 })
})
