import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDateBound } from '../../src/reconcile/dateBound.js'
import { planDates } from '../../src/reconcile/expandDates.js'
import type { DateRange } from '../../src/reconcile/expectations.js'
import { isTimeZone, openLocalClock } from '../../src/reconcile/localClock.js'
import { formatLocalDate, unitOf } from '../../src/reconcile/localDates.js'

const LONG_AFTER = '2999-01-01T00:00Z'

const plan = (
  from: string,
  to: string,
  { every = 'day', except = [], zone = 'UTC', at = LONG_AFTER }: PlanOptions = {},
) => {
  const range: DateRange = {
    kind: 'dates',
    every,
    from: parseDateBound(from),
    to: parseDateBound(to),
    except: except.map(each => {
      const [first = '', last = first] = each.split('..')
      return { from: parseDateBound(first), to: parseDateBound(last) }
    }),
  }
  return planDates(range, { moment: new Date(at), clock: openLocalClock(zone) })
}

interface PlanOptions {
  readonly every?: DateRange['every']
  /** `2026-01-01` or `2026-01-01..2026-01-03` */
  readonly except?: readonly string[]
  readonly zone?: string
  /** The moment. */
  readonly at?: string
}

const textsOf = (...args: Parameters<typeof plan>): string =>
  [...plan(...args).dates()].map(({ text }) => text).join(' ')

/** `2026-03-29T02 01:00..01:30`: hours and minutes of UTC. */
const timesOf = (...args: Parameters<typeof plan>): string[] =>
  [...plan(...args).dates()].map(
    ({ text, start, end }) => `${text} ${start.toISOString().slice(5, 16)}..${end.toISOString().slice(5, 16)}`,
  )

test.each<[string, string, PlanOptions, string]>([
  ['2026-01-30', '2026-02-02', {}, '2026-01-30 2026-01-31 2026-02-01 2026-02-02'],
  ['2024-02-28', '2024-03-01', {}, '2024-02-28 2024-02-29 2024-03-01'],
  ['2026-02-28', '2026-03-01', {}, '2026-02-28 2026-03-01'],
  ['2100-02-28', '2100-03-01', { at: '2200-01-01T00:00Z' }, '2100-02-28 2100-03-01'],
  ['2000-02-29', '2000-02-29', {}, '2000-02-29'],
  ['2025-12-31', '2026-01-01', {}, '2025-12-31 2026-01-01'],
  ['1969-12-31', '1970-01-01', {}, '1969-12-31 1970-01-01'],
  ['2026-02', '2026-02', { except: ['2026-02-02..2026-02-27'] }, '2026-02-01 2026-02-28'],
  // Weekdays: 1 January 2026 is a Thursday.
  ['2026-01-01', '2026-01-06', { every: 'weekday' }, '2026-01-01 2026-01-02 2026-01-05 2026-01-06'],
  ['2026-01-03', '2026-01-04', { every: 'weekday' }, ''],
  ['1969-12-27', '1969-12-30', { every: 'weekday' }, '1969-12-29 1969-12-30'],
  ['2026-01-01', '2026-01-06', { every: 'weekday', except: ['2026-01-02..2026-01-05'] }, '2026-01-01 2026-01-06'],
  // Months
  ['2025-11', '2026-02', { every: 'month' }, '2025-11 2025-12 2026-01 2026-02'],
  ['2025-11', '2026-02', { every: 'month', except: ['2025-12'] }, '2025-11 2026-01 2026-02'],
  // Hours
  ['2026-01-20T22', '2026-01-21T01', { every: 'hour' }, '2026-01-20T22 2026-01-20T23 2026-01-21T00 2026-01-21T01'],
  ['2026-01-20T22', '2026-01-21T01', { every: 'hour', except: ['2026-01-21'] }, '2026-01-20T22 2026-01-20T23'],
  ['2026-01-20T22', '2026-01-20', { every: 'hour' }, '2026-01-20T22 2026-01-20T23'],
  // Exceptions: before, after, beside and over each other
  [
    '2026-01-01',
    '2026-01-04',
    { except: ['2025-12-01..2026-01-01', '2026-01-04..2026-02-01'] },
    '2026-01-02 2026-01-03',
  ],
  [
    '2026-01-01',
    '2026-01-04',
    { except: ['2026-01-03', '2026-01-02..2026-01-03', '2026-01-02'] },
    '2026-01-01 2026-01-04',
  ],
  ['2026-01-01', '2026-01-04', { except: ['2020-01-01..2030-01-01'] }, ''],
  ['2026-01-01', '2026-01-04', { except: ['2026-01-04..2026-01-01'] }, '2026-01-01 2026-01-02 2026-01-03 2026-01-04'],
  ['2026-01-04', '2026-01-01', {}, ''],
])('%# from %s to %s with %j: %s', (from, to, options, texts) => expect(textsOf(from, to, options)).toBe(texts))

describe('today is the day on which the bucket was looked at, in its zone', () => {
  test.each<[string, string, PlanOptions, string]>([
    ['2026-01-18', 'today', { at: '2026-01-20T01:00Z' }, '2026-01-18 2026-01-19 2026-01-20'],
    ['2026-01-18', 'today-1d', { at: '2026-01-20T01:00Z' }, '2026-01-18 2026-01-19'],
    ['2026-01-18', 'today-1d', { at: '2026-01-20T00:00Z' }, '2026-01-18 2026-01-19'],
    ['2026-01-18', 'today-1d', { at: '2026-01-19T23:59:59.999Z' }, '2026-01-18'],
    ['2026-01-18', 'today-1d', { at: '2026-01-20T01:00Z', zone: 'America/New_York' }, '2026-01-18'], // still the 19th
    ['2026-01-18', 'today-1d', { at: '2026-01-20T04:59:59Z', zone: 'America/New_York' }, '2026-01-18'],
    ['2026-01-18', 'today-1d', { at: '2026-01-20T05:00Z', zone: 'America/New_York' }, '2026-01-18 2026-01-19'],
    ['2026-01-18', 'today-1d', { at: '2026-01-19T15:00Z', zone: 'Asia/Tokyo' }, '2026-01-18 2026-01-19'], // already the 20th
    ['2026-01-18', 'today-1d', { at: '2026-01-19T10:00Z', zone: 'Pacific/Kiritimati' }, '2026-01-18 2026-01-19'],
    ['2026-02-27', 'today-1d', { at: '2026-03-01T12:00Z' }, '2026-02-27 2026-02-28'],
    ['today-1w', 'today-5d', { at: '2026-03-03T12:00Z' }, '2026-02-24 2026-02-25 2026-02-26'],
    ['today-6h', 'today', { at: '2026-03-03T05:00Z' }, '2026-03-02 2026-03-03'],
    [
      'today-1mo',
      'today-1mo',
      { at: '2026-03-31T12:00Z', except: ['2026-02-02..2026-02-27'] },
      '2026-02-01 2026-02-28',
    ],
    ['2025-12', 'today-1mo', { every: 'month', at: '2026-03-31T12:00Z' }, '2025-12 2026-01 2026-02'],
    ['2025-12', 'today-1d', { every: 'month', at: '2026-03-01T12:00Z' }, '2025-12 2026-01 2026-02'],
    ['2025-12', 'today', { every: 'month', at: '2026-01-01T03:00Z', zone: 'America/New_York' }, '2025-12'],
    ['today-2h', 'today-1h', { every: 'hour', at: '2026-01-20T01:30Z' }, '2026-01-19T23 2026-01-20T00'],
    // An hour before 03:30 in summer time it was 01:30.
    [
      'today-1h',
      'today-0h',
      { every: 'hour', at: '2026-03-29T01:30Z', zone: 'Europe/Berlin' },
      '2026-03-29T01 2026-03-29T03',
    ],
  ])('%# from %s to %s with %j: %s', (from, to, options, texts) => expect(textsOf(from, to, options)).toBe(texts))
})

test.each<[string, string, PlanOptions, string]>([
  ['2026-01-19', '2026-12-31', { at: '2026-01-20T01:00Z' }, '2026-01-19 2026-01-20'],
  ['2026-01-19', '2026-12-31', { at: '2026-01-20T01:00Z', except: ['today'] }, '2026-01-19'],
  ['2026-01-19', '2026-12-31', { at: '2026-01-20T01:00Z', zone: 'America/New_York' }, '2026-01-19'],
  ['2026-01', '2026-12', { every: 'month', at: '2026-01-20T01:00Z' }, '2026-01'],
  ['2026-01-20', 'today', { every: 'hour', at: '2026-01-20T01:00Z' }, '2026-01-20T00 2026-01-20T01'],
  ['2026-02-01', '2026-03-01', { at: '2026-01-20T01:00Z' }, ''],
])('%# what begins after the moment is not expected: from %s to %s with %j: %s', (from, to, options, texts) =>
  expect(textsOf(from, to, options)).toBe(texts),
)

describe('where clocks are put forward or back', () => {
  const hours = { every: 'hour' } as const
  test.each<[string, string, string, PlanOptions, string[]]>([
    [
      'New York, spring',
      '2026-03-08T01',
      '2026-03-08T03',
      { ...hours, zone: 'America/New_York' },
      [
        '2026-03-08T01 03-08T06:00..03-08T07:00',
        '2026-03-08T03 03-08T07:00..03-08T08:00', // there is no hour 2
      ],
    ],
    [
      'New York, autumn',
      '2026-11-01T00',
      '2026-11-01T02',
      { ...hours, zone: 'America/New_York' },
      [
        '2026-11-01T00 11-01T04:00..11-01T05:00',
        '2026-11-01T01 11-01T05:00..11-01T07:00', // there are two
        '2026-11-01T02 11-01T07:00..11-01T08:00',
      ],
    ],
    [
      'Berlin, spring',
      '2026-03-29T01',
      '2026-03-29T03',
      { ...hours, zone: 'Europe/Berlin' },
      ['2026-03-29T01 03-29T00:00..03-29T01:00', '2026-03-29T03 03-29T01:00..03-29T02:00'],
    ],
    [
      'Berlin, autumn',
      '2026-10-25T01',
      '2026-10-25T03',
      { ...hours, zone: 'Europe/Berlin' },
      [
        '2026-10-25T01 10-24T23:00..10-25T00:00',
        '2026-10-25T02 10-25T00:00..10-25T02:00',
        '2026-10-25T03 10-25T02:00..10-25T03:00',
      ],
    ],
    [
      'Lord Howe by half an hour, spring',
      '2026-10-04T01',
      '2026-10-04T03',
      { ...hours, zone: 'Australia/Lord_Howe' },
      [
        '2026-10-04T01 10-03T14:30..10-03T15:30',
        '2026-10-04T02 10-03T15:30..10-03T16:00',
        '2026-10-04T03 10-03T16:00..10-03T17:00',
      ],
    ],
    [
      'Lord Howe by half an hour, autumn',
      '2026-04-05T01',
      '2026-04-05T02',
      { ...hours, zone: 'Australia/Lord_Howe' },
      ['2026-04-05T01 04-04T14:00..04-04T15:30', '2026-04-05T02 04-04T15:30..04-04T16:30'],
    ],
    [
      'days of 23 hours',
      '2026-03-07',
      '2026-03-09',
      { zone: 'America/New_York' },
      [
        '2026-03-07 03-07T05:00..03-08T05:00',
        '2026-03-08 03-08T05:00..03-09T04:00',
        '2026-03-09 03-09T04:00..03-10T04:00',
      ],
    ],
    [
      'days of 25 hours',
      '2026-10-25',
      '2026-10-25',
      { zone: 'Europe/Berlin' },
      ['2026-10-25 10-24T22:00..10-25T23:00'],
    ],
    [
      'days of 24 and a half',
      '2026-04-05',
      '2026-04-05',
      { zone: 'Australia/Lord_Howe' },
      ['2026-04-05 04-04T13:00..04-05T13:30'],
    ],
    ['months', '2026-03', '2026-03', { every: 'month', zone: 'Europe/Berlin' }, ['2026-03 02-28T23:00..03-31T22:00']],
    [
      'a midnight that is skipped',
      '2018-11-03',
      '2018-11-04',
      { zone: 'America/Sao_Paulo' },
      [
        '2018-11-03 11-03T03:00..11-04T03:00',
        '2018-11-04 11-04T03:00..11-05T02:00', // begins at one
      ],
    ],
    [
      'a midnight that is there twice',
      '2018-02-17',
      '2018-02-18',
      { zone: 'America/Sao_Paulo' },
      ['2018-02-17 02-17T02:00..02-18T03:00', '2018-02-18 02-18T03:00..02-19T03:00'],
    ],
    [
      'a day that is skipped',
      '2011-12-29',
      '2011-12-31',
      { zone: 'Pacific/Apia' },
      ['2011-12-29 12-29T10:00..12-30T10:00', '2011-12-31 12-30T10:00..12-31T10:00'],
    ],
  ])('%s', (_, from, to, options, times) => expect(timesOf(from, to, options)).toEqual(times))

  test('a day in spring lacks an hour, and no day has one twice', () => {
    expect([...plan('2026-03-08', '2026-03-08', { ...hours, zone: 'America/New_York' }).dates()]).toHaveLength(23)
    expect([...plan('2026-11-01', '2026-11-01', { ...hours, zone: 'America/New_York' }).dates()]).toHaveLength(24)
  })
})

describe('laws', () => {
  interface Given {
    readonly first: number
    readonly length: number
    readonly every: 'day' | 'weekday' | 'hour'
    readonly gaps: readonly (readonly [at: number, size: number])[]
    readonly zone: string
  }
  const range: fc.Arbitrary<Given> = fc.record({
    first: fc.integer({ min: 0, max: 24_836 }), // to the end of 2037
    length: fc.nat(120),
    every: fc.constantFrom('day' as const, 'weekday' as const, 'hour' as const),
    gaps: fc.array(fc.tuple(fc.integer({ min: -3, max: 125 }), fc.nat(9)), { maxLength: 4 }),
    zone: fc.constantFrom(
      'UTC',
      'America/New_York',
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
      'Asia/Gaza',
    ),
  })
  const text = (serial: number): string => formatLocalDate(serial, 'day')
  const planOf = ({ first, length, every, gaps, zone }: Given) =>
    plan(text(first), text(first + length), {
      every,
      zone,
      except: gaps.map(([at, size]) => `${text(first + at)}..${text(first + at + size)}`),
    })

  test('dates follow each other, are those that the range has, and are no more than were counted', () => {
    fc.assert(
      fc.property(range, given => {
        const made = planOf(given)
        const dates = [...made.dates()]
        expect(dates.length).toBeLessThanOrEqual(made.count)
        if (given.every !== 'hour') expect(dates.length).toBe(made.count)
        expect(made.count - dates.length).toBeLessThanOrEqual(2) // skipped in spring, perhaps twice
        for (const [n, date] of dates.entries()) {
          expect(date.start < date.end && made.has(date.text)).toBe(true)
          const next = dates[n + 1]
          if (next) expect(date.end <= next.start && date.text < next.text).toBe(true)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('a plain loop over the days finds the same', () => {
    fc.assert(
      fc.property(range, given => {
        if (given.every === 'hour') return
        const wanted: string[] = []
        for (let serial = given.first; serial <= given.first + given.length; serial++) {
          const date = new Date(`${text(serial)}T00:00Z`)
          const isWanted = given.every === 'day' || (date.getUTCDay() > 0 && date.getUTCDay() < 6)
          const at = serial - given.first
          if (isWanted && !given.gaps.some(([from, size]) => at >= from && at <= from + size)) wanted.push(text(serial))
        }
        expect([...planOf(given).dates()].map(each => each.text)).toEqual(wanted)
      }),
      { numRuns: 100 },
    )
  })

  test('each hour begins when the clock shows it', () => {
    const clock = openLocalClock('America/St_Johns')
    for (const { text, start } of plan('2026-03-07', '2026-03-09', { every: 'hour', zone: 'America/St_Johns' }).dates())
      expect(new Date(clock.localOf(start.getTime())).toISOString().slice(0, 13)).toBe(text)
  })
})

test('a range is counted without being made', () => {
  expect(plan('1000-01-01', '9999-12-31', { at: '9999-12-31T23:00Z' }).count).toBe(3_287_182)
  expect(plan('1000-01-01', '9999-12-31', { every: 'hour', at: '9999-12-31T23:00Z' }).count).toBe(3_287_182 * 24)
  expect(plan('1000-01', '9999-12', { every: 'month', at: '9999-12-31T23:00Z' }).count).toBe(108_000)
  expect(plan('2026-01-01', '2026-12-31', { every: 'weekday' }).count).toBe(261)
})

test.each([
  ['2026-01-20', 'day'],
  ['2026-01', 'month'],
  ['2026-01-20T05', 'hour'],
  ['2024-02-29', 'day'],
  ['2026-02-29', undefined],
  ['2026-13', undefined],
  ['2026-00', undefined],
  ['2026-01-20T24', undefined],
  ['2026-1-20', undefined],
  ['0999-01-01', undefined],
  ['2026', undefined],
  ['2026-01-20 ', undefined],
  ['2026-01-20T05:00', undefined],
  ['', undefined],
])('%j is a %s', (text, unit) => expect(unitOf(text)).toBe(unit))

test.each([
  ['UTC', true],
  ['America/New_York', true],
  ['America/Gotham', false],
  ['', false],
])('%j is a time zone: %s', (name, is) => expect(isTimeZone(name)).toBe(is))
