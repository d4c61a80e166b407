import { expect, test } from 'vitest'
import type { Params } from '../../src/engine/engine.js'
import type { Type } from '../../src/iceberg/schema.js'
import type { Prune } from '../../src/models/prunes.js'
import { toPredicates } from '../../src/tables/runTableQuery.js'

const LIST: Type = { type: 'list', 'element-id': 9, 'element-required': false, element: 'double' }
const TYPES: [string, Type][] = [
  ['price', 'decimal(10,2)'],
  ['year', 'int'],
  ['sold', 'timestamp'],
  ['tenant', 'string'],
  ['vector', LIST],
]
const SCHEMA = {
  ...{ 'schema-id': 0, type: 'struct' as const },
  fields: TYPES.map(([name, type], i) => ({ id: i + 1, name, type, required: false })),
}

test.each<[string, string, Params[string], unknown]>([
  ['a text is as it is', 'tenant', 'acme', 'acme'],
  ['a whole number', 'year', 2025n, 2025n],
  ['a day, of a timestamp', 'sold', '2026-01-20', '2026-01-20'],
  ['a whole number of a decimal is no number of cents', 'price', 12n, '12'],
  ['a double of a decimal', 'price', 12.5, '12.5'],
  ['more digits than the decimal has are compared by the engine alone', 'price', 12.345, undefined],
  ['NULL asks for all', 'tenant', null, undefined],
  ['a column that there is not', 'color', 'red', undefined],
  ['a list', 'vector', 1, undefined],
])('%s', (_, column, value, planned) => {
  const prunes: Prune[] = [{ column, op: '<=', param: 'p' }]
  const expected = planned === undefined ? [] : [{ column, op: '<=', value: planned }]
  expect(toPredicates(prunes, { p: value }, SCHEMA)).toEqual(expected)
})
