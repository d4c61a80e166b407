import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countPartitions, ExpectationsError, expandPartitions } from '../../src/reconcile/expandPartitions.js'
import type { Dataset } from '../../src/reconcile/expectations.js'
import { loadExpectations } from '../../src/reconcile/parseExpectations.js'

const MOMENT = new Date('2026-01-20T01:00Z')

/** The only dataset of a file that says this of it. */
async function datasetOf(yaml: string, files: Record<string, string> = {}): Promise<Dataset> {
  const texts: Record<string, string> = { 'data_inventory.yaml': `datasets: { it: ${yaml} }`, ...files }
  const { datasets } = await loadExpectations('/work/data_inventory.yaml', {
    streams: [],
    connectors: [{ name: 'demo' }],
    readText: async path => texts[path.replace('/work/', '')],
  })
  const [dataset] = datasets
  if (!dataset) throw new Error('no dataset')
  return dataset
}

const partitionsOf = (dataset: Dataset, moment = MOMENT): string[] =>
  [...expandPartitions(dataset, moment)].map(({ partition }) => partition)

const GAMES = {
  'games.csv': 'date,game,place\n2026-01-02,1,ATL\n2026-01-02,2,BOS\n2026-01-03,1,ATL\n2026-01-02,1,NYK\n',
}

test.each<[string, string, string[]]>([
  ['a dataset that is one partition', '{ key: state/latest.json }', ['']],
  ['an empty list', '{ key: "{a}.json", expect: [] }', ['']],
  ['one value', '{ key: "{a}.json", expect: { a: x } }', ['a=x']],
  ['each value once', '{ key: "{a}.json", expect: { a: [x, y, x] } }', ['a=x', 'a=y']],
  [
    'all combinations, dates first',
    '{ key: "{p}/{date}.json", expect: { p: [a, b], date: { from: 2026-01-01, to: 2026-01-02 } } }',
    ['p=a/date=2026-01-01', 'p=b/date=2026-01-01', 'p=a/date=2026-01-02', 'p=b/date=2026-01-02'],
  ],
  [
    'names in the order of the key',
    '{ key: "{date}/{p}.json", expect: { p: a, date: { from: 2026-01-01, to: 2026-01-01 } } }',
    ['date=2026-01-01/p=a'],
  ],
  [
    'several items',
    '{ key: "{s}/{date}", expect: [{ s: a, date: { from: 2025-12, to: 2025-12, every: month } }, { s: b, date: { from: 2026-01, to: 2026-01, every: month } }] }',
    ['s=a/date=2025-12', 's=b/date=2026-01'],
  ],
  [
    'what two items have in common once',
    `{ key: "{s}/{date}", expect: [
      { s: [a, b], date: { from: 2026-01-01, to: 2026-01-03, except: [2026-01-02] } },
      { s: a, date: { from: 2026-01-02, to: 2026-01-04 } },
      { s: [a, b], date: [2026-01-03, 2026-01-05] } ] }`,
    [
      's=a/date=2026-01-01',
      's=b/date=2026-01-01',
      's=a/date=2026-01-03',
      's=b/date=2026-01-03',
      's=a/date=2026-01-02',
      's=a/date=2026-01-04',
      's=a/date=2026-01-05',
      's=b/date=2026-01-05',
    ],
  ],
  [
    'a column of a file',
    '{ key: "{place}.json", expect: { place: { csv: games.csv, column: place } } }',
    ['place=ATL', 'place=BOS', 'place=NYK'],
  ],
  [
    'rows of a file, each once, with a list',
    '{ key: "{date:yyyyMMdd}-{game}.{ending}", expect: { csv: { file: games.csv, columns: [date, game] }, ending: [a, b] } }',
    [
      'date=2026-01-02/game=1/ending=a',
      'date=2026-01-02/game=1/ending=b',
      'date=2026-01-02/game=2/ending=a',
      'date=2026-01-02/game=2/ending=b',
      'date=2026-01-03/game=1/ending=a',
      'date=2026-01-03/game=1/ending=b',
    ],
  ],
  [
    'columns of other names',
    '{ key: "{day:yyyy-MM-dd}/{no}", expect: { csv: { file: games.csv, columns: { day: date, no: game } } } }',
    ['day=2026-01-02/no=1', 'day=2026-01-02/no=2', 'day=2026-01-03/no=1'],
  ],
  [
    'nothing that begins after the moment, however it is written',
    '{ key: "{date:yyyy-MM-dd}", expect: [{ date: [2026-01-20, 2026-01-21] }, { date: { from: 2026-01-19, to: 2027-01-01 } }] }',
    ['date=2026-01-20', 'date=2026-01-19'],
  ],
])('%s', async (_, yaml, partitions) => expect(partitionsOf(await datasetOf(yaml, GAMES))).toEqual(partitions))

test('a partition knows its key, its values, its time and its series', async () => {
  const dataset = await datasetOf(
    `{ key: "{p}/{date:yyyy/MM/dd}.json", time_zone: Europe/Berlin,
       expect: { p: a, date: { from: 2026-01-02, to: 2026-01-02 } } }`,
  )
  expect([...expandPartitions(dataset, MOMENT)]).toEqual([
    {
      partition: 'p=a/date=2026-01-02',
      values: { p: 'a', date: '2026-01-02' },
      key: 'a/2026/01/02.json',
      keyPrefix: 'a/2026/01/02.json',
      start: new Date('2026-01-01T23:00Z'),
      end: new Date('2026-01-02T23:00Z'),
      series: 'p=a',
    },
  ])
})

test('of a partition that may have several keys the prefix is known', async () => {
  const dataset = await datasetOf('{ key: "{p}/part-{n}.json", expect: { p: a } }')
  expect([...expandPartitions(dataset, MOMENT)]).toEqual([
    { partition: 'p=a', values: { p: 'a' }, keyPrefix: 'a/part-', series: 'p=a' },
  ])
})

test('of two dates the time is what they share', async () => {
  const dataset = await datasetOf(
    '{ key: "{month}/{day}", expect: { month: { from: 2026-01, to: 2026-01, every: month }, day: { from: 2026-01-02, to: 2026-01-02 } } }',
  )
  expect([...expandPartitions(dataset, MOMENT)]).toMatchObject([
    { start: new Date('2026-01-02'), end: new Date('2026-02-01'), series: '' },
  ])
})

test('dates of a file that a clock skips are not expected', async () => {
  const files = { 'days.csv': 'day\n2011-12-29\n2011-12-30\n2011-12-31\n' }
  const dataset = await datasetOf(
    '{ key: "{day:yyyy-MM-dd}", time_zone: Pacific/Apia, expect: { day: { csv: days.csv, column: day } } }',
    files,
  )
  expect(partitionsOf(dataset)).toEqual(['day=2011-12-29', 'day=2011-12-31'])
})

test('each partition has another text, and counting says how many', async () => {
  const dataset = await datasetOf(
    `{ key: "{p}/{hour}-{n}.json", expect: { p: [a, b, c], n: ["1", "2"], hour: { from: 2025-12-01, to: 2026-01-19, every: hour } } }`,
  )
  const partitions = partitionsOf(dataset)
  expect(partitions.length).toBe(3 * 2 * 50 * 24)
  expect(new Set(partitions).size).toBe(partitions.length)
  expect(countPartitions(dataset, MOMENT)).toBe(BigInt(partitions.length))
})

const THOUSAND = { 'thousand.csv': `n\n${Array.from({ length: 1000 }, (_, n) => `n${n}`).join('\n')}` }
const thousands = (...names: string[]): string =>
  names.map(name => `${name}: { csv: thousand.csv, column: n }`).join(', ')

test.each<[string, string, string]>([
  ['ten centuries of hours', '{ key: "{h}", expect: { h: { from: 1026-01, to: today, every: hour } } }', '8,766,290'],
  ['a trillion combinations', `{ key: "{a}/{b}/{c}/{d}", expect: { ${thousands(...'abcd')} } }`, '1,000,000,000,000'],
  [
    'more than a number can count',
    `{ key: "{a}/{b}/{c}/{d}/{e}/{f}/{g}", expect: { ${thousands(...'abcdefg')} } }`,
    '1,000,000,000,000,000,000,000',
  ],
  ['a sum over several items', `{ key: "{a}/{b}", expect: [{ ${thousands(...'ab')} }, { a: x, b: y }] }`, '1,000,001'],
])('%s are refused before one is made', async (_, yaml, count) => {
  const dataset = await datasetOf(yaml, THOUSAND)
  expect(countPartitions(dataset, MOMENT).toLocaleString('en-US')).toBe(count)
  expect(() => expandPartitions(dataset, MOMENT)).toThrow(ExpectationsError)
  expect(() => expandPartitions(dataset, MOMENT)).toThrow(
    `dataset it: expected at most 1,000,000 partitions, got ${count}; expect fewer values`,
  )
})

test('a million is not refused', async () => {
  const dataset = await datasetOf(`{ key: "{a}/{b}", expect: { ${thousands(...'ab')} } }`, THOUSAND)
  expect(expandPartitions(dataset, MOMENT).next().value).toMatchObject({ partition: 'a=n0/b=n0' })
})

test('a plain recomputation finds the same partitions', async () => {
  const days = ['2026-01-18', '2026-01-19', '2026-01-20', '2026-01-21', '2026-01-22']
  const item = fc.record({
    places: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
    first: fc.nat(4),
    last: fc.nat(4),
    except: fc.option(fc.nat(4)),
    isList: fc.boolean(),
  })
  const format = ({ places, first, last, except, isList }: Item): string => {
    const dates = isList
      ? `[${[days[first], days[last]].join(', ')}]`
      : `{ from: ${days[Math.min(first, last)]}, to: ${days[Math.max(first, last)]}, except: [${except === null ? '' : days[except]}] }`
    return `{ p: [${places.join(', ')}], date: ${dates} }`
  }
  const datesOf = ({ first, last, except, isList }: Item): string[] =>
    days.filter((day, n) => {
      const isIn = isList
        ? n === first || n === last
        : n >= Math.min(first, last) && n <= Math.max(first, last) && n !== except
      return isIn && day <= '2026-01-20'
    })
  await fc.assert(
    fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 3 }), async items => {
      const dataset = await datasetOf(`{ key: "{p}/{date:yyyyMMdd}", expect: [${items.map(format).join(', ')}] }`)
      const wanted = new Set(
        items.flatMap(each => datesOf(each).flatMap(date => each.places.map(place => `p=${place}/date=${date}`))),
      )
      expect(partitionsOf(dataset).sort()).toEqual([...wanted].sort())
    }),
    { numRuns: 200 },
  )
})

interface Item {
  readonly places: readonly string[]
  readonly first: number
  readonly last: number
  readonly except: number | null
  readonly isList: boolean
}
