import { afterEach, expect, test } from 'vitest'
import { type AthenaOptions, openAthena } from '../../src/engine/athenaEngine.js'
import type { Row } from '../../src/engine/engine.js'
import { RemoteQueryError } from '../../src/engine/remoteEngine.js'
import { RemoteRefusedError, RemoteUnavailableError } from '../../src/engine/remoteErrors.js'
import { InterruptedError } from '../../src/errors.js'
import { type DoubleResult, type Execute, startAthenaDouble } from '../engines/athenaDouble.js'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function open(
  execute: Execute,
  more: Partial<AthenaOptions> = {},
  double: Partial<Parameters<typeof startAthenaDouble>[0]> = {},
) {
  const athena = await startAthenaDouble({ execute, ...double })
  stops.push(athena.stop)
  const stopper = new AbortController()
  const engine = await openAthena(
    {
      aws: { region: 'us-east-1', pathStyle: false, athenaEndpoint: athena.endpoint },
      ...{ retries: 3, workgroup: 'primary', catalog: 'AwsDataCatalog', database: 'lake', usdPerTb: 5, ...more },
    },
    {
      sleep: (_, signal) => (signal.aborted ? Promise.reject(signal.reason) : new Promise(setImmediate)),
      ...{ random: () => 0, signal: stopper.signal },
      credentials: async () => ({ accessKeyId: 'test', secretAccessKey: 'test' }),
    },
  )
  return { engine, athena, stopper }
}

const ROWS: DoubleResult = {
  columns: [
    { name: 'key', type: 'varchar' },
    { name: 'size', type: 'bigint' },
  ],
  rows: [
    ['a', '9223372036854775807'],
    ['', null],
  ],
  scannedBytes: 12_345_678,
}

async function readAll(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

test('rows without the header, what was scanned and what that costs', async () => {
  const asked: unknown[] = []
  const { engine, athena } = await open(async (sql, { catalog, database }) => {
    asked.push([sql, catalog, database])
    return ROWS
  })
  const { columns, rows, stats } = await engine.query('select 1')
  expect(columns).toEqual([
    { name: 'key', type: 'VARCHAR' },
    { name: 'size', type: 'BIGINT' },
  ])
  expect(await readAll(rows)).toEqual([
    { key: 'a', size: 9223372036854775807n },
    { key: '', size: null },
  ])
  expect(stats()).toMatchObject({ scannedBytes: 12_345_678, elapsedMs: 1234, costUsd: 0.000065 }) // 13 MB
  expect(asked).toEqual([['select 1', 'AwsDataCatalog', 'lake']])
  expect(athena.asked.slice(0, 2)).toEqual(['StartQueryExecution', 'GetQueryExecution'])
})

test.each([
  ['select 1', 0, 0.00005], // ten megabytes at least
  ['select 1', 1e12, 5],
  ['select 1', 10_000_001, 0.000055],
  ['create table t (a int)', 0, 0],
])('%s that scans %i bytes costs %f USD', async (sql, scannedBytes, costUsd) => {
  const { engine } = await open(async () => ({ ...ROWS, scannedBytes }))
  expect((await engine.run(sql)).costUsd).toBeCloseTo(costUsd, 9)
})

test('values of each type as Athena writes them', async () => {
  const values: readonly (readonly [type: string, value: unknown, expected: unknown])[] = [
    ['boolean', true, true],
    ['double', 'NaN', Number.NaN],
    ['decimal(38,2)', '123456789012345678901234567890123456.78', '123456789012345678901234567890123456.78'],
    ['timestamp(6)', '2026-01-20 01:00:00.123456', new Date('2026-01-20T01:00:00.123Z')],
    ['date', '2026-01-20', '2026-01-20'],
    ['varbinary', 'AP8=', Buffer.from([0, 255])],
    ['array(bigint)', [1, null], '[1, null]'],
    ['row(x bigint)', [1], '{field0=1}'],
    ['varchar', '😀 \'"\n', '😀 \'"\n'],
  ]
  const { engine } = await open(async () => ({
    columns: values.map(([type], i) => ({ name: `n${i}`, type })),
    rows: [values.map(([, value]) => value)],
  }))
  const [row] = await readAll((await engine.query('select 1')).rows)
  expect(Object.values(row ?? {}).map(value => (value instanceof Uint8Array ? Buffer.from(value) : value))).toEqual(
    values.map(([, , expected]) => expected),
  )
})

test('more rows than a page has, also where the header fills it up', async () => {
  for (const count of [999, 1000, 2500]) {
    const rows = Array.from({ length: count }, (_, i) => [`k${i}`, i])
    const { engine } = await open(async () => ({ ...ROWS, rows }))
    const all = await readAll((await engine.query('select 1')).rows)
    expect(all.map(({ size }) => Number(size))).toEqual(rows.map((_, i) => i))
  }
})

test('SHOW has no header, also where a table is called as the column is', async () => {
  const names = { columns: [{ name: 'table_name', type: 'varchar' }], rows: [['objects_v1'], ['snapshots_v1']] }
  const { engine } = await open(async () => names)
  expect(await readAll((await engine.query('show tables')).rows)).toHaveLength(2)
})

test('an answer that is lost, and a server that is busy, make one query', async () => {
  const { engine, athena } = await open(async () => ROWS)
  athena.failNext('StartQueryExecution', { kind: 'lost' })
  athena.failNext('StartQueryExecution', { kind: 'error', code: 'TooManyRequestsException' })
  athena.failNext('GetQueryExecution', { kind: 'error', code: 'ThrottlingException' })
  athena.failNext('GetQueryResults', { kind: 'error', code: 'InternalServerException', status: 500 })
  expect(await readAll((await engine.query('select 1')).rows)).toHaveLength(2)
  expect(athena.statements).toEqual(['select 1'])
})

test('one that stays busy is told of', async () => {
  const { engine, athena } = await open(async () => ROWS)
  for (let i = 0; i < 4; i++)
    athena.failNext('StartQueryExecution', { kind: 'error', code: 'TooManyRequestsException' })
  await expect(engine.query('select 1')).rejects.toThrow(RemoteUnavailableError)
})

test("a mistake is told in Athena's words, with its place", async () => {
  const { engine } = await open(async () => {
    throw new Error("COLUMN_NOT_FOUND: line 2:2: Column 'siz' cannot be resolved or requester is not authorized")
  })
  const failed = engine.query('select\n siz from objects')
  await expect(failed).rejects.toThrow(RemoteQueryError)
  await expect(failed).rejects.toThrow(/Column 'siz' cannot be resolved.*\nLINE 2: {2}siz from objects\n {9}\^/)
})

const until = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))

test('Ctrl-C stops the query', async () => {
  const { engine, athena, stopper } = await open((_, { signal }) => until(signal))
  const asked = engine.query('select 1', {
    progress: ({ state }) => state === 'running' && stopper.abort(new InterruptedError({ subject: 'interrupted' })),
  })
  await expect(asked).rejects.toThrow(InterruptedError)
  expect(athena.asked.at(-1)).toBe('StopQueryExecution')
})

test('one that somebody else cancels', async () => {
  const { engine } = await open((_, { signal }) => until(signal))
  const asked = engine.query('select 1', {
    progress: ({ state }) => {
      if (state === 'running') void engine.close()
    },
  })
  await expect(asked).rejects.toThrow(/cancelled on Athena/)
})

/** As Trino answers EXPLAIN (TYPE IO). */
const explained = (...sizes: (number | string)[]): DoubleResult => ({
  columns: [{ name: 'Query Plan', type: 'varchar' }],
  rows: JSON.stringify(
    { inputTableColumnInfos: sizes.map(outputSizeInBytes => ({ estimate: { outputSizeInBytes } })) },
    null,
    2,
  )
    .split('\n')
    .map(line => [line]),
})

test('more than max_scan is not begun', async () => {
  const { engine, athena } = await open(async () => explained(600, 500), { maxScanBytes: 1000 })
  await expect(engine.query('select 1')).rejects.toThrow(
    'query: expected no more than 1.0 kB to be scanned, got 1.1 kB, as Athena expects before it begins; ask for fewer',
  )
  expect(athena.statements).toEqual(['EXPLAIN (TYPE IO, FORMAT JSON) select 1'])
})

test.each([
  ['what it expects is less', async () => explained(600, 300)],
  ['it knows nothing of a table', async () => explained(600, 'NaN')],
  ['it explains in other words', async () => ({ ...ROWS, rows: [['Fragment 0', null]] })],
  ["it can't explain it", () => Promise.reject(new Error('SYNTAX_ERROR: line 1:1: no'))],
] satisfies [string, () => Promise<DoubleResult>][])(
  '%s: it is begun, and ended once it has read more',
  async (_, explain) => {
    const { engine, athena } = await open(
      async (sql, { scanned, signal }) => {
        if (sql.startsWith('EXPLAIN')) return explain()
        scanned(2000)
        return until(signal)
      },
      { maxScanBytes: 1000 },
    )
    await expect(engine.query('select 1')).rejects.toThrow('got 2.0 kB so far, and it is not over')
    expect(athena.asked.at(-1)).toBe('StopQueryExecution')
  },
)

test.each<[string, Partial<AthenaOptions>, object, RegExp]>([
  ['a workgroup that is not there', { workgroup: 'nope' }, {}, /WorkGroup nope is not found.*check athena.workgroup/],
  ['no place for results', {}, { hasOutput: false }, /set athena.output/],
])('%s', async (_, more, double, message) => {
  const { engine } = await open(async () => ROWS, more, double)
  const asked = engine.query('select 1')
  await expect(asked).rejects.toThrow(RemoteRefusedError)
  await expect(asked).rejects.toThrow(message)
})

test('with athena.output results have a place', async () => {
  const { engine } = await open(async () => ROWS, { output: 's3://results/athena/' }, { hasOutput: false })
  expect(await readAll((await engine.query('select 1')).rows)).toHaveLength(2)
})

test('no leave, and statements that are too long', async () => {
  const { engine, athena } = await open(async () => ROWS)
  athena.failNext('StartQueryExecution', { kind: 'error', code: 'AccessDeniedException', message: 'no' })
  await expect(engine.query('select 1')).rejects.toThrow(/expected leave for athena:StartQueryExecution/)
  await expect(engine.query(`select '${'ä'.repeat(131_072)}'`)).rejects.toThrow(/262144 bytes at most/)
  expect(athena.statements).toEqual([])
})
