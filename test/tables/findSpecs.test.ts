import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatType } from '../../src/iceberg/schema.js'
import { packageFolder } from '../../src/packageFolder.js'
import { findSpecs } from '../../src/tables/findSpecs.js'
import { toTableSpec } from '../../src/tables/tableSpec.js'

const VALUES = { stage: 'dev', region: '' }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-specs-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Writes files of `database: a` and the table that is given. */
async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, table] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), `database: a\ntable: ${table}\ncolumns: [{ name: c, type: int }]\n`)
  }
}

const find = async (...folders: string[]) =>
  (
    await findSpecs(
      folders.map(name => join(folder, name)),
      VALUES,
    )
  ).map(({ name, table }) => [name, table])

test('the first folder that has a name gives it', async () => {
  await write({ 'own/b.yaml': 'mine', 'own/c.yml': 'c', 'shipped/a.yaml': 'a', 'shipped/b.yaml': 'b' })
  expect(await find('own', 'shipped')).toEqual([
    ['a', 'a.a'],
    ['b', 'a.mine'],
    ['c', 'a.c'],
  ])
})

test('other files, and folders below, are none', async () => {
  await write({ 'own/a.yaml': 'a', 'own/.b.yaml': 'b', 'own/c.yaml.bak': 'c', 'own/below/d.yaml': 'd' })
  expect(await find('own', 'none')).toEqual([['a', 'a.a']])
})

test('a file that another goes before may be wrong', async () => {
  await write({ 'own/a.yaml': 'a', 'shipped/a.yaml': 'A' })
  expect(await find('own', 'shipped')).toEqual([['a', 'a.a']])
})

test('two files of one table are refused, and so are two of one name', async () => {
  await write({ 'own/a.yaml': 'x', 'shipped/b.yaml': 'x', 'twice/a.yaml': 'a', 'twice/a.yml': 'b' })
  await expect(find('own', 'shipped')).rejects.toThrow(`expected a table that no other file declares, got a.x, as in `)
  await expect(find('twice')).rejects.toThrow('a.yml: expected one file of a name, got ')
})

test('a folder that is a file is told', async () => {
  await writeFile(join(folder, 'own'), '')
  await expect(find('own')).rejects.toThrow('own: expected a folder that can be read, got ENOTDIR')
})

test('a mistake names its file', async () => {
  await write({ 'own/a.yaml': 'A' })
  await expect(find('own')).rejects.toThrow(`${join(folder, 'own', 'a.yaml')}:2:8: table: expected a name`)
})

test('sales_history is shipped', async () => {
  const [sales, ...others] = await findSpecs([join(packageFolder(), 'config', 'tables')], VALUES)
  expect(others).toEqual([])
  if (!sales) return
  expect(sales.table).toBe('pricing_intelligence_dev.sales_history')
  const { fields } = toTableSpec(sales).schema
  expect(fields.map(({ name, type, required }) => `${name} ${formatType(type)}${required ? '' : '?'}`)).toEqual([
    'product_id string',
    'tenant_id string',
    'category string?',
    'brand string?',
    'condition string?',
    'sold_price decimal(10,2)',
    'sold_date timestamp',
    'season string?',
    'image_s3_key string?',
    'embedding list<double>?',
    'description string?',
    'source string?',
    'year int',
    'month int',
  ])
  expect(fields.filter(({ doc }) => !doc)).toEqual([])
  expect(sales.columns.flatMap(({ filledBy }) => filledBy ?? [])).toEqual([
    { column: 'sold_date', transform: 'year' },
    { column: 'sold_date', transform: 'month' },
  ])
  expect(sales.properties['write.parquet.compression-codec']).toBe('snappy')
})
