import { describe, expect, test } from 'vitest'
import { ColumnValueError, UnknownColumnError, UnsupportedTableError } from '../../src/iceberg/errors.js'
import { avroName, decimalBytes } from '../../src/iceberg/manifestSchema.js'
import {
  makePartitionSpec,
  makeSortOrder,
  partitionKey,
  toPartition,
  typePartitionFields,
} from '../../src/iceberg/partitionSpec.js'
import {
  findField,
  formatType,
  highestFieldId,
  parseSchema,
  parseType,
  requirePrimitive,
} from '../../src/iceberg/schema.js'
import { formatTransform, parseTransform, transformedType } from '../../src/iceberg/transform.js'
import { SCHEMA } from './examples.js'

const nested = parseSchema({
  'schema-id': 3,
  type: 'struct',
  'identifier-field-ids': [1],
  fields: [
    { id: 1, name: 'id', required: true, type: 'long', doc: 'theirs' },
    { id: 2, name: 'price', required: false, type: 'decimal(9, 2)' },
    {
      id: 3,
      name: 'tags',
      required: false,
      type: { type: 'list', 'element-id': 4, element: 'string', 'element-required': true },
    },
    {
      id: 5,
      name: 'sizes',
      required: false,
      type: { type: 'map', 'key-id': 6, key: 'string', 'value-id': 7, value: 'int', 'value-required': false },
    },
    {
      id: 8,
      name: 'place',
      required: false,
      type: { type: 'struct', fields: [{ id: 9, name: 'country', required: false, type: 'string' }] },
    },
  ],
})

describe('schemas', () => {
  test('are parsed with what others add to them', () => {
    expect(nested).toMatchObject({ 'schema-id': 3, 'identifier-field-ids': [1] })
    expect(nested.fields[0]).toEqual({ id: 1, name: 'id', required: true, type: 'long', doc: 'theirs' })
    expect(nested.fields[1]?.type).toBe('decimal(9,2)')
    expect(parseSchema(JSON.parse(JSON.stringify(nested)))).toEqual(nested)
  })

  test('know their fields at any depth', () => {
    expect(highestFieldId(nested)).toBe(9)
    expect(findField(nested, 9)?.name).toBe('country')
    expect(findField(nested, 4)).toBeUndefined() // an element of a list is no column of one value a row
  })

  test.each([
    ['boolean', 'boolean'],
    ['decimal( 38 , 10 )', 'decimal(38,10)'],
    ['fixed[16]', 'fixed[16]'],
  ])('type %s is %s', (json, type) => expect(parseType(json)).toBe(type))

  test.each(['timestamp_ns', 'variant', 'geometry', 'decimal', 'Int'])('type %s is not of version 2', json =>
    expect(() => parseType(json)).toThrow(UnsupportedTableError),
  )

  test('types are shown as a person would write them', () => {
    expect(formatType({ type: 'struct', fields: nested.fields.slice(2) })).toBe(
      'struct<tags: list<string>, sizes: map<string, int>, place: struct<country: string>>',
    )
    expect(() => requirePrimitive(nested, 'column place')).toThrow(ColumnValueError)
  })
})

describe('transforms', () => {
  test.each([
    ['identity', 'string', 'string'],
    ['year', 'date', 'int'],
    ['month', 'timestamp', 'int'],
    ['day', 'timestamptz', 'date'],
    ['hour', 'timestamp', 'int'],
    ['bucket[16]', 'string', 'int'],
    ['truncate[4]', 'string', 'string'],
    ['void', 'long', 'long'],
    ['zorder(a, b)', 'string', undefined],
    ['bucket[x]', 'string', undefined],
  ] as const)('%s of %s gives %s', (text, source, type) => {
    expect(formatTransform(parseTransform(text))).toBe(text)
    expect(transformedType(parseTransform(text), source)).toBe(type)
  })

  test('a nested source has no partition values', () =>
    expect(transformedType({ kind: 'identity' }, { type: 'struct', fields: [] })).toBeUndefined())
})

describe('partition specs', () => {
  const spec = makePartitionSpec(SCHEMA, [
    { name: 'dt', column: 'dt', transform: 'identity' },
    { name: 'import_id', column: 'import_id', transform: 'identity' },
  ])
  const fields = typePartitionFields(spec, [SCHEMA])

  test('number their fields from 1000', () => expect(spec.fields.map(field => field['field-id'])).toEqual([1000, 1001]))

  test('read partitions given as text, and know equal ones', () => {
    const partition = toPartition(fields, { dt: '2026-01-20', import_id: 'i1', other: 'ignored' })
    expect(partition).toEqual({ dt: 20_473, import_id: 'i1' })
    expect(partitionKey(fields, partition)).toBe(partitionKey(fields, { import_id: 'i1', dt: 20_473 }))
    expect(partitionKey(fields, partition)).not.toBe(partitionKey(fields, { dt: 20_473, import_id: null }))
  })

  test('find a dropped source column in an older schema', () => {
    const newer = { ...SCHEMA, 'schema-id': 1, fields: SCHEMA.fields.filter(field => field.name !== 'dt') }
    expect(typePartitionFields(spec, [newer, SCHEMA])[0]?.type).toBe('date')
    expect(typePartitionFields(spec, [newer])[0]?.type).toBeUndefined()
  })

  test.each([
    [{ name: 'x', column: 'x', transform: 'identity' }, UnknownColumnError],
    [{ name: 'dt_hour', column: 'dt', transform: 'hour' }, UnsupportedTableError],
  ])('refuse %o', (field, error) => expect(() => makePartitionSpec(SCHEMA, [field])).toThrow(error))

  test('sort orders: 0 is unsorted', () => {
    expect(makeSortOrder(SCHEMA, [])).toEqual({ 'order-id': 0, fields: [] })
    const byKey = { column: 'key', direction: 'asc', nullOrder: 'nulls-first' } as const
    expect(makeSortOrder(SCHEMA, [byKey]).fields[0]).toMatchObject({ 'source-id': 3, 'null-order': 'nulls-first' })
    expect(() => makeSortOrder(SCHEMA, [{ ...byKey, column: 'x' }])).toThrow(UnknownColumnError)
  })
})

test.each([
  ['dt', 'dt'],
  ['a.b', 'a_x2Eb'],
  ['9z', '_9z'],
  ['größe', 'gr_xF6_xDFe'],
])('Avro calls the partition field %s %s', (name, avro) => expect(avroName(name)).toBe(avro))

test.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [9, 4],
  [18, 8],
  [38, 16],
])('a decimal of %i digits takes %i bytes', (precision, bytes) => expect(decimalBytes(precision)).toBe(bytes))
