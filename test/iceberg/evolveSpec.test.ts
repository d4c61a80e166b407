import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/errors.js'
import type { PartitionFieldSpec } from '../../src/iceberg/catalog.js'
import { UnknownColumnError, UnsupportedTableError } from '../../src/iceberg/errors.js'
import { evolveSpec } from '../../src/iceberg/evolveSpec.js'
import { currentSpec, formatMetadata, parseMetadata, type TableMetadata } from '../../src/iceberg/metadata.js'
import { makePartitionSpec } from '../../src/iceberg/partitionSpec.js'
import type { PrimitiveType, Schema } from '../../src/iceberg/schema.js'
import { metadataAt } from './examples.js'

const BEFORE = metadataAt('s3://b/lake/tables/t') // partitioned by dt (1000) and import_id (1001)
const field = (
  column: string,
  transform = 'identity',
  name = transform === 'identity' ? column : `${column}_part`,
) => ({
  name,
  column,
  transform,
})
const evolve = (fields: readonly PartitionFieldSpec[], before: TableMetadata = BEFORE) =>
  evolveSpec(before, fields, new Date(1_000))
const idsOf = (metadata: TableMetadata) => currentSpec(metadata).fields.map(each => each['field-id'])

describe('a new spec', () => {
  test('has ids that no field had, and those of fields that were', () => {
    const after = evolve([field('key', 'bucket[16]'), field('dt'), field('dt', 'month')])
    expect(idsOf(after)).toEqual([1002, 1000, 1003])
    expect(after).toMatchObject({ 'default-spec-id': 1, 'last-partition-id': 1003, 'last-updated-ms': 1_000 })
    expect(after['partition-specs'][0]).toBe(BEFORE['partition-specs'][0])
    const later = evolve([field('key', 'bucket[8]'), field('key', 'bucket[16]', 'renamed')], after)
    expect(idsOf(later)).toEqual([1004, 1002])
    expect(parseMetadata(formatMetadata(later), 'm')).toEqual(later)
  })

  test('of no fields is one too, and the first again is no new one', () => {
    const none = evolve([])
    expect([none['default-spec-id'], none['last-partition-id']]).toEqual([1, 1001])
    const back = evolve([field('dt'), field('import_id')], none)
    expect([back['default-spec-id'], back['partition-specs'].length]).toEqual([0, 2])
  })

  test('that is the old one changes nothing', () => {
    expect(evolve([field('dt'), field('import_id')])).toBe(BEFORE)
    expect(evolve([field('dt', 'IDENTITY', 'dt'), field('import_id')])).toBe(BEFORE)
    expect(evolve([field('import_id'), field('dt')])).not.toBe(BEFORE) // the order is of the spec
  })
})

/** A column of each type, named after it. */
const TYPES: readonly PrimitiveType[] = [
  ...(['boolean', 'int', 'long', 'float', 'double', 'date', 'time', 'timestamp', 'timestamptz', 'string'] as const),
  ...(['uuid', 'binary', 'decimal(9,2)', 'fixed[4]'] as const),
]
const SCHEMA: Schema = {
  'schema-id': 0,
  type: 'struct',
  fields: TYPES.map((type, i) => ({ id: i + 1, name: type, required: false, type })),
}
const times = ['date', 'timestamp', 'timestamptz']

// Spec, "Partition Transforms".
test.each<[string, readonly string[]]>([
  ['identity', TYPES],
  ['bucket[16]', TYPES.filter(type => !['boolean', 'float', 'double'].includes(type))],
  ['truncate[4]', ['int', 'long', 'string', 'binary', 'decimal(9,2)']],
  ['year', times],
  ['month', times],
  ['day', times],
  ['hour', ['timestamp', 'timestamptz']],
  ['void', []],
  ['bucket[0]', []],
  ['truncate[0]', []],
  ['bucket[2147483648]', []],
  ['zorder', []],
])('%s is for columns of %j', (transform, types) => {
  const isPossible = (type: string): boolean => {
    try {
      const spec = makePartitionSpec(SCHEMA, [{ name: 'p', column: type, transform }])
      return spec.fields[0]?.transform === transform
    } catch (error) {
      expect(error).toBeInstanceOf(UnsupportedTableError)
      return false
    }
  }
  expect(TYPES.filter(isPossible)).toEqual(types)
})

test.each<[string, PartitionFieldSpec[], new (...args: never[]) => Error]>([
  ['a column that is not there', [field('nope')], UnknownColumnError],
  ['a column twice', [field('date', 'day', 'a'), field('date', 'DAY', 'b')], UsageError],
  ['a name twice', [field('date', 'day', 'a'), field('date', 'month', 'A')], UsageError],
  ['the name of another column', [field('date', 'identity', 'int')], UsageError],
  ['the name of its column for what is not its value', [field('date', 'day', 'date')], UsageError],
  ['no name', [field('date', 'day', ' ')], UsageError],
])('refused: %s', (_, fields, error) => expect(() => makePartitionSpec(SCHEMA, fields)).toThrow(error))
