import { expect, test } from 'vitest'
import { estimateText } from '../../src/commands/scanScreen.js'
import { sumSample } from '../../src/snapshot/scanEstimate.js'

const of = (value: number, standardError: number) => ({ value, standardError })

test.each([
  [
    of(10_204, 873),
    of(41.2e9, 3e9),
    0.1,
    'about 10,200 objects ± 900, 41.2 GB ± 3.0 GB (1 standard error), from 10 % of the folders',
  ],
  [
    of(10_950, 873),
    of(0, 0),
    0.1,
    'about 11,000 objects ± 900, 0 B ± 0 B (1 standard error), from 10 % of the folders',
  ],
  [of(20, 13.4), of(500, 12), 0.5, 'about 20 objects ± 20, 500 B ± 12 B (1 standard error), from 50 % of the folders'],
  [of(7, 0.4), of(7, 1), 0.999, 'about 7 objects ± 1, 7 B ± 1 B (1 standard error), from 99.9 % of the folders'],
  [of(0, 0), of(0, 0), 0.1, 'about 0 objects ± 0, 0 B ± 0 B (1 standard error), from 10 % of the folders'],
  [
    of(1.2e9, 4e7),
    of(5e15, 1e14),
    0.01,
    'about 1,200,000,000 objects ± 40,000,000, 5.0 PB ± 100.0 TB (1 standard error), from 1 % of the folders',
  ],
])('%j and %j at %d are %s', (objectCount, sizeBytes, rate, text) =>
  expect(estimateText({ objectCount, sizeBytes }, rate)).toBe(text),
)

test('an estimate is the sum divided by the rate; its error is that of units drawn one by one', () => {
  const sums = sumSample(0.1)
  sums.add(3, 1000)
  sums.add(4, 0)
  expect([sums.objectCount, sums.sizeBytes]).toEqual([7, 1000])
  const { objectCount, sizeBytes } = sums.estimate()
  expect(objectCount.value).toBeCloseTo(70)
  expect(objectCount.standardError).toBeCloseTo(47.434, 3) // the root of 0.9 / 0.01 · (9 + 16)
  expect(sizeBytes.value).toBeCloseTo(10_000)
  expect(sizeBytes.standardError).toBeCloseTo(9486.83, 2) // the root of 0.9 / 0.01 · 1,000,000
})

test('of all there is no error', () => {
  const sums = sumSample(1)
  sums.add(3, 1000)
  expect(sums.estimate()).toEqual({ objectCount: of(3, 0), sizeBytes: of(1000, 0) })
})
