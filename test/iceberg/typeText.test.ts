import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UnsupportedTableError } from '../../src/iceberg/errors.js'
import { makeSchema } from '../../src/iceberg/newSchema.js'
import { formatType } from '../../src/iceberg/schema.js'
import { parseTypeText } from '../../src/iceberg/typeText.js'

test.each([
  ['string', 'string'],
  [' Long ', 'long'],
  ['decimal(10,2)', 'decimal(10,2)'],
  ['decimal( 10 , 2 )', 'decimal(10,2)'],
  ['fixed[16]', 'fixed[16]'],
  ['list<double>', 'list<double>'],
  ['LIST < list<int> >', 'list<list<int>>'],
  ['map<string,decimal(9,2)>', 'map<string, decimal(9,2)>'],
  ['struct<a:int,größe: list<string>>', 'struct<a: int, größe: list<string>>'],
])('%s is %s', (text, shown) => expect(formatType(parseTypeText(text, 'column a'))).toBe(shown))

test.each([
  '',
  'varchar',
  'int int',
  'list',
  'list<>',
  'list<int',
  'list<int>>',
  'map<string>',
  'struct<>',
  'struct<a>',
  'struct<a: int,>',
  'decimal(39,2)',
  'decimal(2,3)',
  'decimal(0,0)',
  'fixed[0]',
  'timestamp_ns',
  'list<'.repeat(100_000),
])('%.40s is refused', text => {
  expect(() => parseTypeText(text, 'column a')).toThrow(UnsupportedTableError)
  expect(() => parseTypeText(text, 'column a')).toThrow('column a')
})

const { type: anyType } = fc.letrec<{ type: string }>(tie => ({
  type: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('string', 'long', 'double', 'decimal(10,2)', 'fixed[4]', 'timestamptz'),
    tie('type').map(inner => `list<${inner}>`),
    tie('type').map(inner => `map<string, ${inner}>`),
    fc
      .array(tie('type'), { minLength: 1, maxLength: 3 })
      .map(all => `struct<${all.map((one, i) => `f${i}: ${one}`).join(', ')}>`),
  ),
}))

test('what is shown of a type is read as that type', () => {
  fc.assert(fc.property(anyType, text => formatType(parseTypeText(text, 'c')) === text))
})

test('ids go level by level, those of columns first', () => {
  const column = (name: string, type: string) => ({ name, type: parseTypeText(type, name), required: false })
  const schema = makeSchema([
    { ...column('a', 'int'), required: true, doc: 'the first' },
    column('b', 'map<string, struct<x: int, y: list<int>>>'),
    column('c', 'list<double>'),
  ])
  expect(schema).toEqual({
    'schema-id': 0,
    type: 'struct',
    fields: [
      { id: 1, name: 'a', required: true, type: 'int', doc: 'the first' },
      {
        id: 2,
        name: 'b',
        required: false,
        type: {
          type: 'map',
          'key-id': 4,
          key: 'string',
          'value-id': 5,
          'value-required': false,
          value: {
            type: 'struct',
            fields: [
              { id: 6, name: 'x', required: false, type: 'int' },
              {
                id: 7,
                name: 'y',
                required: false,
                type: { type: 'list', 'element-id': 8, 'element-required': false, element: 'int' },
              },
            ],
          },
        },
      },
      {
        id: 3,
        name: 'c',
        required: false,
        type: { type: 'list', 'element-id': 9, 'element-required': false, element: 'double' },
      },
    ],
  })
})

test.each([[[]], [['a', 'A']], [['']], [['a.b']], [[' a']], [['a\u0000']], [['_FILE']]])(
  'columns %j are refused',
  names =>
    expect(() => makeSchema(names.map(name => ({ name, type: 'int', required: false })))).toThrow(
      /expected|use themselves/,
    ),
)
