import { mkdtemp, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quotePath } from '../../src/engine/sqlText.js'
import type { Table } from '../../src/iceberg/catalog.js'
import { changeTable } from '../../src/iceberg/commit.js'
import { ColumnValueError } from '../../src/iceberg/errors.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { resolveFile } from '../../src/iceberg/location.js'
import { currentSchema } from '../../src/iceberg/metadata.js'
import type { Schema, Type } from '../../src/iceberg/schema.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { selectTableRows } from '../../src/tables/selectTableRows.js'
import { storeDataFiles } from '../../src/tables/storeDataFiles.js'
import { writeDataFiles } from '../../src/tables/writeDataFiles.js'
import { closeTestEngine, openTestEngine, type TestEngine } from '../engine/engines.js'
import { readWithDuckDB, readWithPyiceberg } from '../oracles/independentReaders.js'
import { describeWithOracles } from '../oracles/oracles.js'

let open: TestEngine
beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))

const field = (id: number, name: string, type: Type, required = false) => ({ id, name, required, type })
const list = (id: number, element: Type): Type => ({
  type: 'list',
  'element-id': id,
  'element-required': false,
  element,
})
const SCHEMA: Schema = {
  'schema-id': 0,
  type: 'struct',
  fields: [
    field(1, 'id', 'long', true),
    field(2, 'brand', 'string'),
    field(3, 'price', 'decimal(10,2)'),
    field(4, 'sold', 'timestamp'),
    field(5, 'embedding', list(8, 'double')),
    field(6, 'shape', { type: 'struct', fields: [field(9, 'width', 'int'), field(10, 'tags', list(11, 'string'))] }),
    field(7, 'notes', {
      type: 'map',
      'key-id': 12,
      key: 'string',
      'value-id': 13,
      'value-required': false,
      value: 'decimal(9,2)',
    }),
  ],
}
const rowsOf = (count: number): string => `
  select i as id, case when i % 3 = 0 then null else 'a/b ' || (i % 3) || '=%é' end as brand,
    cast(i / 7.0 as decimal(10,2)) as price, timestamp '1969-12-31 23:00:00' + to_minutes(i * 37 % 500) as sold,
    [i / 2, null, -1.5::double] as embedding, {width: i::int, tags: ['x', null]} as shape, map {'k': 1.25::decimal(9,2)} as notes
  from range(${count}) t(i)`

interface Layout {
  readonly parts?: readonly { name: string; column: string; transform: string }[]
  readonly codec?: string
}

let tables = 0
async function makeTable({ parts = [], codec = 'snappy' }: Layout): Promise<Table> {
  const catalog = filesCatalog(new FolderStore(join(open.folder, 'a lake')), EFFECTS)
  const made = await catalog.create({
    name: `made.t${++tables}`,
    schema: SCHEMA,
    partitionFields: parts.map(part => ({ ...part, transform: 'identity' })),
    sortOrder: [{ column: 'sold', direction: 'desc', nullOrder: 'nulls-last' }],
    properties: { 'write.parquet.compression-codec': codec },
  })
  const [spec] = made.metadata['partition-specs']
  const fields = spec?.fields.map((each, i) => ({ ...each, transform: parts[i]?.transform ?? 'identity' })) ?? []
  return catalog.commit(made, { ...made.metadata, 'partition-specs': [{ 'spec-id': 0, fields }] })
}

const EFFECTS = { now: () => new Date('2026-01-20T00:00:00Z'), sleep: async () => undefined, random: () => 0.5 }

async function load(table: Table, select: string, targetBytes = 1e8): Promise<Table> {
  const folder = await mkdtemp(join(open.folder, 'work-'))
  const local = await writeDataFiles(select, {}, table, { folder, targetBytes }, open.engine)
  const files = await storeDataFiles(local, table)
  const catalog = filesCatalog(table.store, EFFECTS)
  await changeTable(catalog, table.name, async () => ({ operation: 'append', add: files, drop: () => false }), EFFECTS)
  const loaded = await catalog.load(table.name)
  if (!loaded) throw new Error('no table')
  return loaded
}

const fingerprint = (select: string) =>
  open.engine.rows(`select count(*) as n, bit_xor(hash(t)) as x from (${select}) as t`)
const TYPED = 'select id, brand, price, sold, embedding, shape, notes'

test.each<[string, Layout]>([
  ['no partitions', {}],
  ['identity of a hostile text, with NULL', { parts: [{ name: 'brand', column: 'brand', transform: 'identity' }] }],
  ['identity of decimals', { parts: [{ name: 'price', column: 'price', transform: 'identity' }], codec: 'gzip' }],
  ['hours', { parts: [{ name: 'sold_hour', column: 'sold', transform: 'hour' }], codec: 'zstd' }],
  [
    'buckets and truncated texts',
    {
      parts: [
        { name: 'id_bucket', column: 'id', transform: 'bucket[3]' },
        { name: 'brand_trunc', column: 'brand', transform: 'truncate[5]' },
      ],
      codec: 'uncompressed',
    },
  ],
])('rows that are written are read: %s', async (_, layout) => {
  const table = await load(await makeTable(layout), rowsOf(40))
  const { select, files, totalFiles } = await selectTableRows(table, {})
  expect(files.length).toBe(totalFiles)
  expect(await fingerprint(`${TYPED} from (${select})`)).toEqual(await fingerprint(`${TYPED} from (${rowsOf(40)})`))
  const paths = files.map(file => table.store.locate(resolveFile(table, file.path)))
  const codecs = await Promise.all(
    paths.map(path => open.engine.rows('select distinct compression as c from parquet_metadata($path)', { path })),
  )
  expect(new Set(codecs.flat().map(({ c }) => c))).toEqual(new Set([(layout.codec ?? 'snappy').toUpperCase()]))
})

test('wide rows are in small row groups, in the order of the table', async () => {
  const table = await makeTable({})
  const folder = await mkdtemp(join(open.folder, 'work-'))
  const wide = `select * replace (list_transform(range(1024), lambda x: x / (id + 1)) as embedding) from (${rowsOf(700)})`
  const files = await writeDataFiles(wide, {}, table, { folder, targetBytes: 1e8 }, open.engine)
  expect(files).toHaveLength(1)
  const path = files[0]?.path ?? ''
  const groups = await open.engine.rows(
    `select cast(row_group_num_rows as integer) as n from parquet_metadata($path) where column_id = 0 order by row_group_id`,
    { path },
  )
  expect(groups.map(({ n }) => n)).toEqual([512, 188])
  const rows = await open.engine.rows(`select cast(sold as varchar) as sold from read_parquet($path)`, { path })
  const times = rows.map(row => String(row.sold))
  expect(times).toEqual(times.toSorted().reverse())
  expect(await fingerprint(`${TYPED} from read_parquet(${quotePath(path)})`)).toEqual(
    await fingerprint(`${TYPED} from (${wide})`),
  )
})

test('a partition of many rows is split into files that follow each other, each sorted', async () => {
  const table = await makeTable({ parts: [{ name: 'id_bucket', column: 'id', transform: 'bucket[2]' }] })
  const folder = await mkdtemp(join(open.folder, 'work-'))
  const files = await writeDataFiles(rowsOf(10_000), {}, table, { folder, targetBytes: 1 }, open.engine)
  expect(files.reduce((sum, file) => sum + file.facts.recordCount, 0)).toBe(10_000)
  expect(files.map(file => file.partition.id_bucket)).toEqual([0, 0, 0, 1, 1, 1])
  let last: string | undefined
  for (const { path, partition } of files) {
    const rows = await open.engine.rows(`select cast(sold as varchar) as sold from read_parquet($path)`, { path })
    const times = rows.map(row => String(row.sold))
    expect(times).toEqual(times.toSorted().reverse())
    if (last !== undefined && times[0] !== undefined && partition.id_bucket === files[0]?.partition.id_bucket)
      expect(times[0] <= last).toBe(true)
    last = times.at(-1)
  }
})

test('no rows give no files, and NULL in a required column is refused', async () => {
  const table = await makeTable({})
  const write = (select: string) =>
    writeDataFiles(select, {}, table, { folder: open.folder, targetBytes: 1e8 }, open.engine)
  expect(await write(rowsOf(0))).toEqual([])
  await expect(write(`select * replace (null as id) from (${rowsOf(2)})`)).rejects.toThrow(ColumnValueError)
  expect(await open.engine.rows(`from duckdb_tables() where table_name like 'rows %'`)).toEqual([])
})

test('a file without its partition column has the value of its partition', async () => {
  const table = await makeTable({ parts: [{ name: 'brand', column: 'brand', transform: 'identity' }] })
  const path = join(open.folder, 'foreign.parquet')
  await open.engine.run(`copy (select 7::bigint as id) to '${path.replaceAll("'", "''")}' (field_ids {id: 1})`)
  const none = { columnSizes: new Map(), valueCounts: new Map(), nullValueCounts: new Map(), nanValueCounts: new Map() }
  const facts = { ...none, recordCount: 1, fileSizeBytes: 0, lowerBounds: new Map(), upperBounds: new Map() }
  const { size } = await stat(path)
  const [file] = await storeDataFiles(
    [{ path, partition: { brand: "it's" }, specId: 0, facts: { ...facts, fileSizeBytes: size } }],
    table,
  )
  const catalog = filesCatalog(table.store, EFFECTS)
  const add = file ? [file] : []
  await changeTable(catalog, table.name, async () => ({ operation: 'append', add, drop: () => false }), EFFECTS)
  const loaded = await catalog.load(table.name)
  const { select } = await selectTableRows(loaded ?? table, {})
  expect(await open.engine.rows(`select id, brand, price from (${select})`)).toEqual([
    { id: 7n, brand: "it's", price: null },
  ])
})

test('predicates leave files out', async () => {
  const parts = [{ name: 'brand', column: 'brand', transform: 'identity' }]
  const table = await load(await makeTable({ parts }), rowsOf(40))
  const { files, totalFiles } = await selectTableRows(table, {
    predicates: [{ column: 'brand', op: '=', value: 'a/b 1=%é' }],
  })
  expect([files.length, totalFiles]).toEqual([1, 3])
})

test('a field of a struct that was renamed is refused', async () => {
  const table = await makeTable({})
  const shape: Type = { type: 'struct', fields: [field(9, 'breadth', 'int'), field(10, 'tags', list(11, 'string'))] }
  const fields = currentSchema(table.metadata).fields.map(each => (each.id === 6 ? { ...each, type: shape } : each))
  const schemas = [...table.metadata.schemas, { ...SCHEMA, 'schema-id': 1, fields }]
  const renamed = { ...table, metadata: { ...table.metadata, schemas, 'current-schema-id': 1 } }
  await expect(selectTableRows(renamed, {})).rejects.toThrow('fields of structs that keep their names')
})

describeWithOracles('other readers', () => {
  test('see the rows, and open only the files of a partition', async () => {
    const parts = [
      { name: 'sold_hour', column: 'sold', transform: 'hour' },
      { name: 'brand_trunc', column: 'brand', transform: 'truncate[5]' },
      { name: 'id_bucket', column: 'id', transform: 'bucket[3]' },
    ]
    const table = await load(await makeTable({ parts }), rowsOf(40))
    const path = table.store.locate(table.metadataKey)
    const all = await Promise.all([readWithPyiceberg(path), readWithDuckDB(path)])
    for (const { rows } of all)
      expect(rows.map(row => Number(row.id)).toSorted((a, b) => a - b)).toEqual([...Array(40).keys()])
    const [row] = all[0].rows.filter(each => each.id === 4)
    expect(row).toMatchObject({ price: '0.57', embedding: [2, null, -1.5], shape: { width: 4, tags: ['x', null] } })
    for (const filter of ['id = 4', "brand = 'a/b 1=%é'", "sold < '1970-01-01T00:00:00'"]) {
      const where = filter.replace("< '", "< timestamp '")
      const [row] = await open.engine.rows(`select count(*) as n from (${rowsOf(40)}) where ${where}`)
      const found = await readWithPyiceberg(path, filter)
      expect(found.rows.length).toBe(Number(row?.n))
      expect(found.files).toBeLessThan(all[0].files)
    }
  })
})
