import { describe, expect, test } from 'vitest'
import { evolveSchema } from '../../src/iceberg/evolveSchema.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { currentSchema } from '../../src/iceberg/metadata.js'
import { formatType } from '../../src/iceberg/schema.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { createTable, planCreation } from '../../src/tables/createTable.js'
import { compareTable } from '../../src/tables/differences.js'
import { parseTableSpec, toTableSpec } from '../../src/tables/tableSpec.js'

const NOW = new Date('2026-01-20T01:00:00Z')
const EFFECTS = { now: () => NOW, sleep: async () => undefined }

const TEXT = `database: shop_{stage}
table: sales
comment: all of them
columns:
  - { name: id, type: int, required: true }
  - { name: price, type: 'decimal(10,2)', comment: USD }
  - { name: brand, type: string }
partition: [{ column: id, transform: 'bucket[4]' }]
properties: { owner: me }
`

const declare = (text = TEXT) => parseTableSpec(text, 'sales.yaml', { stage: 'dev', region: '' })

function openLake() {
  const store = new MemoryStore()
  return { store, catalog: filesCatalog(store, EFFECTS) }
}

const whats = (differences: readonly { readonly what: string }[]) => differences.map(({ what }) => what)

test('a table that is not there is created; done again, nothing is written', async () => {
  const { store, catalog } = openLake()
  expect(await createTable(declare(), catalog, EFFECTS)).toEqual({ isNew: true, mended: [], left: [] })
  const keys = [...store.objects.keys()]
  expect(keys).toContain('tables/shop_dev.sales/metadata/v1.metadata.json')
  expect(await createTable(declare(), catalog, EFFECTS)).toEqual({ isNew: false, mended: [], left: [] })
  expect([...store.objects.keys()]).toEqual(keys)
})

test('what can harm nothing is made as declared, in one commit; what the table has beside it stays', async () => {
  const { catalog } = openLake()
  const made = await catalog.create(toTableSpec(declare()))
  const kept = { ...made.metadata.properties, 'set.by.others': '1' }
  await catalog.commit(made, { ...made.metadata, properties: kept })
  const text = TEXT.replace('type: int, required: true', 'type: long')
    .replace("decimal(10,2)', comment: USD", "decimal(12,2)', comment: in USD")
    .replace('owner: me', 'owner: you')
    .replace('all of them', 'each')
    .replace('partition:', '  - { name: note, type: list<double> }\npartition:')
  const { isNew, mended, left } = await createTable(declare(text), catalog, EFFECTS)
  expect([isNew, left]).toEqual([false, []])
  expect(whats(mended)).toEqual([
    ...['type of column id', 'column id', 'type of column price', 'comment of column price', 'column note'],
    ...['property comment', 'property owner'],
  ])
  const table = await catalog.load('shop_dev.sales')
  expect(table?.version).toBe(3)
  expect(table && currentSchema(table.metadata).fields.map(({ type }) => formatType(type))).toEqual([
    ...['long', 'decimal(12,2)', 'string', 'list<double>'],
  ])
  expect(table?.metadata.properties).toEqual({ 'set.by.others': '1', comment: 'each', owner: 'you' })
})

describe('what would harm is left and told, and the rest is done', () => {
  test.each<[what: string, from: string, to: string]>([
    ['column note', 'partition:', '  - { name: note, type: string, required: true }\npartition:'],
    ['type of column price', "'decimal(10,2)'", 'double'],
    ['column brand', 'brand, type: string', 'brand, type: string, required: true'],
    ['column brand', '  - { name: brand, type: string }\n', ''],
    ['partition', 'bucket[4]', 'bucket[8]'],
    ['sort order', 'properties:', 'sort: [{ column: id }]\nproperties:'],
  ])('%s', async (what, from, to) => {
    const { catalog } = openLake()
    await createTable(declare(), catalog, EFFECTS)
    const declared = declare(TEXT.replace(from, to).replace('comment: USD', 'comment: in USD'))
    const { mended, left } = await createTable(declared, catalog, EFFECTS)
    expect(whats(mended)).toEqual(['comment of column price'])
    expect(whats(left)).toEqual([what])
    expect(left[0]?.fix).toMatch(/declare|stocktake tables evolve sales/)
  })
})

test('a plan says the same, and writes nothing', async () => {
  const { store, catalog } = openLake()
  expect(await planCreation(declare(), catalog, NOW)).toEqual({ isNew: true, mended: [], left: [] })
  expect(store.objects.size).toBe(0)
  await createTable(declare(), catalog, EFFECTS)
  const before = [...store.objects.keys()]
  const text = TEXT.replace('owner: me', 'owner: you').replace('bucket[4]', 'bucket[8]')
  const { mended, left } = await planCreation(declare(text), catalog, NOW)
  expect([whats(mended), whats(left)]).toEqual([['property owner'], ['partition']])
  expect([...store.objects.keys()]).toEqual(before)
})

test('of many at once there is one table, and each has made it as it declares', async () => {
  const { store } = openLake()
  const others = Array.from({ length: 8 }, (_, i) =>
    declare(TEXT.replace('partition:', `  - { name: c${i}, type: string }\npartition:`)),
  )
  await Promise.all(others.map(declared => createTable(declared, filesCatalog(store, EFFECTS), EFFECTS)))
  const table = await filesCatalog(store, EFFECTS).load('shop_dev.sales')
  const fields = table ? currentSchema(table.metadata).fields : []
  expect(fields.map(({ name }) => name).sort()).toEqual(
    ['id', 'price', 'brand', ...others.map((_, i) => `c${i}`)].sort(),
  )
  expect(new Set(fields.map(({ id }) => id)).size).toBe(11)
})

test('a column that another adds between look and commit is not added twice', async () => {
  const { store, catalog } = openLake()
  const made = await catalog.create(toTableSpec(declare()))
  const text = TEXT.replace('partition:', '  - { name: note, type: string }\npartition:')
  let isFirst = true
  const rival = Object.assign(Object.create(catalog), {
    async commit(...[base, next]: Parameters<typeof catalog.commit>) {
      if (isFirst) {
        isFirst = false
        const later = new Date(NOW.getTime() + 1)
        await catalog.commit(made, evolveSchema(made.metadata, [{ kind: 'add', name: 'note', type: 'string' }], later))
      }
      return catalog.commit(base, next)
    },
  })
  expect(await createTable(declare(text), rival, EFFECTS)).toEqual({ isNew: false, mended: [], left: [] })
  const table = await filesCatalog(store, EFFECTS).load('shop_dev.sales')
  expect(table && compareTable(declare(text), table.metadata)).toEqual([])
})
