import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boundFromText,
  comparableBound,
  compareBounds,
  compareValues,
  lowerStringBound,
  upperStringBound,
} from '../../src/iceberg/bounds.js'
import type { PrimitiveType } from '../../src/iceberg/schema.js'
import { encodeSingleValue } from '../../src/iceberg/singleValue.js'

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex')
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('utf8')

describe('bounds from the text of a statistic', () => {
  test.each<[PrimitiveType, string, string | undefined]>([
    ['boolean', '0', '00'],
    ['boolean', '1', '01'],
    ['int', '-1', 'ffffffff'],
    ['int', '2147483648', undefined], // past the type
    ['long', '9223372036854775807', 'ffffffffffffff7f'],
    ['long', '9223372036854775808', undefined],
    ['double', 'nan', undefined],
    ['double', '-inf', '000000000000f0ff'],
    ['date', '1970-01-02', '01000000'],
    ['date', 'infinity', undefined],
    ['date', '0044-03-15 (BC)', undefined],
    ['date', '2026-02-30', undefined],
    ['date', '0026-01-01', '712af5ff'],
    ['timestamp', '1970-01-01 00:00:01', '40420f0000000000'],
    ['timestamp', '1969-12-31 23:59:59.999999', 'ffffffffffffffff'],
    ['timestamptz', '1970-01-01 02:00:01+02', '40420f0000000000'],
    ['timestamptz', '1970-01-01T00:00:01Z', '40420f0000000000'],
    ['timestamptz', '1969-12-31 18:30:01-05:30', '40420f0000000000'],
    ['timestamp', '-infinity', undefined],
    ['time', '00:00:00.000001', '0100000000000000'],
    ['decimal(9,2)', '-1.28', '80'],
    ['decimal(9,2)', '1.28', '0080'],
    ['decimal(9,2)', '0.001', undefined],
    ['decimal(4,2)', '100.00', undefined],
    ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 'f79c3e09677c4bbda4793f349cb785e7'],
    ['uuid', 'f79c3e09', undefined],
    ['binary', '00FF', '00ff'],
    ['fixed[2]', '00ff', '00ff'],
    ['fixed[2]', '00', undefined],
    ['string', 'ünï', 'c3bc6ec3af'],
  ])('%s %s is %s', (type, from, expected) => expect(hex(boundFromText(type, from))).toBe(expected))
})

describe('bounds of strings', () => {
  test.each([
    ['', '', ''],
    ['short', 'short', 'short'],
    ['123456789012345', '123456789012345', '123456789012345'],
    ['1234567890123456', '1234567890123456', '1234567890123457'], // may have been cut to 16 before it came here
    ['1234567890123456789', '1234567890123456', '1234567890123457'],
    ['123456789012345\ud7ff…', '123456789012345\ud7ff', '123456789012345\ue000'], // no surrogates between
    ['123456789012345\u{10ffff}…', '123456789012345\u{10ffff}', '123456789012346'], // stepped back
    ['12345678901234\u{10ffff}\u{10ffff}…', '12345678901234\u{10ffff}\u{10ffff}', '12345678901235'],
    ['😀'.repeat(17), '😀'.repeat(16), `${'😀'.repeat(15)}😁`], // code points, not UTF-16 units
    ['\u{10ffff}'.repeat(17), '\u{10ffff}'.repeat(16), undefined],
    ['a\ud800b', undefined, undefined], // no Unicode
  ])('of %s are %s and %s', (whole, lower, upper) => {
    expect(text(lowerStringBound(whole))).toBe(lower)
    expect(text(upperStringBound(whole))).toBe(upper)
  })

  const codePoint = fc.oneof(
    fc.integer({ min: 0, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
    fc.constantFrom(0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7fe, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10fffe, 0x10ffff),
  )
  const anyText = fc.array(codePoint, { maxLength: 40 }).map(points => String.fromCodePoint(...points))

  test('enclose every string in the order of its bytes, cut to 16 code points before or not', () => {
    fc.assert(
      fc.property(anyText, whole => {
        const [lower, upper] = [lowerStringBound(whole), upperStringBound(whole)]
        const bytes = Buffer.from(whole)
        const isAbove = upper === undefined || Buffer.compare(bytes, upper) <= 0
        const cut = upperStringBound(Array.from(whole).slice(0, 16).join(''))
        return lower !== undefined && Buffer.compare(lower, bytes) <= 0 && isAbove && hex(cut) === hex(upper)
      }),
      { numRuns: 2000 },
    )
  })

  test('of the smallest and the largest enclose what is between', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1 }), texts => {
        const values = texts.map(value => Buffer.from(value)).sort(Buffer.compare)
        const lower = lowerStringBound(values[0]?.toString() ?? '')
        const upper = upperStringBound(values.at(-1)?.toString() ?? '')
        return values.every(
          value => lower && Buffer.compare(lower, value) <= 0 && (!upper || Buffer.compare(value, upper) <= 0),
        )
      }),
    )
  })
})

describe('the order of bounds', () => {
  test('of strings is by bytes, where JavaScript has another', () => {
    const [low, high] = ['\ue000', '\u{10000}'].map(value => encodeSingleValue('string', value))
    expect(low && high && compareBounds('string', low, high)).toBe(-1)
    expect('\ue000' < '\u{10000}').toBe(false)
  })

  test('of numbers is by value, and those of a promoted column have either width', () => {
    expect(compareBounds('long', encodeSingleValue('int', -5), encodeSingleValue('long', 3n))).toBe(-1)
    expect(compareBounds('double', encodeSingleValue('float', 1.5), encodeSingleValue('double', 1.5))).toBe(0)
    expect(compareBounds('decimal(9,2)', Uint8Array.of(0, 0, 1), Uint8Array.of(0xff))).toBe(1)
  })

  test('any two longs', () => {
    const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    fc.assert(
      fc.property(long, long, (a, b) => {
        const order = compareBounds('long', encodeSingleValue('long', a), encodeSingleValue('long', b))
        return order === compareValues(a, b) && comparableBound('long', encodeSingleValue('long', a)) === a
      }),
    )
  })
})
