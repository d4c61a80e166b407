import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import type { Row } from '../../src/engine/engine.js'
import { loadModel } from '../../src/models/model.js'

let folder: string
let engine: DuckDB
const model = loadModel('sales/sample', 'duckdb')
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-sample-'))
  engine = await openDuckDB({ memoryBytes: 200_000_000, threads: 2, tempFolder: join(folder, 'spill') })
})
afterAll(async () => {
  engine.close()
  await rm(folder, { recursive: true })
})

const ROWS = 400

/** What a question about sample rows is answered with. */
const ask = (select: string, { seed = 1, first = 0, rows = ROWS } = {}): Promise<Row[]> =>
  engine.rows(`with sample as materialized (${model.sql}) ${select}`, {
    seed,
    first_row: first,
    rows,
    until: '2026-01-20 00:00:00',
  })

const FINGERPRINT = 'select bit_xor(md5_number_lower(cast(sample as varchar))) as rows from sample'

test('the rows have the columns that are given to the table, without those that are filled', async () => {
  const columns = await engine.rows(`describe select * from (${model.sql})`, {
    seed: 1,
    first_row: 0,
    rows: 1,
    until: null,
  })
  expect(columns.map(({ column_name, column_type }) => `${column_name} ${column_type}`)).toEqual([
    'product_id VARCHAR',
    'tenant_id VARCHAR',
    'category VARCHAR',
    'brand VARCHAR',
    'condition VARCHAR',
    'sold_price DECIMAL(10,2)',
    'sold_date TIMESTAMP',
    'season VARCHAR',
    'image_s3_key VARCHAR',
    'embedding DOUBLE[]',
    'description VARCHAR',
    'source VARCHAR',
  ])
})

test('a seed gives the same rows, in parts too, and by one thread; another seed gives others', async () => {
  const [whole] = await ask(FINGERPRINT)
  const parts = await Promise.all([ask(FINGERPRINT, { rows: 123 }), ask(FINGERPRINT, { first: 123, rows: ROWS - 123 })])
  const [one = 0n, two = 0n] = parts.map(([row]) => BigInt(String(row?.rows)))
  expect(one ^ two).toBe(BigInt(String(whole?.rows)))
  await engine.set('threads', '1')
  expect((await ask(FINGERPRINT))[0]).toEqual(whole)
  await engine.set('threads', '2')
  expect((await ask(FINGERPRINT, { seed: 2 }))[0]).not.toEqual(whole)
})

test('every row is one that the table takes', async () => {
  const [found] = await ask(`select count(*)::integer as rows, count(distinct product_id)::integer as products,
    min(sold_price) > 5 as is_paid, max(sold_price) < 5000 as is_sane,
    min(sold_date) >= '2024-01-21' and max(sold_date) < '2026-01-20' as is_of_two_years,
    bool_and(season = 'Q' || ((month(sold_date) + 2) // 3)) as is_of_season,
    bool_and(len(embedding) = 1024) as is_long,
    max(abs(list_inner_product(embedding, embedding) - 1)) < 1e-9 as is_unit
    from sample`)
  expect(found).toEqual({
    rows: ROWS,
    products: ROWS,
    is_paid: true,
    is_sane: true,
    is_of_two_years: true,
    is_of_season: true,
    is_long: true,
    is_unit: true,
  })
})

test('there is some of everything, and brands are of one category', async () => {
  const [found] =
    await ask(`select count(distinct tenant_id)::integer as tenants, count(distinct category)::integer as categories,
    count(distinct condition)::integer as conditions, count(distinct source)::integer as sources,
    count(distinct season)::integer as seasons, count(distinct date_trunc('month', sold_date))::integer as months,
    count(distinct brand) = count(distinct (brand, category)) as has_own_brands from sample`)
  expect(found).toEqual({
    tenants: 5,
    categories: 8,
    conditions: 4,
    sources: 4,
    seasons: 4,
    months: 25,
    has_own_brands: true,
  })
})

test('what is worn is cheaper', async () => {
  const rows = await ask(`select condition, avg(sold_price / usual) as share
    from (select *, avg(sold_price) over (partition by category, brand) as usual from sample) group by 1 order by 2 desc`)
  expect(rows.map(({ condition }) => condition)).toEqual(['new', 'like_new', 'good', 'fair'])
})

test('items are nearer to others of their brand than to those of their category, and to these than to the rest', async () => {
  const rows = await ask(
    `select case when a.brand = b.brand then 'brand' when a.category = b.category then 'category' else 'rest' end as shared,
      min(list_inner_product(a.embedding, b.embedding)) as least, max(list_inner_product(a.embedding, b.embedding)) as most
    from sample a join sample b on a.product_id < b.product_id group by 1 order by 2 desc`,
    { rows: 80 },
  )
  expect(rows.map(({ shared }) => shared)).toEqual(['brand', 'category', 'rest'])
  const [brand, category, rest] = rows
  expect(Number(brand?.least)).toBeGreaterThan(Number(category?.most))
  expect(Number(category?.least)).toBeGreaterThan(Number(rest?.most))
})
