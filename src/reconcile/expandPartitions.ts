import { UsageError } from '../errors.js'
import { formatCount } from '../output/quantities.js'
import { findLocalTimes, planDates } from './expandDates.js'
import { type Dataset, type ExpectedValues, MOST_PARTITIONS } from './expectations.js'
import type { PartitionValues, ValueKind } from './keyTemplate.js'
import { type LocalClock, openLocalClock } from './localClock.js'
import { formatLocalDate, serialOf } from './localDates.js'

/** A partition that should be there. */
export interface ExpectedPartition {
  /** `season=2025-26/date=2025-11-03`; empty for a whole dataset. */
  readonly partition: string
  readonly values: PartitionValues
  /** The only key that it has; `undefined` where there may be several. */
  readonly key?: string
  /** What its keys begin with. */
  readonly keyPrefix: string
  /** When its day, month or hour begins and ends; `undefined` where it has none. */
  readonly start?: Date
  readonly end?: Date
  /** The partition without its dates: those with the same are compared with each other. */
  readonly series: string
}

/** Expectations that can't be met as they are written. */
export class ExpectationsError extends UsageError {}

/**
 * At most how many partitions are expected at a moment, found by multiplying: none is made. What several items of
 * `expect` have in common, and times that a clock skips, count here and are not expected twice, or at all.
 */
export const countPartitions = (dataset: Dataset, moment: Date): bigint => countItems(planItems(dataset, moment))

/**
 * The partitions that should be there at a moment, each once: by item of `expect`, then dates from the oldest, then
 * the other placeholders in the order of the file.
 *
 * @param moment when the bucket was looked at: what begins later is not expected
 * @throws {ExpectationsError} before the first, where there may be more than {@link MOST_PARTITIONS}
 */
export function expandPartitions(dataset: Dataset, moment: Date): Generator<ExpectedPartition> {
  const items = planItems(dataset, moment)
  const count = countItems(items)
  if (count > MOST_PARTITIONS)
    throw new ExpectationsError({
      subject: `dataset ${dataset.name}`,
      expected: `at most ${formatCount(MOST_PARTITIONS)} partitions`,
      got: formatCount(count),
      fix: 'expect fewer values, or leave some placeholders out of `expect`',
    })
  return expandItems(dataset, items)
}

/** Values of one placeholder, or of several that go together; one choice of each axis makes a partition. */
interface Axis {
  readonly count: number
  readonly has: (values: PartitionValues) => boolean
  readonly choices: () => Iterable<Choice>
}

interface Choice {
  readonly values: PartitionValues
  readonly start?: Date
  readonly end?: Date
}

const countItems = (items: readonly (readonly Axis[])[]): bigint =>
  items.reduce((sum, axes) => sum + axes.reduce((product, { count }) => product * BigInt(count), 1n), 0n)

function* expandItems(dataset: Dataset, items: readonly (readonly Axis[])[]): Generator<ExpectedPartition> {
  const { key } = dataset
  const isDate = (name: string): boolean => key.kinds.get(name) !== 'text'
  for (const [n, axes] of items.entries()) {
    const earlier = items.slice(0, n)
    for (const { values, start, end } of combine(axes)) {
      if (earlier.some(item => item.every(axis => axis.has(values)))) continue
      yield {
        partition: key.formatPartition(values),
        values: Object.fromEntries(key.names.map(name => [name, values[name] ?? ''])),
        key: key.renderKey(values),
        keyPrefix: key.renderPrefix(values),
        start,
        end,
        series: key.names.flatMap(name => (isDate(name) ? [] : [`${name}=${values[name]}`])).join('/'),
      }
    }
  }
}

/** Of several dates, the partition's time is what they share: it begins with the last, and has ended when all have. */
function* combine([axis, ...axes]: readonly Axis[]): Generator<Choice> {
  if (!axis) return yield { values: {} }
  for (const own of axis.choices())
    for (const other of combine(axes))
      yield {
        values: { ...own.values, ...other.values },
        start: latest(own.start, other.start),
        end: latest(own.end, other.end),
      }
}

const latest = (a: Date | undefined, b: Date | undefined): Date | undefined => (a && b && a < b ? b : (a ?? b))

function planItems({ expect, key, timeZone }: Dataset, moment: Date): Axis[][] {
  const clock = openLocalClock(timeZone)
  const effects = { moment, clock, now: clock.localOf(moment.getTime()), kinds: key.kinds }
  return expect.length === 0 ? [[]] : expect.map(item => planAxes(item, effects))
}

interface PlanEffects {
  readonly moment: Date
  readonly clock: LocalClock
  /** What the clock shows at the moment. */
  readonly now: number
  readonly kinds: ReadonlyMap<string, ValueKind>
}

/** Ranges of dates first: they are long, and needn't be made more than once. */
function planAxes({ values, rows }: ExpectedValues, effects: PlanEffects): Axis[] {
  const ranges: Axis[] = []
  const lists: Axis[] = []
  for (const [name, value] of values)
    if (value.kind === 'list')
      lists.push(
        planRows(
          [name],
          value.values.map(each => [each]),
          effects,
        ),
      )
    else {
      const plan = planDates(value, effects)
      ranges.push({
        count: plan.count,
        has: ({ [name]: text = '' }) => plan.has(text),
        *choices() {
          for (const { text, start, end } of plan.dates()) yield { values: { [name]: text }, start, end }
        },
      })
    }
  return [...ranges, ...(rows ? [planRows(rows.columns, rows.rows, effects)] : []), ...lists]
}

/** Of dates that are written down, those that had begun at the moment. */
function planRows(columns: readonly string[], rows: readonly (readonly string[])[], effects: PlanEffects): Axis {
  const wanted = rows.filter(row => planRow(columns, row, effects) !== undefined)
  let known: Set<string> | undefined
  return {
    count: wanted.length,
    has(values) {
      known ??= new Set(wanted.map(row => JSON.stringify(row)))
      return known.has(JSON.stringify(columns.map(name => values[name])))
    },
    *choices() {
      for (const row of wanted) {
        const choice = planRow(columns, row, effects)
        if (choice) yield choice
      }
    },
  }
}

function planRow(columns: readonly string[], row: readonly string[], effects: PlanEffects): Choice | undefined {
  let times: Omit<Choice, 'values'> = {}
  for (const [n, name] of columns.entries()) {
    const kind = effects.kinds.get(name) ?? 'text'
    if (kind === 'text') continue
    const text = row[n] ?? ''
    const own = findLocalTimes(text, kind, effects.clock)
    if (!own || text > formatLocalDate(serialOf(effects.now, kind), kind)) return undefined
    times = { start: latest(times.start, own.start), end: latest(times.end, own.end) }
  }
  return { values: Object.fromEntries(columns.map((name, n) => [name, row[n] ?? ''])), ...times }
}
