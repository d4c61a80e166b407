import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeParquetFile } from '../../src/engine/parquetFile.js'
import { selectFiles } from '../../src/engine/tableScan.js'
import type { Schema } from '../../src/iceberg/schema.js'
import { encodeSingleValue } from '../../src/iceberg/singleValue.js'
import { closeTestEngine, openTestEngine, type TestEngine } from './engines.js'

let open: TestEngine
beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))

const SCHEMA: Schema = {
  'schema-id': 0,
  type: 'struct',
  fields: [
    { id: 3, name: 'key', required: false, type: 'string' },
    { id: 5, name: 'size', required: false, type: 'long' },
    { id: 6, name: 'made', required: false, type: 'timestamp' },
    { id: 7, name: 'dt', required: false, type: 'date' },
    { id: 8, name: 'flag', required: false, type: 'boolean' },
    { id: 9, name: 'share', required: false, type: 'double' },
    { id: 11, name: 'it"s \'odd', required: false, type: 'string' },
  ],
}
const ROWS = `
  select key, size, made, cast(made as date) as dt, size > 1 as flag, size / 2 as share, null::varchar as "it""s 'odd"
  from (values ('b', 2, timestamp '2026-01-02 00:00:00.123456'), ('a', 1, timestamp '1969-01-01'), (null, null, null)) t(key, size, made)`

let files = 0
const newPath = () => join(open.folder, `${++files}.parquet`)
const write = (select: string, path: string, more = {}) =>
  writeParquetFile(open.engine, { select, path, schema: SCHEMA, rowGroupRows: 2048, ...more })

const bound = (
  type: 'string' | 'long' | 'timestamp' | 'date' | 'boolean' | 'double',
  value: string | bigint | number | boolean,
) => encodeSingleValue(type, value)

test('the facts of a file are those of its rows', async () => {
  const path = newPath()
  const facts = await write(ROWS, path)
  expect(facts.recordCount).toBe(3)
  expect(facts.fileSizeBytes).toBe((await stat(path)).size)
  expect([...facts.valueCounts]).toEqual(SCHEMA.fields.map(({ id }) => [id, 3]))
  expect([...facts.nullValueCounts]).toEqual([
    [3, 1],
    [5, 1],
    [6, 1],
    [7, 1],
    [8, 1],
    [9, 1],
    [11, 3],
  ])
  expect([...facts.nanValueCounts]).toEqual([[9, 0]])
  expect(facts.lowerBounds.get(3)).toEqual(bound('string', 'a'))
  expect(facts.upperBounds.get(3)).toEqual(bound('string', 'b'))
  expect([facts.lowerBounds.get(5), facts.upperBounds.get(5)]).toEqual([bound('long', 1n), bound('long', 2n)])
  expect(facts.upperBounds.get(6)).toEqual(bound('timestamp', BigInt(Date.UTC(2026, 0, 2)) * 1000n + 123456n))
  expect([facts.lowerBounds.get(9), facts.upperBounds.get(9)]).toEqual([bound('double', 0.5), bound('double', 1)])
  expect([facts.lowerBounds.has(11), facts.upperBounds.has(11)]).toEqual([false, false])
})

test('the columns have their field ids, under which they are found again', async () => {
  const path = newPath()
  await write(ROWS, path)
  const ids = await open.engine.rows('select name, field_id from parquet_schema($path) where field_id is not null', {
    path,
  })
  expect(ids.map(({ name, field_id }) => [name, Number(field_id)])).toEqual(
    SCHEMA.fields.map(({ name, id }) => [name, id]),
  )
  expect(await open.engine.rows(`${selectFiles(SCHEMA, [path])} order by key`)).toMatchObject([
    { key: 'a', size: 1n, dt: '1969-01-01', flag: false },
    { key: 'b', size: 2n, dt: '2026-01-02', flag: true },
    { key: null, size: null },
  ])
})

test('a SELECT without rows says so', async () => {
  expect(await write(`select * from (${ROWS}) where false`, newPath())).toMatchObject({ recordCount: 0 })
})

test('a constant column has its value and its bounds', async () => {
  const path = newPath()
  const text = "it's one"
  const facts = await write(`select * replace ($text as key) from (${ROWS})`, path, {
    params: { text },
    constants: { key: text },
  })
  expect([facts.lowerBounds.get(3), facts.upperBounds.get(3)]).toEqual([bound('string', text), bound('string', text)])
  expect(await open.engine.rows(`select distinct key from (${selectFiles(SCHEMA, [path])})`)).toEqual([{ key: text }])
})

test('an absent column is not in the file, and NULL in every row', async () => {
  const path = newPath()
  const facts = await write(ROWS, path, { absent: new Set(['size', 'it"s \'odd']) })
  expect([facts.valueCounts.get(5), facts.nullValueCounts.get(5), facts.lowerBounds.has(5)]).toEqual([3, 3, false])
  const columns = await open.engine.rows('select name from parquet_schema($path) where field_id is not null', { path })
  expect(columns.map(({ name }) => name)).toEqual(['key', 'made', 'dt', 'flag', 'share'])
  expect(
    await open.engine.rows(`select count(*) as n, count(size) as sizes from (${selectFiles(SCHEMA, [path])})`),
  ).toEqual([{ n: 3n, sizes: 0n }])
})

test('NaN is in no bounds, and infinities are', async () => {
  const shares = (list: string) =>
    `select null::varchar as key, 1 as size, null::timestamp as made, null::date as dt, true as flag, unnest([${list}]::double[]) as share, null::varchar as "it""s 'odd"`
  const withNaN = await write(shares("'1', 'nan'"), newPath())
  expect([withNaN.nanValueCounts.get(9), withNaN.upperBounds.get(9)]).toEqual([undefined, undefined])
  const infinite = await write(shares("'1', 'infinity'"), newPath())
  const upper = infinite.upperBounds.get(9)
  expect(upper === undefined || Buffer.compare(upper, bound('double', Infinity)) === 0).toBe(true)
})

test.each<[string, string, string, string | undefined]>([
  ['short ones', "unhex('01'), unhex('ff02')", '01', 'ff02'],
  ['long ones', "unhex(repeat('ab', 600)), unhex(repeat('cd', 600))", 'ab'.repeat(16), undefined],
])('bytes have bounds that none of them is outside of: %s', async (_, values, lower, upper) => {
  const schema: Schema = {
    'schema-id': 0,
    type: 'struct',
    fields: [{ id: 1, name: 'b', required: false, type: 'binary' }],
  }
  const { lowerBounds, upperBounds } = await write(`select unnest([${values}]) as b`, newPath(), { schema })
  const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex')
  expect([hex(lowerBounds.get(1)), hex(upperBounds.get(1))]).toEqual([lower, upper])
})

test('what a list, a struct and a map hold has field ids, sizes, and the compression that is wanted', async () => {
  const path = newPath()
  const schema: Schema = {
    'schema-id': 0,
    type: 'struct',
    fields: [
      {
        id: 1,
        name: 'l',
        required: false,
        type: { type: 'list', 'element-id': 4, 'element-required': false, element: 'double' },
      },
      {
        id: 2,
        name: 's',
        required: false,
        type: { type: 'struct', fields: [{ id: 5, name: 'a b', required: false, type: 'int' }] },
      },
      {
        id: 3,
        name: 'm',
        required: false,
        type: { type: 'map', 'key-id': 6, key: 'string', 'value-id': 7, 'value-required': false, value: 'long' },
      },
    ],
  }
  const select = `select [1.5::double] as l, {'a b': 1} as s, map {'k': 2::bigint} as m`
  const facts = await write(select, path, { schema, compression: 'snappy' })
  expect([...facts.columnSizes.keys()].toSorted()).toEqual([4, 5, 6, 7])
  const ids = await open.engine.rows('select field_id from parquet_schema($path) where field_id is not null', { path })
  expect(ids.map(({ field_id }) => Number(field_id))).toEqual([1, 4, 2, 5, 3, 6, 7])
  const [codec] = await open.engine.rows('select distinct compression from parquet_metadata($path)', { path })
  expect(codec).toEqual({ compression: 'SNAPPY' })
})

test('no text is outside of the bounds of its file, however long or strange', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('a', 'é', '\ud7ff', '\ue000', '\u{10ffff}', '📷', '\0'), maxLength: 300 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async texts => {
      const values = Object.fromEntries(texts.map((each, i) => [`t${i}`, each]))
      const list = texts.map((_, i) => `$t${i}`).join(', ')
      const select = `select unnest([${list}]) as key, null::bigint as size, null::timestamp as made, null::date as dt, true as flag, 0.5 as share, null::varchar as "it""s 'odd"`
      const { lowerBounds, upperBounds } = await write(select, newPath(), { params: values })
      const [lower, upper] = [lowerBounds.get(3), upperBounds.get(3)]
      return texts
        .map(each => Buffer.from(each))
        .every(bytes => (!lower || Buffer.compare(lower, bytes) <= 0) && (!upper || Buffer.compare(upper, bytes) >= 0))
    }),
    { numRuns: 150 },
  )
})
