import { afterAll, beforeAll, expect, test } from 'vitest'
import { requireReading } from '../../src/commands/remoteQuery.js'
import { statsText } from '../../src/commands/remoteSession.js'
import { UsageError } from '../../src/errors.js'
import { startTrinoStub } from '../engine/trinoStub.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

let place: CommandFolder
beforeAll(async () => {
  place = await openCommandFolder()
})
afterAll(() => place.remove())

test.each([
  'select 1',
  '  (select 1) union (select 2)',
  'WITH a AS (select 1) select * from a',
  'values 1',
  'table objects',
  'show tables',
  'describe objects',
  'explain select 1',
  'explain analyze verbose select 1',
  'explain (type io, format json) select 1',
  '-- a remark; with a semicolon\n/* and\n another */ select 1',
])('%s reads', sql => expect(requireReading(sql)).toBe(sql))

test.each([
  ['select 1;', 'select 1'],
  ['select 1 ; ;\n', 'select 1'],
])('%j is asked as %j', (sql, asked) => expect(requireReading(sql)).toBe(asked))

test.each([
  'drop table objects_v1',
  'insert into objects_v1 select * from objects',
  'explain analyze insert into objects_v1 select * from objects',
  'explain analyze delete from objects_v1',
  '/* select */ delete from objects_v1',
  '-- select 1',
  'selective',
  "call awsdatacatalog.system.unregister_table('lake', 'objects_v1')",
  ';',
  '',
])('%j is refused', sql => expect(() => requireReading(sql)).toThrow(UsageError))

const stats = { queryId: 'q1', scannedBytes: 1_200_000, elapsedMs: 2100 }

test.each([
  ['trino', [stats], 'trino: 1.2 MB scanned, 2.1 s; query q1'],
  ['athena', [{ ...stats, costUsd: 0.05 }], 'athena: 1.2 MB scanned, 0.05 USD, 2.1 s; query q1'],
  ['trino', [stats, stats], 'trino: 2.4 MB scanned, 4.2 s; 2 queries'],
] as const)('%s told of %j', (kind, queries, text) => expect(statsText(kind, queries)).toBe(text))

test.each<[string, string[], Record<string, string>, RegExp]>([
  ['', ['query', 'select 1', '--engine', 'trino'], {}, /expected publish.database: Glue's database/],
  ['publish: { database: lake }', ['query', 'select 1', '--engine', 'trino'], {}, /expected trino.server/],
  [
    '',
    ['query', 'select 1', '--max-scan', '1GB'],
    {},
    /--max-scan: expected --engine athena or trino with it, got duckdb/,
  ],
  ['', ['query', 'select 1', '--engine', 'spark'], {}, /engine/],
  ['', ['query', 'drop table t', '--engine', 'trino'], {}, /expected a SELECT/],
  [
    '',
    ['query', 'select 1', '--engine', 'trino', '--as-of', '2026-01-20'],
    {},
    /--as-of: expected it without --engine/,
  ],
  ['', ['query', 'select 1', '--engine', 'trino', '--report', 'photos'], {}, /--report: expected it without --engine/],
  [
    '',
    ['report', 'classes', '--engine', 'trino', '--collection', 'c'],
    {},
    /--collection: expected it without --engine/,
  ],
  ['', ['report', 'classes', '--engine', 'trino', '--html', 'p.html'], {}, /--html: expected it without --engine/],
  ['', ['shell', '--engine', 'trino'], {}, /--engine: unknown option/],
  [
    "publish: { database: lake }\ntrino: { server: 'http://127.0.0.1:9' }",
    ['query', 'select 1', '--engine', 'trino'],
    { STOCKTAKE_TRINO_PASSWORD: 'secret' },
    /trino.server: expected https:\/\/…, as STOCKTAKE_TRINO_PASSWORD/,
  ],
  [
    "publish: { database: lake }\ntrino: { server: 'http://127.0.0.1:9' }",
    ['query', 'select 1', '--engine', 'trino', '--max-scan', 'much'],
    {},
    /--max-scan: expected a size such as 10GB, got "much"/,
  ],
])('%s: %j', async (settings, args, env, message) => {
  await place.configure(`lake: ./lake\n${settings}`)
  const { code, stderr } = await place.run(args, { env })
  expect(stderr).toMatch(message)
  expect(stderr).not.toContain('secret')
  expect(code).toBe(2)
})

test('a server that is not there', async () => {
  await place.configure("publish: { database: lake }\nengine: { retries: 0 }\ntrino: { server: 'http://127.0.0.1:9' }")
  const { code, stderr } = await place.run(['query', 'select 1', '--engine', 'trino'])
  expect(stderr).toMatch(/^stocktake: Trino at http:\/\/127.0.0.1:9: expected an answer, got .*; check trino.server/)
  expect(code).toBe(1)
})

test('rows in all formats, without a lake', async () => {
  const rawType = 'bigint'
  const columns = [{ name: 'n', type: rawType, typeSignature: { rawType, arguments: [] } }]
  const page = { id: 'q1', columns, data: [['9007199254740993']], stats: { state: 'FINISHED', physicalInputBytes: 5 } }
  const formats = ['json', 'csv', 'table', 'arrow']
  const stub = await startTrinoStub(formats.map(() => page))
  await place.configure(`publish: { database: lake }\ntrino: { server: '${stub.url}', user: analyst }`)
  const said: string[] = []
  for (const format of formats) {
    const { code, stdout, stderr } = await place.run(['query', 'select n', '--engine', 'trino', '--format', format])
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'trino: 5 B scanned, 0 ms; query q1\n' })
    said.push(stdout)
  }
  await stub.stop()
  expect(said.slice(0, 3)).toEqual([
    '[\n{"n":9007199254740993}\n]\n',
    'n\n9007199254740993\n',
    '               n\n9007199254740993\n',
  ])
  expect(said[3]?.length).toBeGreaterThan(100)
  expect(stub.requests.map(({ headers }) => headers['x-trino-user'])).toEqual(formats.map(() => 'analyst'))
})
