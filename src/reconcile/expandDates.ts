import type { DateBound, DateRange } from './expectations.js'
import type { LocalClock } from './localClock.js'
import { type DateUnit, formatLocalDate, parseLocalDate, serialOf, startOf, unitOf } from './localDates.js'

/** A local day, month or hour, and the instants at which it begins and ends. */
export interface LocalDate {
  /** `2026-01-20`, `2026-01` or `2026-01-20T05` */
  readonly text: string
  readonly start: Date
  readonly end: Date
}

/** The dates of a range, which are not yet made. */
export interface DatePlan {
  /** At most so many: days and hours that the zone's clock skips are counted. */
  readonly count: number
  /** Whether the range has the date. */
  has(text: string): boolean
  /** The dates, oldest first. An hour that the clock shows twice is there once, and two hours long. */
  dates(): Generator<LocalDate>
}

/** When the bucket was looked at, and by which clock its dates are. */
export interface DateEffects {
  readonly moment: Date
  readonly clock: LocalClock
}

/**
 * The dates of a range at a moment: from and to included, without the exceptions, and without what begins after the
 * moment, as a bucket that was looked at then can't have it.
 */
export function planDates(range: DateRange, { moment, clock }: DateEffects): DatePlan {
  const unit = rangeUnit(range)
  const now = clock.localOf(moment.getTime())
  const spanOf = (bound: DateBound): Span => resolveBound(bound, unit, now, moment, clock)
  const first = spanOf(range.from).first
  const last = Math.min(spanOf(range.to).last, serialOf(now, unit))
  const gaps = mergeSpans(
    range.except
      .map(({ from, to }) => ({
        first: Math.max(first, spanOf(from).first),
        last: Math.min(last, spanOf(to).last),
      }))
      .filter(span => span.first <= span.last),
  )
  const countIn = (span: Span): number => (range.every === 'weekday' ? countWeekdays(span) : countAll(span))

  function* serials(): Generator<number> {
    let serial = first
    for (const gap of [...gaps, { first: last + 1, last: Infinity }]) {
      for (; serial < gap.first; serial++) if (range.every !== 'weekday' || isWeekday(serial)) yield serial
      serial = gap.last + 1
    }
  }

  return {
    count: countIn({ first, last }) - gaps.reduce((sum, gap) => sum + countIn(gap), 0),
    has(text) {
      const serial = parseLocalDate(text, unit)
      if (serial === undefined || serial < first || serial > last) return false
      if (range.every === 'weekday' && !isWeekday(serial)) return false
      return !gaps.some(gap => serial >= gap.first && serial <= gap.last) && timesOf(serial, unit, clock) !== undefined
    },
    *dates() {
      for (const serial of serials()) {
        const times = timesOf(serial, unit, clock)
        if (times) yield { text: formatLocalDate(serial, unit), ...times }
      }
    },
  }
}

/**
 * When a local day, month or hour is.
 * @returns `undefined` where the zone's clock skips all of it, or the text names none
 */
export function findLocalTimes(text: string, unit: DateUnit, clock: LocalClock): Omit<LocalDate, 'text'> | undefined {
  const serial = parseLocalDate(text, unit)
  return serial === undefined ? undefined : timesOf(serial, unit, clock)
}

/** What the dates of a range are. */
export const rangeUnit = ({ every }: Pick<DateRange, 'every'>): DateUnit => (every === 'weekday' ? 'day' : every)

function timesOf(serial: number, unit: DateUnit, clock: LocalClock): Omit<LocalDate, 'text'> | undefined {
  const start = clock.instantOf(startOf(serial, unit))
  const end = clock.instantOf(startOf(serial + 1, unit))
  return start < end ? { start: new Date(start), end: new Date(end) } : undefined
}

/** Numbers of days, months or hours, both included. */
interface Span {
  readonly first: number
  readonly last: number
}

/** A month has all its days, and a day all its hours. */
function resolveBound(bound: DateBound, unit: DateUnit, now: number, moment: Date, clock: LocalClock): Span {
  const own = bound.kind === 'date' ? (unitOf(bound.date) ?? unit) : bound.unit
  const serial =
    bound.kind === 'date' ? (parseLocalDate(bound.date, own) ?? Number.NaN) : serialBefore(bound, now, moment, clock)
  return { first: serialOf(startOf(serial, own), unit), last: serialOf(startOf(serial + 1, own) - 1, unit) }
}

/** Hours are so many hours ago, whatever the clock showed; days and months are counted in the calendar. */
function serialBefore(bound: DateBound & { kind: 'today' }, now: number, moment: Date, clock: LocalClock): number {
  if (bound.unit !== 'hour') return serialOf(now, bound.unit) - bound.minus
  return serialOf(clock.localOf(moment.getTime() - bound.minus * 3_600_000), 'hour')
}

function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1)
    if (before && span.first <= before.last + 1)
      merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, span.last) }
    else merged.push(span)
  }
  return merged
}

const countAll = ({ first, last }: Span): number => Math.max(0, last - first + 1)

const countWeekdays = ({ first, last }: Span): number =>
  last < first ? 0 : weekdaysBefore(last + 1) - weekdaysBefore(first)

/** Day 0, 1 January 1970, was a Thursday. */
const sinceMonday = (day: number): number => (((day + 3) % 7) + 7) % 7

const isWeekday = (day: number): boolean => sinceMonday(day) < 5

/** From a Monday long ago. */
const weekdaysBefore = (day: number): number => Math.floor((day + 3) / 7) * 5 + Math.min(5, sinceMonday(day))
