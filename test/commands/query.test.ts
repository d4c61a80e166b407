import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSmallLake, type SmallPlace } from './smallLake.js'

let lake: SmallPlace
beforeAll(async () => {
  lake = await openSmallLake()
})
afterAll(() => lake.remove())

test('a query is answered in the format asked for', async () => {
  const sql = 'select snapshot, object_count, total_size_bytes from snapshots order by 1'
  expect((await lake.run('query', sql)).stdout).toBe(
    [
      'snapshot           object_count  total_size_bytes',
      '2026-01-19T01-00Z             5          15000100',
      '2026-01-20T01-00Z             5          16000120\n',
    ].join('\n'),
  )
  expect((await lake.run('query', sql, '--format', 'csv')).stdout).toContain('2026-01-20T01-00Z,5,16000120\n')
  expect(await lake.rows('query', `${sql} limit 0`)).toEqual([])
})

test.each<[string, unknown[]]>([
  ['select key from objects_latest where is_delete_marker', [{ key: '2025/b.jpg' }]],
  ['from folders_latest select path where depth = 2', [{ path: '2025/raw/' }]],
  ["with d as (select * from changes where change = 'deleted') select count(*) as n from d", [{ n: 1 }]],
  ['select 170141183460469231731687303715884105727 as large', [{ large: 1.7014118346046923e38 }]],
  ['select connector from snapshots group by 1; -- and a remark', [{ connector: 'photos' }]],
  [
    "select name from (show tables) where name like '%latest'",
    [{ name: 'changes_latest' }, { name: 'folders_latest' }, { name: 'objects_latest' }],
  ],
  ['values (1)', [{ col0: 1 }]],
])('%s', async (sql, rows) => expect(await lake.rows('query', sql)).toEqual(rows))

test('describe and explain are queries, too', async () => {
  expect(await lake.rows('query', 'describe changes')).toContainEqual(
    expect.objectContaining({ column_name: 'size_before', column_type: 'BIGINT' }),
  )
  expect(await lake.rows('query', 'EXPLAIN select count(*) from objects')).toHaveLength(1)
})

test('a query may be in a file', async () => {
  await writeFile(join(lake.folder, 'q.sql'), '-- how many\nselect count(*) as n\nfrom objects_latest\n')
  expect(await lake.rows('query', '-f', 'q.sql')).toEqual([{ n: 7 }])
})

describe('what is no query is refused with exit code 2', () => {
  const isNone = (got: string) => `query: expected a SELECT, as a lake is only written to by imports, got "${got}"`
  test.each<[string[], string]>([
    [['insert into objects values (1)'], isNone('insert into objects values (1)')],
    [['drop view objects'], isNone('drop view objects')],
    [["copy (select 1) to 'x'"], isNone("copy (select 1) to 'x'")],
    [["attach 'x.db'"], isNone("attach 'x.db'")],
    [['set threads = 1'], isNone('set threads = 1')],
    [['explain analyze create table x (i int)'], isNone('create table x (i int)')],
    [["explain (analyze) copy (select 1) to 'x'"], isNone("(analyze) copy (select 1) to 'x'")],
    [['explain (format json) select 1; select 2'], isNone('(format json) select 1; select 2')],
    [['select 1; drop view objects'], isNone('select 1; drop view objects')],
    [['select 1; select 2'], 'query: expected one statement, got 2\n'],
    [[''], 'query: expected one statement, got none\n'],
    [['/* nothing */'], 'query: expected one statement, got none\n'],
    [[], 'query: expected SQL or --file, got neither; stocktake query "select * from snapshots"\n'],
    [
      ['select 1', '-f', 'q.sql'],
      'query: expected SQL or --file, got both; stocktake query "select * from snapshots"\n',
    ],
    [['-f', 'none.sql'], '…/none.sql: no such file; see --file\n'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await lake.run('query', ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`stocktake: ${message}`)
  })
})

test("DuckDB's message shows where the mistake is", async () => {
  const { code, stderr } = await lake.run('query', 'select kee\nfrom objects')
  expect(code).toBe(1)
  expect(stderr).toMatch(/^stocktake: query: Binder Error: Referenced column "kee" not found in FROM clause!\n/)
  expect(stderr).toContain('\n  LINE 1: select kee\n                 ^\n')
  expect((await lake.run('query', 'selct 1')).stderr).toContain('\n  LINE 1: selct 1\n          ^\n')
  expect((await lake.run('query', 'select * from objcts')).stderr).toContain('Did you mean "objects"?')
})

test('views prints statements for the lake as it is configured', async () => {
  const { code, stdout } = await lake.run('views')
  expect(code).toBe(0)
  expect(stdout).toContain("iceberg_scan('…/lake/tables/snapshots_v1', allow_moved_paths = true)")
  expect((await lake.run('views', '--dialect', 'athena')).stdout).not.toContain('iceberg_scan')
})

test('without a lake there is a way to one', async () => {
  expect(await lake.run('query', 'select 1', '--lake', 'elsewhere')).toEqual({
    code: 3,
    stdout: '',
    stderr: 'stocktake: file://…/elsewhere: no lake there; `stocktake init` creates it\n',
  })
})
