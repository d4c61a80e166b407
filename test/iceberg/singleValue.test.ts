import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ColumnValueError, TableFormatError } from '../../src/iceberg/errors.js'
import type { PrimitiveType } from '../../src/iceberg/schema.js'
import { decodeSingleValue, encodeSingleValue, type Value } from '../../src/iceberg/singleValue.js'
import { toValue } from '../../src/iceberg/valueText.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Examples after the spec's "Binary single-value serialization". */
test.each<[PrimitiveType, Value, string]>([
  ['boolean', false, '00'],
  ['boolean', true, '01'],
  ['int', 34, '22000000'],
  ['long', 34n, '2200000000000000'],
  ['float', -4.5, '000090c0'],
  ['double', 6, '0000000000001840'],
  ['date', 17_486, '4e440000'],
  ['timestamp', 1_510_871_468_000_000n, '00c3262d215e0500'],
  ['string', 'iceberg', '69636562657267'],
  ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 'f79c3e09677c4bbda4793f349cb785e7'],
  ['binary', Uint8Array.of(0, 255), '00ff'],
  ['fixed[2]', Uint8Array.of(1, 2), '0102'],
  ['decimal(9,2)', 1420n, '058c'],
  ['decimal(9,2)', -1n, 'ff'],
  ['decimal(9,2)', 0n, '00'],
  ['decimal(38,0)', 10n ** 37n, '0785ee10d5da46d900f436a000000000'],
])('%s %s is written as %s and read back', (type, value, expected) => {
  expect(hex(encodeSingleValue(type, value))).toBe(expected)
  expect(decodeSingleValue(type, encodeSingleValue(type, value))).toEqual(value)
})

describe('what a type cannot hold', () => {
  test.each<[PrimitiveType, Value]>([
    ['int', 2 ** 31],
    ['int', 1.5],
    ['long', 1],
    ['long', 2n ** 63n],
    ['string', 1],
    ['uuid', 'not one'],
    ['boolean', 1],
    ['decimal(3,0)', 1000n],
    ['fixed[2]', Uint8Array.of(1)],
    ['date', '2026-01-01'],
  ])('%s does not take %s', (type, value) => expect(() => encodeSingleValue(type, value)).toThrow(ColumnValueError))

  test.each<[PrimitiveType, number]>([
    ['boolean', 0],
    ['int', 8],
    ['date', 8],
    ['timestamp', 4], // only long was ever narrower
    ['double', 2],
    ['uuid', 4],
    ['decimal(9,2)', 0],
    ['fixed[2]', 3],
  ])('%s is not %i bytes long', (type, length) =>
    expect(() => decodeSingleValue(type, new Uint8Array(length))).toThrow(TableFormatError),
  )
})

describe('values as a person gives them', () => {
  test.each<[PrimitiveType, Value, Value]>([
    ['date', '2026-01-20', 20_473],
    ['date', 20_473, 20_473],
    ['date', 20_473n, 20_473],
    ['long', 5, 5n],
    ['long', '-5', -5n],
    ['int', 5n, 5],
    ['double', '1e3', 1000],
    ['double', '-inf', -Infinity],
    ['double', 'NaN', Number.NaN],
    ['float', 5n, 5],
    ['timestamp', '2026-01-20', 1_768_867_200_000_000n],
    ['timestamp', '2026-01-20T01:00', 1_768_870_800_000_000n],
    ['timestamp', 7, 7n],
    ['boolean', 'true', true],
    ['boolean', 'false', false],
    ['string', '5', '5'],
    ['uuid', 'F79C3E09-677C-4BBD-A479-3F349CB785E7', 'f79c3e09-677c-4bbd-a479-3f349cb785e7'],
    ['decimal(9,2)', '+12.3', 1230n],
    ['decimal(9,2)', '12.3400', 1234n],
  ])('for %s %s is %s', (type, given, value) => expect(toValue(type, given)).toEqual(value))

  test.each<[PrimitiveType, Value]>([
    ['date', '20 January'],
    ['date', '2026-13-01'],
    ['int', '1.5'],
    ['boolean', 'maybe'],
    ['long', true],
    ['double', 'ten'],
    ['time', 'noon'],
    ['timestamp', '2026-01-20 noon'],
    ['decimal(9,2)', '1,5'],
    ['binary', 'xyz'],
    ['string', Uint8Array.of(1)],
  ])('%s refuses %s', (type, given) => expect(() => toValue(type, given)).toThrow(ColumnValueError))
})

test('every decimal is read back, padded or not', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), value => {
      const bytes = encodeSingleValue('decimal(38,0)', value)
      const padded = Uint8Array.of(value < 0n ? 0xff : 0, ...bytes)
      return decodeSingleValue('decimal(38,0)', bytes) === value && decodeSingleValue('decimal(38,0)', padded) === value
    }),
  )
})
