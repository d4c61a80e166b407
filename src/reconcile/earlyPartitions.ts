import { countPartitions, expandPartitions } from './expandPartitions.js'
import {
  type Dataset,
  type DateBound,
  type DateRange,
  type ExpectedValues,
  MOST_PARTITIONS,
  type ValueList,
} from './expectations.js'

/**
 * Partitions that aren't expected at a moment, but will be soon: the last days of `to: today-2d`, and those of a month
 * from now where the dates are fixed. That they are there already is fine. Expected ones are among them.
 * @param newestAt when some of the dataset's keys were listed last
 */
export function* earlyPartitions(dataset: Dataset, newestAt: Date): Generator<{ readonly partition: string }> {
  const hasDates = [...dataset.key.kinds.values()].some(kind => kind !== 'text')
  if (!hasDates) return
  const moving = dataset.expect.filter(expected => !isFixed(expected)).map(untilToday)
  yield* expandIfFew({ ...dataset, expect: moving }, newestAt)
  yield* expandIfFew({ ...dataset, expect: dataset.expect.filter(isFixed) }, new Date(newestAt.getTime() + MONTH_MS))
}

const MONTH_MS = 31 * 86_400_000

/** With the days to come there may be more than a dataset can have: it is not refused for those. */
function* expandIfFew(dataset: Dataset, moment: Date): Generator<{ readonly partition: string }> {
  if (dataset.expect.length === 0 || countPartitions(dataset, moment) > MOST_PARTITIONS) return
  for (const { partition } of expandPartitions(dataset, moment)) yield { partition }
}

const isFixed = ({ values }: ExpectedValues): boolean =>
  [...values.values()].every(each => each.kind === 'list' || (each.from.kind === 'date' && each.to.kind === 'date'))

const untilToday = (expected: ExpectedValues): ExpectedValues => ({
  ...expected,
  values: new Map([...expected.values].map(([name, values]) => [name, rangeUntilToday(values)])),
})

const rangeUntilToday = (values: ValueList | DateRange): ValueList | DateRange =>
  values.kind === 'list' ? values : { ...values, to: withoutMinus(values.to) }

const withoutMinus = (bound: DateBound): DateBound =>
  bound.kind === 'today' ? { ...bound, minus: Math.min(0, bound.minus) } : bound
