import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import { copyToParquet } from '../../src/engine/parquetCopy.js'
import { quoteString } from '../../src/engine/sqlText.js'
import { readWithArrow } from '../oracles/independentReaders.js'
import { describeWithOracles } from '../oracles/oracles.js'

let engine: DuckDB
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-parquet-'))
  engine = await openDuckDB({ memoryBytes: 150_000_000, threads: 2, tempFolder: join(folder, 'spill') })
})
afterAll(async () => {
  engine.close()
  await rm(folder, { recursive: true })
})

let count = 0
async function copy(sql: string): Promise<{ readonly path: string; readonly rows: number }> {
  const path = join(folder, `${++count}.parquet`)
  return { path, rows: await copyToParquet(engine, sql, path) }
}

/** A column's SQL, its type in Parquet as DuckDB reads it back, and its value as text. */
test.each<[string, string, string]>([
  ['9223372036854775807', 'BIGINT', '9223372036854775807'],
  ['99999999999999999999999999999999999999::hugeint', 'DECIMAL(38,0)', '99999999999999999999999999999999999999'],
  ['sum(range) from range(3)', 'DECIMAL(38,0)', '3'],
  ['[1::hugeint]', 'DECIMAL(38,0)[]', '[1]'],
  ["{'HUGEINT': 1::hugeint}", 'STRUCT(HUGEINT DECIMAL(38,0))', "{'HUGEINT': 1}"],
  ["'HUGEINT'::enum('HUGEINT', 'b')", 'VARCHAR', 'HUGEINT'],
  ['12.50::decimal(4,2)', 'DECIMAL(4,2)', '12.50'],
  ["timestamp '2026-01-20 01:00:00.123456'", 'TIMESTAMP', '2026-01-20 01:00:00.123456'],
  ["date '2026-01-20'", 'DATE', '2026-01-20'],
  ["interval '1 day'", 'VARCHAR', '1 day'],
  ["'101'::bit", 'VARCHAR', '101'],
  ["map {'a': 1}", 'MAP(VARCHAR, INTEGER)', '{a=1}'],
  ["uuid '0191fe0b-0000-7000-8000-000000000001'", 'UUID', '0191fe0b-0000-7000-8000-000000000001'],
  ['\'{"a": 1}\'::json', 'JSON', '{"a": 1}'],
])('%s is %s', async (sql, type, text) => {
  const { path } = await copy(`select ${sql.replace(/ from|$/, ' as value$&')}`)
  const [row] = await engine.rows(
    `select typeof(value) as type, value::varchar as text from read_parquet(${quoteString(path)})`,
  )
  expect(row).toEqual({ type, text })
})

test('a whole number of more than 38 digits is refused, not rounded', async () => {
  await expect(copy('select 170141183460469231731687303715884105727::hugeint as n')).rejects.toThrow('Conversion Error')
})

test('rows are in the order of the query, and counted', async () => {
  const { path, rows } = await copy('select range as n, md5(range::varchar) as m from range(600000) order by m')
  expect(rows).toBe(600_000)
  const [found] = await engine.rows(
    `select count(*) as n, count_if(m < before) as wrong from
      (select m, lag(m) over (order by file_row_number) as before from read_parquet(${quoteString(path)}, file_row_number = true))`,
  )
  expect(found).toEqual({ n: 600_000n, wrong: 0n })
})

test('no rows have the columns of the query; columns of one name are told apart', async () => {
  const { path, rows } = await copy('select 1 as a, \'x\' as a, 2 as "b ""c" where false')
  expect(rows).toBe(0)
  const found = await engine.rows(`describe from read_parquet(${quoteString(path)})`)
  expect(found.map(({ column_name, column_type }) => [column_name, column_type])).toEqual([
    ['a', 'INTEGER'],
    ['a_1', 'VARCHAR'],
    ['b "c', 'INTEGER'],
  ])
})

test('with, values, from and comments at the end are queries, too', async () => {
  for (const sql of ['with a as (select 1 as n) from a', 'values (1)', 'from range(1) -- all', "select $$it's$$;"])
    expect((await copy(sql)).rows).toBe(1)
})

test('a mistake is told with its place', async () => {
  await expect(copy('select nope from range(1)')).rejects.toThrow(/Binder Error: [\s\S]*LINE 1: (explain )?select nope/)
})

describeWithOracles('pyarrow and Polars', () => {
  test('read it', async () => {
    const { path } = await copy(
      "select 1::bigint as n, 'é' as text, timestamp '2026-01-20 01:00:00' as at, [1.5::double] as l",
    )
    const { pyarrow, polars } = await readWithArrow(path)
    expect(pyarrow.rows).toEqual([['1', 'é', '2026-01-20T01:00:00', ['1.5']]])
    expect(polars.rows).toEqual(pyarrow.rows)
    expect(pyarrow.columns).toContainEqual(['at', 'timestamp[us]'])
  })
})
