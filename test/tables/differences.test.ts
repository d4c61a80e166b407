import { describe, expect, test } from 'vitest'
import { evolveSchema } from '../../src/iceberg/evolveSchema.js'
import { evolveSpec } from '../../src/iceberg/evolveSpec.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import type { TableMetadata } from '../../src/iceberg/metadata.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { compareTable } from '../../src/tables/differences.js'
import { parseTableSpec, toTableSpec } from '../../src/tables/tableSpec.js'

const NOW = new Date('2026-01-20T01:00:00Z')

const TEXT = `database: shop
table: sales
comment: all of them
columns:
  - { name: id, type: int, required: true, comment: whose }
  - { name: price, type: 'decimal(10,2)' }
  - { name: sold_at, type: timestamp, required: true }
  - { name: tags, type: list<string> }
partition: [{ column: sold_at, transform: month }, { column: id, transform: 'bucket[4]' }]
sort: [{ column: sold_at }]
properties: { owner: me }
`

const declare = (text: string) => parseTableSpec(text, 'sales.yaml', { stage: 'dev', region: '' })

async function create(text = TEXT): Promise<TableMetadata> {
  const catalog = filesCatalog(new MemoryStore(), { now: () => NOW })
  return (await catalog.create(toTableSpec(declare(text)))).metadata
}

test('a table that is as it is declared has none', async () => {
  expect(compareTable(declare(TEXT), await create())).toEqual([])
})

describe('where the file was changed since', () => {
  test.each<[rest: string, difference: object]>([
    ['comment: x', { declared: 'string', change: { kind: 'add', name: 'note', type: 'string', doc: 'x' } }],
    ['required: true', { declared: 'string, required' }],
  ])('a new column, %s', async (rest, difference) => {
    const text = TEXT.replace('partition:', `  - { name: note, type: string, ${rest} }\npartition:`)
    const [found, ...others] = compareTable(declare(text), await create())
    expect(others).toEqual([])
    expect(found).toMatchObject({ aspect: 'columns', what: 'column note', found: 'none', ...difference })
    expect(found?.fix !== undefined).toBe(!('change' in difference))
  })

  test.each<[from: string, to: string, difference: object]>([
    [
      'type: int,',
      'type: long,',
      {
        what: 'type of column id',
        declared: 'long',
        found: 'int',
        change: { kind: 'widen', name: 'id', type: 'long' },
      },
    ],
    [
      "'decimal(10,2)'",
      "'decimal(12,2)'",
      { declared: 'decimal(12,2)', change: { kind: 'widen', name: 'price', type: 'decimal(12,2)' } },
    ],
    [
      "'decimal(10,2)'",
      "'decimal(12,3)'",
      { what: 'type of column price', declared: 'decimal(12,3)', found: 'decimal(10,2)' },
    ],
    [
      "'decimal(10,2)'",
      "'decimal(9,2)'",
      { what: 'type of column price', declared: 'decimal(9,2)', found: 'decimal(10,2)' },
    ],
    ['list<string>', 'list<int>', { what: 'type of column tags', declared: 'list<int>', found: 'list<string>' }],
    [
      'type: int, required: true',
      'type: int',
      { what: 'column id', declared: 'may be NULL', found: 'required', change: { kind: 'relax', name: 'id' } },
    ],
    [
      'list<string>',
      'list<string>, required: true',
      { what: 'column tags', declared: 'required', found: 'may be NULL' },
    ],
    [
      'whose',
      'its',
      {
        what: 'comment of column id',
        declared: 'its',
        found: 'whose',
        change: { kind: 'comment', name: 'id', doc: 'its' },
      },
    ],
    [
      'transform: month',
      'transform: day',
      { what: 'partition', declared: 'day(sold_at), bucket[4](id)', found: 'month(sold_at), bucket[4](id)' },
    ],
    [
      'sort: [{ column: sold_at }]',
      'sort: []',
      { what: 'sort order', declared: 'none', found: 'sold_at asc nulls first' },
    ],
    ['{ owner: me }', '{ owner: you }', { what: 'property owner', declared: 'you', found: 'me' }],
    ['all of them', 'each', { what: 'property comment', declared: 'each', found: 'all of them' }],
  ])('%s to %s', async (from, to, difference) => {
    const [found, ...others] = compareTable(declare(TEXT.replace(from, to)), await create())
    expect(others).toEqual([])
    expect(found).toMatchObject(difference)
    expect(found?.change !== undefined).toBe('change' in difference)
    expect(found?.fix !== undefined).toBe(!('change' in difference || found?.aspect === 'properties'))
  })

  test('a comment that is taken away, and other order of partition fields, are none', async () => {
    const text = TEXT.replace(', comment: whose', '').replace(
      "{ column: sold_at, transform: month }, { column: id, transform: 'bucket[4]' }",
      "{ column: id, transform: 'bucket[4]' }, { column: sold_at, transform: month }",
    )
    expect(compareTable(declare(text), await create())).toEqual([])
  })
})

test('where the table was changed, it is told, and nothing changes it back', async () => {
  const added = evolveSchema(
    await create(),
    [
      { kind: 'add', name: 'Note', type: 'string' },
      { kind: 'rename', name: 'price', to: 'Price' },
      { kind: 'widen', name: 'id', type: 'long' },
    ],
    NOW,
  )
  const metadata = evolveSpec(added, [], NOW)
  expect(compareTable(declare(TEXT), metadata)).toEqual([
    {
      ...{ aspect: 'types', what: 'type of column id', declared: 'int', found: 'long' },
      fix: 'no column can change so: declare it as long, or declare another column beside it',
    },
    {
      ...{ aspect: 'columns', what: 'column price', declared: 'decimal(10,2)', found: 'Price, in other letters' },
      fix: 'stocktake tables evolve sales --rename Price=price',
    },
    {
      ...{ aspect: 'columns', what: 'column Note', declared: 'none', found: 'string' },
      fix: 'declare it; or stocktake tables evolve sales --drop Note, or --rename Note=OTHER',
    },
    {
      ...{ aspect: 'partition', what: 'partition', declared: 'month(sold_at), bucket[4](id)', found: 'none' },
      fix: "stocktake tables evolve sales --partition 'month(sold_at),bucket(4,id)'; or declare it as it is",
    },
  ])
})

test('what can be mended is mended by its changes', async () => {
  const text = TEXT.replace('type: int, required: true, comment: whose', 'type: long, comment: its')
    .replace("'decimal(10,2)'", "'decimal(12,2)'")
    .replace('partition:', '  - { name: note, type: "list<double>", comment: x }\npartition:')
  const metadata = await create()
  const changes = compareTable(declare(text), metadata).flatMap(({ change }) => change ?? [])
  expect(changes.map(({ kind }) => kind)).toEqual(['widen', 'relax', 'comment', 'widen', 'add'])
  expect(compareTable(declare(text), evolveSchema(metadata, changes, NOW))).toEqual([])
})
