import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/errors.js'
import { UnknownColumnError } from '../../src/iceberg/errors.js'
import { evolveSchema, type SchemaChange } from '../../src/iceberg/evolveSchema.js'
import { evolveSpec } from '../../src/iceberg/evolveSpec.js'
import { currentSchema, formatMetadata, parseMetadata, type TableMetadata } from '../../src/iceberg/metadata.js'
import { formatType, highestFieldId, type Schema, type Type } from '../../src/iceberg/schema.js'
import { parseTypeText } from '../../src/iceberg/typeText.js'
import { metadataAt } from './examples.js'

const NOW = new Date(1_000)
const SCHEMA: Schema = {
  'schema-id': 0,
  type: 'struct',
  fields: [
    { id: 1, name: 'import_id', required: true, type: 'string' },
    { id: 2, name: 'dt', required: true, type: 'date' },
    { id: 3, name: 'key', required: false, type: 'string', doc: 'its name' },
    { id: 4, name: 'size', required: true, type: 'int' },
    { id: 5, name: 'share', required: false, type: 'float' },
    { id: 6, name: 'price', required: false, type: 'decimal(9,2)' },
  ],
}
/** Partitioned by dt and import_id. */
const BEFORE: TableMetadata = { ...metadataAt('s3://b/lake/tables/t'), schemas: [SCHEMA], 'last-column-id': 6 }

const evolve = (changes: readonly SchemaChange[], before = BEFORE) => evolveSchema(before, changes, NOW)
const add = (name: string, type = 'int'): SchemaChange => ({ kind: 'add', name, type: parseTypeText(type, name) })
const shown = (metadata: TableMetadata) =>
  currentSchema(metadata)
    .fields.map(
      ({ id, name, type, required, doc }) =>
        `${id} ${name} ${formatType(type)}${required ? '!' : ''}${doc ? ` (${doc})` : ''}`,
    )
    .slice(2) // those of the partition spec, which stay

describe('a change of a column', () => {
  test.each<[string, SchemaChange[], string[]]>([
    [
      'adds it at the end, optional, with ids that nothing had',
      [add('tags', 'list<double>'), { kind: 'add', name: 'b', type: 'int', doc: 'new' }],
      [
        '3 key string (its name)',
        '4 size int!',
        '5 share float',
        '6 price decimal(9,2)',
        '7 tags list<double>',
        '9 b int (new)',
      ],
    ],
    [
      'renames it, and the old name is free',
      [{ kind: 'rename', name: 'key', to: 'path' }, add('key')],
      ['3 path string (its name)', '4 size int!', '5 share float', '6 price decimal(9,2)', '7 key int'],
    ],
    [
      'renames it to the same name in another case',
      [{ kind: 'rename', name: 'key', to: 'Key' }],
      ['3 Key string (its name)', '4 size int!', '5 share float', '6 price decimal(9,2)'],
    ],
    [
      'drops it, and another one gets its name and not its id',
      [{ kind: 'drop', name: 'price' }, add('price')],
      ['3 key string (its name)', '4 size int!', '5 share float', '7 price int'],
    ],
    [
      'widens, relaxes and comments it',
      [
        { kind: 'widen', name: 'size', type: 'long' },
        { kind: 'relax', name: 'size' },
        { kind: 'widen', name: 'share', type: 'double' },
        { kind: 'widen', name: 'price', type: 'decimal(12,2)' },
        { kind: 'comment', name: 'price', doc: 'USD' },
        { kind: 'comment', name: 'key', doc: '' },
      ],
      ['3 key string', '4 size long', '5 share double', '6 price decimal(12,2) (USD)'],
    ],
  ])('%s', (_, changes, columns) => {
    const after = evolve(changes)
    expect(shown(after)).toEqual(columns)
    expect(after).toMatchObject({ 'current-schema-id': 1, 'last-updated-ms': 1_000 })
    expect(after.schemas[0]).toBe(SCHEMA)
  })

  test.each<[string, SchemaChange[]]>([
    ['none', []],
    ['the same name', [{ kind: 'rename', name: 'key', to: 'key' }]],
    ['the type it has', [{ kind: 'widen', name: 'size', type: 'int' }]],
    ['what is undone', [add('x'), { kind: 'drop', name: 'x' }]],
    [
      'a comment that is there',
      [
        { kind: 'comment', name: 'key', doc: 'its name' },
        { kind: 'relax', name: 'share' },
      ],
    ],
  ])('that changes nothing gives the same metadata: %s', (_, changes) => expect(evolve(changes)).toBe(BEFORE))

  test('back to a schema that was takes that one up', () => {
    const renamed = evolve([{ kind: 'rename', name: 'key', to: 'path' }])
    const back = evolve([{ kind: 'rename', name: 'path', to: 'key' }], renamed)
    expect([back['current-schema-id'], back.schemas.length, back['last-column-id']]).toEqual([0, 2, 6])
  })

  test.each<[string, SchemaChange, new (...args: never[]) => Error]>([
    ['no such column', { kind: 'drop', name: 'KEY' }, UnknownColumnError],
    ['a name that is taken', add('key'), UsageError],
    ['one in another case', add('KEY'), UsageError],
    ['one that engines cannot say', add('a.b'), UsageError],
    ['a rename to one that is taken', { kind: 'rename', name: 'key', to: 'Size' }, UsageError],
    ['a source of the partition spec', { kind: 'drop', name: 'dt' }, UsageError],
    ['a narrower type', { kind: 'widen', name: 'size', type: 'float' }, UsageError],
    ['fewer digits', { kind: 'widen', name: 'price', type: 'decimal(8,2)' }, UsageError],
    ['another scale', { kind: 'widen', name: 'price', type: 'decimal(12,3)' }, UsageError],
    ['more digits than there are', { kind: 'widen', name: 'price', type: 'decimal(39,2)' }, UsageError],
    ['a text of a number', { kind: 'widen', name: 'size', type: 'string' }, UsageError],
  ])('is refused: %s', (_, change, error) => expect(() => evolve([change])).toThrow(error))

  test('a partition field keeps its name from the columns that come after', () => {
    const renamed = evolve([{ kind: 'rename', name: 'dt', to: 'day' }])
    expect(() => evolve([add('dt')], renamed)).toThrow(UsageError)
    expect(() => evolve([{ kind: 'rename', name: 'key', to: 'dt' }], renamed)).toThrow(UsageError)
    expect(evolve([{ kind: 'rename', name: 'day', to: 'dt' }], renamed)['current-schema-id']).toBe(0)
  })

  test('what older files are partitioned by stays, as some readers abort without it', () => {
    const unpartitioned = evolveSpec(BEFORE, [], NOW)
    expect(currentSchema(evolve([{ kind: 'drop', name: 'dt' }], unpartitioned)).fields).toHaveLength(5)
    const snapshot = { 'sequence-number': 1, 'timestamp-ms': 0, 'manifest-list': 'l', summary: {} }
    const written = { ...unpartitioned, snapshots: [{ ...snapshot, 'snapshot-id': 1n }] }
    expect(() => evolve([{ kind: 'drop', name: 'dt' }], written)).toThrow('older files')
  })

  test('what the sort order or the identity of rows need stays', () => {
    const sort = { transform: 'identity', 'source-id': 3, direction: 'asc', 'null-order': 'nulls-first' } as const
    const sorted = { ...BEFORE, 'default-sort-order-id': 1, 'sort-orders': [{ 'order-id': 1, fields: [sort] }] }
    expect(() => evolve([{ kind: 'drop', name: 'key' }], sorted)).toThrow('sort order')
    const identified = { ...BEFORE, schemas: [{ ...SCHEMA, 'identifier-field-ids': [4] }] }
    expect(() => evolve([{ kind: 'drop', name: 'size' }], identified)).toThrow('identity')
    expect(() => evolve([{ kind: 'relax', name: 'size' }], identified)).toThrow('identity')
    expect(currentSchema(evolve([add('x')], identified))).toMatchObject({ 'identifier-field-ids': [4], 'schema-id': 1 })
  })
})

const name = fc.constantFrom('a', 'b', 'c', 'key', 'size', 'price', 'dt')
const type = fc.constantFrom('int', 'float', 'decimal(5,2)', 'list<int>', 'struct<x: int, y: map<string, long>>')
const anyChange: fc.Arbitrary<SchemaChange> = fc.oneof(
  fc.tuple(name, type).map(([of, text]) => add(of, text)),
  fc.record({ kind: fc.constant('rename' as const), name, to: name }),
  fc.record({ kind: fc.constant('drop' as const), name }),
  fc.record({ kind: fc.constant('widen' as const), name, type: fc.constantFrom('long', 'double', 'decimal(9,2)') }),
  fc.record({ kind: fc.constant('relax' as const), name }),
  fc.record({ kind: fc.constant('comment' as const), name, doc: fc.constantFrom('', 'x') }),
)

test('whatever is changed, an id is of one column for ever, and the metadata is read as it was written', () => {
  let evolved = 0
  fc.assert(
    fc.property(
      fc.array(fc.array(anyChange, { minLength: 1, maxLength: 2 }), { maxLength: 20, size: 'max' }),
      steps => {
        let metadata = BEFORE
        for (const changes of steps) {
          const next = tryTo(() => evolve(changes, metadata)) ?? metadata
          if (next !== metadata) evolved++
          expect(next['last-column-id']).toBeGreaterThanOrEqual(metadata['last-column-id'])
          const added = allIds(currentSchema(next)).filter(
            id => !metadata.schemas.some(old => allIds(old).includes(id)),
          )
          for (const id of added) expect(id).toBeGreaterThan(metadata['last-column-id'])
          metadata = next
        }
        for (const schema of metadata.schemas) {
          const ids = allIds(schema)
          expect(new Set(ids).size).toBe(ids.length)
          expect(highestFieldId(schema)).toBeLessThanOrEqual(metadata['last-column-id'])
          const names = schema.fields.map(field => field.name.toLowerCase())
          expect(new Set(names).size).toBe(names.length)
        }
        expect(new Set(metadata.schemas.map(schema => schema['schema-id'])).size).toBe(metadata.schemas.length)
        expect(parseMetadata(formatMetadata(metadata), 'm')).toEqual(metadata)
      },
    ),
  )
  expect(evolved).toBeGreaterThan(100) // or else it proves nothing
})

function tryTo<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

function allIds(of: Type): number[] {
  if (typeof of === 'string') return []
  if (of.type === 'list') return [of['element-id'], ...allIds(of.element)]
  if (of.type === 'map') return [of['key-id'], of['value-id'], ...allIds(of.key), ...allIds(of.value)]
  return of.fields.flatMap(field => [field.id, ...allIds(field.type)])
}
