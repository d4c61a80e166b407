import { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { EngineLostError, QueryError, type Row } from '../../src/engine/engine.js'
import { InterruptedError } from '../../src/errors.js'
import { closeTestEngine, openTestEngine, type TestEngine } from './engines.js'

let open: TestEngine
beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))

const evaluate = async (expression: string) => (await open.engine.rows(`select ${expression} as value`))[0]?.value

test.each([
  ['1', 1],
  ['true', true],
  ['null', null],
  ['9223372036854775807', 9223372036854775807n],
  ['cast(1 as bigint)', 1n],
  ['cast(170141183460469231731687303715884105727 as hugeint)', 170141183460469231731687303715884105727n],
  ["'it''s'", "it's"],
  ["'a' || chr(0) || 'b'", 'a\0b'],
  ["'📷'", '📷'],
  ['1.5', 1.5],
  ['cast(1.5 as double)', 1.5],
  ['cast(123456789012345678.25 as decimal(20,2))', '123456789012345678.25'],
  ["date '2026-01-20'", '2026-01-20'],
  ["timestamp '2026-01-20 01:02:03.456789'", new Date('2026-01-20T01:02:03.456Z')],
  ["timestamp '1969-12-31 23:59:59.9999'", new Date('1969-12-31T23:59:59.999Z')],
  ["cast('2026-01-20 01:02:03.456' as timestamp_ms)", new Date('2026-01-20T01:02:03.456Z')],
  ["cast('2026-01-20 01:02:03' as timestamp_s)", new Date('2026-01-20T01:02:03Z')],
  ["cast('2026-01-20 01:02:03.456789123' as timestamp_ns)", new Date('2026-01-20T01:02:03.456Z')],
  ["timestamptz '2026-01-20 01:02:03+02:00'", new Date('2026-01-19T23:02:03Z')],
  ["timestamp 'infinity'", 'infinity'],
  ["cast('ab' as blob)", Buffer.from('ab')],
  ['[1, null, 3]', [1, null, 3]],
  ["{'a': 1, 'b': ['x']}", { a: 1, b: ['x'] }],
  ["map {'a': cast(1 as bigint)}", { a: 1n }],
  ["cast('0d3d5b1e-6b1c-4f3e-8a67-0f9a37d6c1f2' as uuid)", '0d3d5b1e-6b1c-4f3e-8a67-0f9a37d6c1f2'],
])('%s is %o', async (expression, value) => expect(await evaluate(expression)).toEqual(value))

describe('a byte order mark at the start of a text', () => {
  // Without it a key would be another key, and as the largest of a file make its upper bound too small.
  test('is a part of the text', async () => expect(await evaluate('chr(65279) || 1')).toBe('\ufeff1'))

  test('is sent as it is', async () => {
    expect(await open.engine.rows('select length($text) as n', { text: '\ufeff1' })).toEqual([{ n: 2n }])
  })
})

test('parameters are values, whatever is in them', async () => {
  const params = { text: "'; drop table x; --", long: 2n ** 60n, nothing: null, flag: true, share: 0.1 }
  expect(
    await open.engine.rows('select $text as a, $long as b, $nothing as c, $flag as d, $share as e', params),
  ).toEqual([{ a: "'; drop table x; --", b: 2n ** 60n, c: null, d: true, e: 0.1 }])
})

test('a query gives its columns with their types, and its rows as they come', async () => {
  const { columns, rows } = await open.engine.query('select range as n, true as flag from range(5000) order by n')
  expect(columns).toEqual([
    { name: 'n', type: 'BIGINT' },
    { name: 'flag', type: 'BOOLEAN' },
  ])
  const found: Row[] = []
  for await (const row of rows) found.push(row)
  expect(found).toHaveLength(5000)
  expect(found.at(-1)).toEqual({ n: 4999n, flag: true })
})

test('columns of one name are told apart', async () => {
  const [row = {}] = await open.engine.rows('select 1 as a, 2 as a')
  expect(Object.values(row)).toEqual([1, 2])
})

test('times without zone are UTC, whatever the zone of the machine', async () => {
  expect(await evaluate("cast(timestamptz '2026-07-01 12:00:00+00' as varchar)")).toBe('2026-07-01 12:00:00+00')
})

test('a statement that fails says why, and the next one runs', async () => {
  await expect(open.engine.rows('select * from nowhere')).rejects.toThrow(QueryError)
  await expect(open.engine.run('selec 1')).rejects.toThrow(/syntax error/)
  expect(await evaluate('1')).toBe(1)
})

test.each([
  ['select 1', 1],
  ['select 1; select 2;', 2],
])('%j holds %d statements', async (sql, count) => expect(await open.engine.countStatements(sql)).toBe(count))

test('a fork has the settings and the tables, and is closed by itself', async () => {
  await open.engine.set('search_path', 'main')
  await open.engine.run('create table shared as select 7 as n')
  const fork = await open.engine.fork()
  expect(await fork.rows("select n, current_setting('search_path') as path from shared")).toEqual([
    { n: 7, path: 'main' },
  ])
  fork.close()
  expect(await evaluate('(select n from shared)')).toBe(7)
})

test('an engine that failed within itself says so to whoever has a session of it', async () => {
  const own = await openTestEngine()
  const { engine } = own
  const fork = await engine.fork()
  // There is no statement that makes DuckDB fail so each time: its message is that of its issue 25713.
  const failed = new Error(
    'INTERNAL Error: Attempted to access index 0 within vector of size 0\n\nStack Trace:\n\n0  libduckdb.so',
  )
  const running = vi.spyOn(DuckDBConnection.prototype, 'runAndReadAll').mockRejectedValueOnce(failed)
  try {
    expect(engine.lost.aborted).toBe(false)
    await expect(fork.rows('select 1')).rejects.toThrow(EngineLostError)
    expect(engine.lost.aborted).toBe(true)
    expect(engine.lost.reason).toMatchObject({
      facts: { subject: 'DuckDB', got: 'INTERNAL Error: Attempted to access index 0 within vector of size 0' },
    })
  } finally {
    running.mockRestore()
    fork.close()
    await closeTestEngine(own)
  }
})

test('a signal ends the running statement, and later ones do not begin', async () => {
  const abort = new AbortController()
  const other = await openTestEngine(abort.signal)
  const running = other.engine.rows('select count(*) from range(100000000000) a, range(1000) b')
  setTimeout(() => abort.abort(), 50)
  await expect(running).rejects.toThrow(InterruptedError)
  await expect(other.engine.run('select 1')).rejects.toThrow(InterruptedError)
  await closeTestEngine(other)
})
