import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import { lockEngine } from '../../src/engine/sandbox.js'
import { parseSelect } from '../../src/engine/selectTree.js'

// The lock by itself: what it refuses that a look at the statement would refuse before.

let folder: string
let engine: DuckDB
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-lock-'))
  engine = await openDuckDB({ memoryBytes: 100e6, threads: 1, tempFolder: join(folder, 'temp') })
  await mkdir(join(folder, 'data'))
  for (const name of ['shown', "o'clock", 'other'])
    await engine.run(
      `copy (select '${name.replace("'", "''")}' as a) to '${join(folder, 'data', name).replace("'", "''")}.parquet'`,
    )
  const paths = [`'${folder}/data/shown.parquet'`, `'${folder}/data/o''clock.parquet'`]
  await lockEngine(engine, [{ name: 'shown', select: `select * from read_parquet([${paths}])` }], 1e6)
})
afterAll(async () => {
  engine.close()
  await rm(folder, { recursive: true })
})

test('the views are read', async () => {
  expect(await engine.rows('from shown order by a')).toEqual([{ a: "o'clock" }, { a: 'shown' }])
})

const data = (name: string) => `'…/data/${name}'`

describe('nothing else is', () => {
  test.each([
    [`from ${data('other.parquet')}`],
    [`from read_parquet(${data('other.parquet')})`],
    [`from read_parquet(${data('*.parquet')})`],
    [`from read_blob(${data('../data/other.parquet')})`],
    [`from glob(${data('*')})`],
    [`from parquet_metadata(${data('other.parquet')})`],
    ["from read_csv('/etc/passwd')"],
    ["from read_text('/proc/self/environ')"],
    ["from sniff_csv('/etc/passwd')"],
    ["from read_text('https://example.com/')"],
    ["from read_parquet('s3://somebody/a.parquet')"],
    ["from query('from read_text(''/etc/passwd'')')"],
    [`copy (select 1) to ${data('new.csv')}`],
    [`copy (select 1) to ${data('shown.parquet')}`],
    [`export database ${data('new')}`],
    [`attach ${data('new.db')}`],
    ['install httpfs'],
    ['load httpfs'],
    ['load spatial'],
    ['from duckdb_secrets()'],
    ['create secret (type s3)'],
    ["set memory_limit = '100GB'"],
    ['set enable_external_access = true'],
    [`set allowed_directories = ['/']`],
    ['set lock_configuration = false'],
    ['reset memory_limit'],
    ["pragma memory_limit = '100GB'"],
  ])('%s', async sql => {
    const before = await readdir(join(folder, 'data'))
    await expect(engine.rows(sql.replaceAll('…', folder))).rejects.toThrow(
      /disabled|locked|Missing Extension|Secret Storage|not allowed|requires the extension/,
    )
    expect(await readdir(join(folder, 'data'))).toEqual(before)
  })
})

test('a tree has every function and table, wherever it stands', async () => {
  const tree = await parseSelect(
    "with a as (select md5(x) from b.c) select (select 1 from f(['p', 'q'], r := 's')) from a order by g(1)",
    engine,
  )
  expect([...tree.functions].sort()).toEqual(['f', 'g', 'list_value', 'md5'])
  expect(tree.tableFunctions).toEqual([{ name: 'f', texts: expect.arrayContaining(['p', 'q']) }])
  expect(tree.tables.map(({ schema, name }) => [schema, name]).sort()).toEqual([
    ['', 'a'],
    ['b', 'c'],
  ])
})
