import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/errors.js'
import {
  formatBytes,
  formatCents,
  formatCount,
  formatDuration,
  formatShare,
  formatUsd,
  parseBytes,
  parseDuration,
  parsePercent,
  withSign,
} from '../../src/output/quantities.js'

test.each<[number, string]>([
  [0, '0 USD'],
  [0.0000004, '0.00000040 USD'],
  [0.001, '0.0010 USD'],
  [0.00999, '0.0100 USD'],
  [0.01, '0.01 USD'],
  [0.056, '0.06 USD'],
  [12.345, '12.35 USD'],
  [1_204_567.891, '1,204,567.89 USD'],
  [-0.5, '-0.50 USD'],
  [-0.00012, '-0.00012 USD'],
])('%s USD are %s', (usd, text) => expect(formatUsd(usd)).toBe(text))

test.each<[number | bigint, string]>([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [9_949, '9.9 kB'],
  [9_950, '10 kB'],
  [375_000_000, '375 MB'],
  [999_499_999, '999 MB'],
  [999_500_000, '1.0 GB'], // never `1000 MB`
  [38_234_000_000, '38.2 GB'],
  [412_600_000_000, '412.6 GB'],
  [999_960_000_000, '1.0 TB'],
  [9_007_199_254_740_993n, '9.0 PB'],
  [-4_400_000_000, '-4.4 GB'],
  [-1n, '-1 B'],
])('%s bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

test.each<[number | bigint, string]>([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [203_118, '203,118'],
  [-1902, '-1,902'],
  [-902, '-902'],
  [1234.56789, '1,234.56789'],
  [9_007_199_254_740_993n, '9,007,199,254,740,993'],
])('%s is counted %s', (count, text) => expect(formatCount(count)).toBe(text))

test.each([
  [0, '0 ms'],
  [420, '420 ms'],
  [999.6, '1 s'],
  [1400, '1.4 s'],
  [9_960, '10 s'],
  [31_000, '31 s'],
  [119_600, '2 min'],
  [58 * 60_000, '58 min'],
  [9 * 3_600_000, '9 h'],
  [36 * 3_600_000, '36 h'],
  [7 * 86_400_000, '7 days'],
])('%d ms are %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

test.each([
  [0, '0 %'],
  [0.0001, '<0.1 %'],
  [0.001, '0.1 %'],
  [0.975, '97.5 %'],
  [0.98, '98 %'],
  [0.99999, '99.9 %'], // something is missing
  [1, '100 %'],
])('a share of %d is %s', (share, text) => expect(formatShare(share)).toBe(text))

test.each([
  [0, '0 USD'],
  [0.0049, '<0.01 USD'],
  [0.007, '0.01 USD'],
  [0.0149, '0.01 USD'],
  [0.996, '1.00 USD'],
  [1234.567, '1,234.57 USD'],
  [-2.5, '-2.50 USD'],
])('to the cent %d USD are %s', (usd, text) => expect(formatCents(usd)).toBe(text))

test('less than a cent is said in words, too', () => {
  expect([0, 0.004, 0.005].map(usd => formatCents(usd, 'less than '))).toEqual([
    '0 USD',
    'less than 0.01 USD',
    '0.01 USD',
  ])
})

test.each([
  [1_100_000_000, '+1.1 GB'],
  [-400_000_000, '-400 MB'],
  [0, '0 B'],
])('a change by %d bytes is %s', (change, text) => expect(withSign(change, formatBytes)).toBe(text))

describe('what a person writes', () => {
  test.each([
    ['450MB', 450_000_000],
    ['2GiB', 2_147_483_648],
    ['1.5 gb', 1_500_000_000],
    ['512B', 512],
    [' 64 KB ', 64_000],
    ['0B', 0],
  ])('size %s is %d bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes))

  test.each([
    ['36h', 129_600_000],
    ['90 s', 90_000],
    ['15min', 900_000],
    ['15m', 900_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
  ])('duration %s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms))

  test.each([
    ['0.1%', 0.001],
    ['0 %', 0],
    ['100%', 1],
  ])('percentage %s is %d', (text, share) => expect(parsePercent(text)).toBe(share))

  const refused: [(text: string) => number, string[]][] = [
    [parseBytes, ['', '450', 'MB', '-1MB', '1e9B', '450 M B', '450MBs', '1constructor', '99999999PB']],
    [parseDuration, ['', '36', 'h', '-1h', '36x', '1h30min', '1__proto__', '1e400d']],
    [parsePercent, ['', '0.1', '101%', '-1%', '%', '1%%', '0.1percent']],
  ]
  test.each(refused.flatMap(([parse, texts]) => texts.map(text => [parse.name, text, parse] as const)))(
    '%s refuses %j',
    (_, text, parse) => expect(() => parse(text)).toThrow(UsageError),
  )

  test('every whole number of every unit is read back', () => {
    fc.assert(
      fc.property(fc.nat(), bytes => parseBytes(`${bytes}B`) === bytes && parseDuration(`${bytes}ms`) === bytes),
    )
  })
})
