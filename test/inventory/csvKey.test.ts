import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CsvKeyError, decodeCsvKey, encodeCsvKey } from '../../src/inventory/csvKey.js'

test.each([
  ['photos/2026/a.jpg', 'photos/2026/a.jpg'],
  ['a+b.jpg', 'a b.jpg'], // a space
  ['a%2Bb.jpg', 'a+b.jpg'], // a plus
  ['dt%3D2026-01-20/', 'dt=2026-01-20/'],
  ['%E2%82%AC.txt', '€.txt'],
  ['%F0%9F%93%B7.CR3', '📷.CR3'],
  ['100%25', '100%'],
  ['100%252B', '100%2B'],
  ['2020/Milledgeville%2C+GA/', '2020/Milledgeville, GA/'],
  ['say+%22hi%22%2C+it%27s.txt', 'say "hi", it\'s.txt'],
  ['a*b-c.d_e', 'a*b-c.d_e'],
  ['%7Ea%21%28b%29', '~a!(b)'],
  ['line%0Abreak', 'line\nbreak'],
  ['%00', '\0'],
  ['//double//', '//double//'],
  ['', ''],
])('CSV key %s is %s', (encoded, key) => {
  expect(decodeCsvKey(encoded)).toBe(key)
  expect(encodeCsvKey(key)).toBe(encoded)
})

test.each([
  ['%20', ' '], // what other writers than S3 may write
  ['%2f', '/'],
  ['%c3%a9', 'é'],
  ['ä', 'ä'],
])('%s is read as %j, although S3 writes it otherwise', (encoded, key) => expect(decodeCsvKey(encoded)).toBe(key))

test.each(['%', 'a%', '100%+off', '%2', '%zz', '%FF', '%C3', '%C0%AF', '%ED%A0%80', '%F8%88%80%80%80'])(
  '%s is no key',
  encoded => expect(() => decodeCsvKey(encoded)).toThrow(CsvKeyError),
)

test('a key that can not be is named shortened', () => {
  expect(() => decodeCsvKey(`${'x'.repeat(2000)}%`)).toThrow(/^key "x{99}…": expected URL-encoded UTF-8/)
  expect(() => encodeCsvKey('\ud800')).toThrow(CsvKeyError)
})

test('every key survives a CSV report', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), key => decodeCsvKey(encodeCsvKey(key)) === key))
})

test('an encoded key is plain ASCII that needs no quoting', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), key => /^[\w./*%+-]*$/.test(encodeCsvKey(key))))
})
