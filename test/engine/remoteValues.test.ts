import { expect, test } from 'vitest'
import type { ExactValue } from '../../src/engine/exactJson.js'
import { decoderOf, typeName, uniqueNames } from '../../src/engine/remoteValues.js'
import type { TrinoType } from '../../src/engine/trinoType.js'
import { arrayOf, mapOf, rowOf, typeOf } from './trinoTypes.js'

const utc = (text: string) => new Date(`${text}Z`)

test.each<[TrinoType, ExactValue, unknown]>([
  [typeOf('bigint'), '9223372036854775807', 9223372036854775807n],
  [typeOf('bigint'), 5, 5n],
  [typeOf('integer'), -5, -5],
  [typeOf('double'), 'NaN', Number.NaN],
  [typeOf('double'), '-Infinity', -Infinity],
  [typeOf('double'), '1.5E10', 1.5e10], // Athena sends texts
  [typeOf('real'), 0.1, 0.1],
  [typeOf('boolean'), false, false],
  [typeOf('boolean'), 'true', true],
  [typeOf('decimal', 15, 2), '1234567890123.45', 1234567890123.45],
  [typeOf('decimal', 38, 2), '123456789012345678901234567890123456.78', '123456789012345678901234567890123456.78'],
  [typeOf('timestamp', 6), '2026-01-20 01:00:00.123999', utc('2026-01-20T01:00:00.123')],
  [typeOf('timestamp', 0), '2026-01-20 01:00:00', utc('2026-01-20T01:00:00')],
  [typeOf('timestamp', 6), '1969-12-31 23:59:59.999999', utc('1969-12-31T23:59:59.999')],
  [typeOf('timestamp', 6), '+12026-01-20 01:00:00.000000', '+12026-01-20 01:00:00.000000'],
  [typeOf('timestamp with time zone', 3), '2026-01-20 01:00:00.000 UTC', utc('2026-01-20T01:00:00')],
  [typeOf('timestamp with time zone', 3), '2026-01-20 01:00:00.000 +02:00', utc('2026-01-19T23:00:00')],
  [
    typeOf('timestamp with time zone', 3),
    '2026-01-20 01:00:00.000 Europe/Berlin',
    '2026-01-20 01:00:00.000 Europe/Berlin',
  ],
  [typeOf('date'), '2026-01-20', '2026-01-20'],
  [typeOf('time', 6), '01:02:03.123456', '01:02:03.123456'],
  [typeOf('varbinary'), 'AP8=', new Uint8Array([0, 255])],
  [typeOf('varchar', 2147483647), '9223372036854775807', '9223372036854775807'],
  [typeOf('char', 3), 'a  ', 'a  '],
  [typeOf('json'), '{"a":1}', '{"a":1}'],
  [typeOf('unknown'), null, null],
  [typeOf('bigint'), null, null],
  [arrayOf(typeOf('bigint')), ['1', null], [1n, null]],
  [
    mapOf(typeOf('varchar'), typeOf('timestamp', 3)),
    { k: '2026-01-20 01:00:00.000' },
    { k: utc('2026-01-20T01:00:00') },
  ],
  [rowOf(['x', typeOf('bigint')], ['Y z', typeOf('varchar')]), [1, null], { x: 1n, 'Y z': null }],
  [rowOf([undefined, typeOf('integer')], [undefined, typeOf('integer')]), [1, 2], { field0: 1, field1: 2 }],
  [{ rawType: 'array', arguments: [] }, '[1, 2]', '[1, 2]'], // Athena tells no more
  [typeOf('a type of next year'), [1], '[1]'],
])('%j', (type, value, decoded) => expect(decoderOf(type)(value)).toEqual(decoded))

test.each<[TrinoType, string]>([
  [typeOf('varchar', 2147483647), 'VARCHAR'],
  [typeOf('decimal', 38, 2), 'DECIMAL(38,2)'],
  [typeOf('timestamp', 6), 'TIMESTAMP(6)'],
  [typeOf('timestamp with time zone', 3), 'TIMESTAMP(3) WITH TIME ZONE'],
  [arrayOf(typeOf('bigint')), 'ARRAY'],
])('%j is named %s', (type, name) => expect(typeName(type)).toBe(name))

test('names are made to differ', () => {
  expect(uniqueNames(['a', 'b', 'a', 'a:1', 'a'])).toEqual(['a', 'b', 'a:1', 'a:1:1', 'a:2'])
})
