import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UsageError } from '../../src/errors.js'
import { findField, INVENTORY_FIELDS, ReportColumnsError, resolveFields } from '../../src/inventory/fields.js'

/** `column@position` for each field found. */
const resolve = (columns: string[], mapping: Record<string, string> = {}): string[] =>
  resolveFields(columns, mapping).fields.map(({ field, position }) => `${field.column}@${position}`)

test.each([
  ['the least there can be', ['Bucket', 'Key'], ['bucket@0', 'key@1']],
  [
    'CSV',
    ['Bucket', 'Key', 'Size', 'LastModifiedDate', 'ETag'],
    ['bucket@0', 'key@1', 'size@2', 'last_modified_date@3', 'e_tag@4'],
  ],
  [
    'Parquet',
    ['bucket', 'key', 'version_id', 'is_latest', 'e_tag'],
    ['bucket@0', 'key@1', 'version_id@2', 'is_latest@3', 'e_tag@4'],
  ],
  [
    'any case',
    ['BUCKET', 'kEY', 'etag', 'IS_LATEST', 'sTORAGEcLASS'],
    ['bucket@0', 'key@1', 'e_tag@2', 'is_latest@3', 'storage_class@4'],
  ],
  ['another order', ['Size', 'Key', 'Bucket'], ['size@0', 'key@1', 'bucket@2']],
])('%s: fields are found by name', (_, columns, found) => expect(resolve(columns)).toEqual(found))

test('what is new is kept out, and named', () => {
  expect(resolveFields(['Bucket', 'Key', 'Colour', 'Size', 'a_b', 'ab'], {})).toMatchObject({
    fields: [{ reportColumn: 'Bucket' }, { reportColumn: 'Key' }, { reportColumn: 'Size', position: 3 }],
    ignored: ['Colour', 'a_b', 'ab'],
  })
})

test.each([
  ['another name', ['Bucket', 'Object Key'], { key: 'Object Key' }, ['bucket@0', 'key@1'], []],
  ['in another case', ['Bucket', 'NAME'], { key: 'name' }, ['bucket@0', 'key@1'], []],
  ['goes before the name of AWS', ['Bucket', 'Key', 'RawKey'], { key: 'RawKey' }, ['bucket@0', 'key@2'], ['Key']],
  [
    'a name that is not there has no effect',
    ['Bucket', 'Key', 'Size'],
    { size: 'Bytes' },
    ['bucket@0', 'key@1', 'size@2'],
    [],
  ],
  [
    'two that change places',
    ['Bucket', 'Key', 'Size', 'ETag'],
    { size: 'ETag', e_tag: 'Size' },
    ['bucket@0', 'key@1', 'e_tag@2', 'size@3'],
    [],
  ],
])('a mapping: %s', (_, columns, mapping: Record<string, string>, found, ignored) => {
  expect(resolve(columns, mapping)).toEqual(found)
  expect(resolveFields(columns, mapping).ignored).toEqual(ignored)
})

test.each([
  ['no Key', ['Bucket', 'Size'], 'columns: expected Key, got Bucket, Size; '],
  ['no Bucket', ['Key'], 'columns: expected Bucket, got Key; '],
  ['none', [], 'columns: expected Bucket and Key, got none; '],
  ['a name twice', ['Bucket', 'Key', 'key'], 'column key: expected once, got twice'],
  ['a field in both spellings', ['Bucket', 'Key', 'ETag', 'e_tag'], 'column ETag: expected once, got ETag, e_tag'],
  ['an unknown name twice', ['Bucket', 'Key', 'New', 'new'], 'column new: expected once, got twice'],
])('columns with %s are refused', (_, columns, message) => {
  expect(() => resolveFields(columns, {})).toThrow(ReportColumnsError)
  expect(() => resolveFields(columns, {})).toThrow(message)
})

test.each([
  ['a field there is not', { colour: 'Key' }, 'fields: colour: expected one of bucket, key, '],
  ['a field in the spelling of CSV', { Key: 'Name' }, 'fields: Key: expected one of bucket, key, '],
  ['one column for two fields', { key: 'Key', size: 'key' }, 'fields: size: key is already mapped to key'],
])('a mapping with %s is refused', (_, mapping: Record<string, string>, message) => {
  expect(() => resolveFields(['Bucket', 'Key'], mapping)).toThrow(UsageError)
  expect(() => resolveFields(['Bucket', 'Key'], mapping)).toThrow(message)
})

test('the two spellings of every field are one name', () => {
  const names = (spelling: 'csvName' | 'column') => INVENTORY_FIELDS.map(field => field[spelling])
  expect(resolve(names('csvName'))).toEqual(INVENTORY_FIELDS.map(({ column }, position) => `${column}@${position}`))
  expect(resolve(names('csvName'))).toEqual(resolve(names('column')))
})

test('a column is found by its own name only', () => {
  expect(findField('last_modified_date')).toMatchObject({ csvName: 'LastModifiedDate', type: 'timestamp' })
  expect(findField('LastModifiedDate')).toBeUndefined()
})

test('each column of a report is either a field or ignored, whatever their order', () => {
  const names = [...INVENTORY_FIELDS.map(field => field.csvName), 'New1', 'New2']
  fc.assert(
    fc.property(fc.shuffledSubarray(names), some => {
      const columns = [...new Set([...some, 'Bucket', 'Key'])]
      const { fields, ignored } = resolveFields(columns, {})
      return (
        fields.length + ignored.length === columns.length &&
        fields.every(({ position, field }) => columns[position] === field.csvName) &&
        ignored.every(name => name.startsWith('New'))
      )
    }),
  )
})
