import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { cutParams, planCuts, rangeNumber, splitRange } from '../../src/snapshot/keyRanges.js'
import { sortableRows } from '../../src/snapshot/memoryBudget.js'
import { closeTestEngine, openTestEngine, type TestEngine } from '../engine/engines.js'

let open: TestEngine
beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))

test.each<[keys: string, ranges: number, cuts: string]>([
  ['abcdef', 3, 'ce'],
  ['abcdef', 1, ''],
  ['abcdef', 6, 'bcdef'],
  ['abc', 9, 'bc'],
  ['', 4, ''],
  ['a', 4, ''],
  ['aaaaaaab', 4, ''], // of one key there is nothing to cut
  ['abbbbbbb', 4, 'b'],
  ['aabbbbcc', 4, 'bc'],
])('%j in %d ranges is cut at %j', (keys, ranges, cuts) => expect(planCuts([...keys], ranges)).toEqual([...cuts]))

test.each([
  [{}, ['m'], [{ to: 'm' }, { from: 'm' }]],
  [{}, [], [{}]],
  [
    { from: 'a', to: 'z' },
    ['m', 'p'],
    [
      { from: 'a', to: 'm' },
      { from: 'm', to: 'p' },
      { from: 'p', to: 'z' },
    ],
  ],
  [{ from: 'a' }, ['m'], [{ from: 'a', to: 'm' }, { from: 'm' }]],
])('%j cut at %j is %j', (range, cuts, ranges) => expect(splitRange(range, cuts)).toEqual(ranges))

const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '\uffee', '\u{10000}'), maxLength: 5 })

test('every key is in the one range that its number says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(key, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 8 }),
      async (keys, count) => {
        const cuts = planCuts([...keys].sort(compareCodePoints), count)
        const ranges = splitRange({}, cuts)
        expect(ranges.length).toBeLessThanOrEqual(count)
        const list = keys.map((_, i) => `$key_${i}`).join(', ')
        const params = { ...Object.fromEntries(keys.map((each, i) => [`key_${i}`, each])), ...cutParams(cuts) }
        const rows = await open.engine.rows(
          `select key, ${rangeNumber(cuts.length)} as number from (select unnest([${list}]) as key)`,
          params,
        )
        for (const row of rows) {
          const place = ranges.findIndex(
            ({ from, to }) =>
              (from === undefined || compareCodePoints(from, String(row.key)) <= 0) &&
              (to === undefined || compareCodePoints(String(row.key), to) < 0),
          )
          expect(Number(row.number)).toBe(place)
        }
      },
    ),
    { numRuns: 60 },
  )
})

test.each([
  [150_000_000, 250, true],
  [1_000_000, 250, false],
  [1_000_000, 1e9, false],
])(
  'with %d bytes rows of %d bytes are sorted in memory, and never fewer than 10,000 at once',
  (engineBytes, rowBytes, fits) => {
    const rows = sortableRows({ engineBytes, threads: 2, rowBytes })
    expect(rows).toBeGreaterThanOrEqual(10_000)
    expect(rows * rowBytes < engineBytes).toBe(fits)
  },
)
