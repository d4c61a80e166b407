import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quoteString } from '../../src/engine/sqlText.js'
import { duckdbType, ScanTypeError, selectFiles } from '../../src/engine/tableScan.js'
import type { Schema, Type } from '../../src/iceberg/schema.js'
import { closeTestEngine, openTestEngine, type TestEngine } from './engines.js'

let open: TestEngine
beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))

const field = (id: number, name: string, type: Type) => ({ id, name, required: false, type })
const schemaOf = (...fields: ReturnType<typeof field>[]): Schema => ({ 'schema-id': 0, type: 'struct', fields })

test.each<[Type, string]>([
  ['string', 'VARCHAR'],
  ['long', 'BIGINT'],
  ['int', 'INTEGER'],
  ['double', 'DOUBLE'],
  ['boolean', 'BOOLEAN'],
  ['date', 'DATE'],
  ['timestamp', 'TIMESTAMP'],
  ['timestamptz', 'TIMESTAMP WITH TIME ZONE'],
  ['binary', 'BLOB'],
  ['fixed[16]', 'BLOB'],
  ['decimal(9,2)', 'DECIMAL(9, 2)'],
  [{ type: 'list', 'element-id': 9, 'element-required': false, element: 'string' }, 'VARCHAR[]'],
  [{ type: 'struct', fields: [field(2, 'b', 'int')] }, 'STRUCT("b" INTEGER)'],
  [
    { type: 'map', 'key-id': 2, key: 'string', 'value-id': 3, 'value-required': false, value: 'long' },
    'MAP(VARCHAR, BIGINT)',
  ],
])('%o is %s', async (type, name) => {
  expect(duckdbType(type)).toBe(name)
  const { columns } = await open.engine.query(selectFiles(schemaOf(field(1, 'a', type)), []))
  expect(columns).toEqual([{ name: 'a', type: name.replace('9, 2', '9,2') }])
})

test('a struct without fields is refused', () => {
  const type: Type = { type: 'struct', fields: [] }
  expect(() => duckdbType(type)).toThrow(ScanTypeError)
})

test('no files give no rows, with the right columns', async () => {
  const schema = schemaOf(field(1, 'it"s', 'string'), field(2, 'size', 'long'))
  expect(await open.engine.rows(selectFiles(schema, []))).toEqual([])
})

test('columns are found by field id: renamed, added later, dropped, widened, in any order', async () => {
  const [old, newer] = [join(open.folder, 'old.parquet'), join(open.folder, "it's new.parquet")]
  const quoted = newer.replaceAll("'", "''")
  await open.engine.run(
    `copy (select 1::integer as n, 'a' as was, 'x' as dropped) to '${old.replaceAll("'", "''")}'
      (field_ids {n: 1, was: 2, dropped: 3})`,
  )
  await open.engine.run(
    `copy (select 'b' as name, 2::bigint as n, true as flag) to '${quoted}' (field_ids {name: 2, n: 1, flag: 4})`,
  )
  const schema = schemaOf(field(4, 'flag', 'boolean'), field(2, 'name', 'string'), field(1, 'n', 'long'))
  expect(await open.engine.rows(`${selectFiles(schema, [old, newer])} order by n`)).toEqual([
    { flag: null, name: 'a', n: 1n },
    { flag: true, name: 'b', n: 2n },
  ])
})

test('a folder that looks like a partition makes no column', async () => {
  const folder = join(open.folder, 'n=7')
  await open.engine.run(`copy (select 1::bigint as n) to '${folder.replaceAll("'", "''")}.parquet' (field_ids {n: 1})`)
  expect(await open.engine.rows(selectFiles(schemaOf(field(1, 'n', 'long')), [`${folder}.parquet`]))).toEqual([
    { n: 1n },
  ])
})

test('the name of a file is no pattern', async () => {
  const schema = schemaOf(field(1, 'id', 'int'))
  const folder = join(open.folder, 'l[a]*?ke')
  const other = join(open.folder, 'la__ke')
  for (const [i, place] of [folder, other].entries()) {
    await mkdir(place)
    const path = join(place, 'b[1].parquet')
    await open.engine.run(
      `copy (select ${i + 1}::int as id) to ${quoteString(path)} (format parquet, field_ids {id: 1})`,
    )
  }
  const rows = await open.engine.rows(selectFiles(schema, [join(folder, 'b[1].parquet')]))
  expect(rows).toEqual([{ id: 1 }])
})
