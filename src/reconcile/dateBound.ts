import type { z } from 'zod'
import { UsageError } from '../errors.js'
import { rangeUnit } from './expandDates.js'
import type { DateBound, DateRange } from './expectations.js'
import { type DateUnit, parseLocalDate, startOf, unitOf } from './localDates.js'

export const DATE_RULE = 'a date such as 2026-01-20, 2026-01 or 2026-01-20T05, or today-1d'

/**
 * A bound of a range as a person writes it: a day, month or hour, `today`, or so much before it: `today-6h`,
 * `today-1d`, `today-2w`, `today-1mo`.
 * @throws {UsageError}
 */
export function parseDateBound(text: string): DateBound {
  const [today, minus = '0', unit = 'd'] = /^today(?:\s*-\s*(\d{1,4})\s*(h|d|w|mo))?$/.exec(text) ?? []
  if (today !== undefined)
    return { kind: 'today', minus: Number(minus) * (unit === 'w' ? 7 : 1), unit: UNITS[unit] ?? 'day' }
  if (unitOf(text) === undefined)
    throw new UsageError({ subject: 'date', expected: DATE_RULE, got: JSON.stringify(text) })
  return { kind: 'date', date: text }
}

const UNITS: Readonly<Record<string, DateUnit>> = { h: 'hour', d: 'day', w: 'day', mo: 'month' }

/**
 * Says what is wrong with a range in itself: dates that are finer than what it counts, as a day of a month would be
 * taken for the whole month; a from after its to.
 */
export function refineDateRange(range: DateRange, context: z.core.$RefinementCtx<DateRange>): void {
  const unit = rangeUnit(range)
  const complain = (path: PropertyKey[], message: string): void =>
    context.addIssue({ code: 'custom', path, message, input: range })
  const spans = [
    { path: [], span: range, isExcept: false },
    ...range.except.map((span, n) => ({ path: ['except', n], span, isExcept: true })),
  ]
  for (const { path, span, isExcept } of spans) {
    const at = (key: string): PropertyKey[] => (isExcept && span.from === span.to ? path : [...path, key])
    const finer = (['from', 'to'] as const).filter(key => isFiner(span[key], unit, isExcept))
    for (const key of finer.slice(0, at('from') === path ? 1 : 2))
      complain(at(key), `${EXAMPLES[unit]}, as every is ${range.every}`)
    if (finer.length === 0 && isAfter(span.from, span.to)) complain(at('to'), 'a date not before from')
  }
}

const EXAMPLES: Readonly<Record<DateUnit, string>> = {
  month: 'a month such as 2026-01, or today-1mo',
  day: 'a day such as 2026-01-20, a month, or today-1d',
  hour: DATE_RULE,
}

const ORDER: readonly DateUnit[] = ['month', 'day', 'hour']

/** What has yesterday is a month, too: only what is left out must not be more than is written. */
const isFiner = (bound: DateBound, unit: DateUnit, isExcept: boolean): boolean =>
  (bound.kind === 'date' || isExcept) && ORDER.indexOf(boundUnit(bound)) > ORDER.indexOf(unit)

const boundUnit = (bound: DateBound): DateUnit => (bound.kind === 'today' ? bound.unit : (unitOf(bound.date) ?? 'day'))

/** Whether there is nothing from one to the other at any time; a day is not after its month. */
function isAfter(from: DateBound, to: DateBound): boolean {
  if (from.kind === 'today') return to.kind === 'today' && from.unit === to.unit && from.minus < to.minus
  if (to.kind === 'today') return false
  const start = startOf(parseLocalDate(from.date, boundUnit(from)) ?? 0, boundUnit(from))
  return start >= startOf((parseLocalDate(to.date, boundUnit(to)) ?? 0) + 1, boundUnit(to))
}
