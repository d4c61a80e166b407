import { z } from 'zod'
import { isName, NAME_RULE } from '../config/schema.js'
import {
  choice,
  duration,
  flag,
  formatJsonSchema,
  mapping,
  mappingOf,
  matching,
  or,
  orNone,
  percent,
  quantity,
  size,
  text,
  whole,
} from '../config/settingTypes.js'
import { UsageError } from '../errors.js'
import { DATE_RULE, parseDateBound, refineDateRange } from './dateBound.js'
import { GAP_KINDS, type GapKind, PRIORITIES } from './expectations.js'
import { isTimeZone } from './localClock.js'

const TEXT_RULE = 'text, in quotes where it looks like a number'
const words = () => text(TEXT_RULE)
const listOf = <T extends z.ZodType>(item: T, expected: string) => z.array(item, expected).min(1, expected)
const oneOrMore = (expected: string) => z.union([words(), listOf(words(), expected)], expected)

const ZONE_RULE = 'the name of a time zone, such as UTC or America/New_York'
const timeZone = () => z.string(ZONE_RULE).refine(isTimeZone, ZONE_RULE)

const dateBound = () => quantity(DATE_RULE, parseDateBound)

const dateRange = mapping({
  from: dateBound().describe('the first'),
  to: dateBound().describe('the last; what begins after the bucket was looked at is never expected'),
  every: or(choice(['day', 'weekday', 'hour', 'month']), 'day').describe(
    'what is counted; weekday is Monday to Friday',
  ),
  except: or(
    z.array(
      z.union(
        [dateBound(), mapping({ from: dateBound().describe('the first'), to: dateBound().describe('the last') })],
        DATE_RULE,
      ),
      'a list of dates',
    ),
    [],
  ).describe('dates, and ranges of them, that are not expected'),
})
  .transform(({ except, ...range }) => ({
    kind: 'dates' as const,
    ...range,
    except: except.map(each => ('kind' in each ? { from: each, to: each } : each)),
  }))
  .superRefine(refineDateRange)

const csvColumn = mapping({
  csv: text().describe('a CSV file with a line of names; relative to this file'),
  column: text().describe('each of its values once'),
})

const VALUES_RULE = 'text (in quotes where it looks like a number), a list of texts, {csv, column} or {from, to}'
const expectedValue = z
  .union([words(), listOf(words(), 'a list of texts'), csvColumn, dateRange], VALUES_RULE)
  .describe('the values of the placeholder of that name')

const csvRows = mapping({
  file: text().describe('a CSV file with a line of names; relative to this file'),
  columns: z
    .union([listOf(text(), 'a list of columns'), mappingOf(text())], 'a list of columns, or a mapping of them')
    .describe('columns that are named as placeholders are, or placeholder: column'),
})

const expectation = z
  .object({ csv: orNone(csvRows).describe('values that go together, row by row') }, 'a mapping of placeholders')
  .catchall(expectedValue)

const RATIO_RULE = 'a percentage such as 50%'
const ratio = () =>
  quantity(RATIO_RULE, value => {
    const [, amount] = /^\s*(\d{1,6}(?:\.\d+)?)\s*%\s*$/.exec(value) ?? []
    if (amount === undefined)
      throw new UsageError({ subject: 'ratio', expected: RATIO_RULE, got: JSON.stringify(value) })
    return Number(amount) / 100
  })

interface Range {
  readonly min?: number
  readonly max?: number
}

const inOrder = <T extends z.ZodType<Range>>(schema: T): T =>
  schema.refine(({ min, max }) => min === undefined || max === undefined || min <= max, {
    message: 'max not below min',
    path: ['max'],
  })

const limits = (amount: () => z.ZodType<number, unknown>) =>
  inOrder(mapping({ min: orNone(amount()).describe('at least'), max: orNone(amount()).describe('at most') }))

const ofMedian = inOrder(
  mapping({
    min: orNone(ratio()).describe('at least'),
    max: orNone(ratio()).describe('at most'),
    over: or(whole(2, 1000), 14).describe('how many before it'),
  }),
)

const limitsWithMedian = (amount: () => z.ZodType<number, unknown>) =>
  inOrder(
    mapping({
      min: orNone(amount()).describe('at least'),
      max: orNone(amount()).describe('at most'),
      of_median: orNone(ofMedian).describe('against the median of so many partitions before it'),
    }),
  ).transform(({ of_median, ...rest }) => ({ ...rest, ofMedian: of_median }))

/** What a person would mend by making objects again. */
const MENDED_KINDS: GapKind[] = ['missing', 'incomplete', 'too_small', 'zero_byte', 'companion_missing']

const VARIABLE_RULE = 'the name of a variable: letters, digits and "_"'
const variable = () => matching(/^[A-Za-z_][A-Za-z0-9_]*$/, VARIABLE_RULE)
const ARGUMENT_RULE = 'text without NUL, in quotes where it looks like a number'
const argument = () => z.string(ARGUMENT_RULE).refine(value => !value.includes('\0'), ARGUMENT_RULE)
const RUN_RULE = 'a list of texts: a program and its arguments'

const task = mapping({
  run: listOf(argument(), RUN_RULE)
    .refine(([program]) => program !== '' && !/[{}]/.test(program ?? ''), 'a program, without placeholders, at first')
    .describe('a program and its arguments, which may have placeholders; no shell'),
  per: orNone(oneOrMore('a placeholder, or a list of them')).describe('gaps that have these in common become one task'),
  kinds: or(listOf(choice(GAP_KINDS), 'a list of kinds of gaps'), MENDED_KINDS).describe('the gaps that it mends'),
  pass_env: or(z.array(variable(), 'a list of names'), []).describe('variables that are passed on'),
  env: or(z.record(variable(), argument(), 'a mapping of variables'), {}).describe('variables of its own'),
  cwd: orNone(text()).describe('where it runs; relative to this file'),
  timeout: or(duration(), '10m').describe('how long one try may take'),
  retries: or(whole(0, 100), 2).describe('more tries in one run'),
  at_most: or(whole(1, 1_000_000), 1000).describe('open tasks; gaps beyond these wait'),
})

const CLASS_RULE = 'a storage class such as STANDARD_IA'
const COMPANION_RULE = 'a key with {stem} or {key}, such as {stem}.xmp'
const isCompanion = (value: string): boolean =>
  value !== '{key}' && /^[^{}]*\{(?:stem|key)\}[^{}]*$/.test(value) && !value.endsWith('/')

const dataset = mapping({
  connector: orNone(text()).describe('may be left out where stocktake.yaml has exactly one'),
  key: orNone(words()).describe('how keys are spelled: raw/{season}/{date:yyyy-MM-dd}.json'),
  stream: orNone(text()).describe('a stream of stocktake.yaml, instead of a key; it may have freshness and weight'),
  time_zone: orNone(timeZone()).describe('whose days and hours the dates are'),
  weight: or(whole(1, 10), 5).describe('how much it matters'),
  expect: orNone(
    z.union([expectation, z.array(expectation, 'a list')], 'a mapping of placeholders, or a list of them'),
  ).describe('which values the placeholders of its key should have: every combination of those in a mapping'),
  partition: or(
    mapping({ objects: or(limitsWithMedian(whole), {}), bytes: or(limitsWithMedian(size), {}) }),
    {},
  ).describe('of each partition'),
  total: or(mapping({ objects: or(limits(whole), {}), bytes: or(limits(size), {}) }), {}).describe('of the dataset'),
  freshness: orNone(duration()).describe('how old the newest object may be, or the last record of a stream'),
  allow_zero_byte: or(flag(), false).describe('whether objects without bytes are fine'),
  storage_classes: orNone(listOf(matching(/^[A-Z][A-Z0-9_]*$/, CLASS_RULE), 'a list of storage classes')).describe(
    'which ones objects may have',
  ),
  allow_unexpected: or(flag(), true).describe("whether other keys under the key's prefix are fine"),
  companions: or(z.array(z.string(COMPANION_RULE).refine(isCompanion, COMPANION_RULE), 'a list of keys'), []).describe(
    'what is beside each object: {stem} is its key without the extension, {key} all of it',
  ),
  task: orNone(task).describe('what mends its gaps'),
})

const priority = mapping({
  priority: choice(PRIORITIES).describe('of gaps for which all of this holds'),
  kinds: orNone(listOf(choice(GAP_KINDS), 'a list of kinds of gaps')).describe('of these kinds'),
  datasets: orNone(listOf(text(), 'a list of datasets')).describe('of these datasets'),
  weight: orNone(whole(1, 10)).describe('of datasets of that weight or more'),
  older_than: orNone(duration()).describe('since the time of the partition ended, or the gap was first seen'),
  newer_than: orNone(duration()).describe('likewise'),
  missing_share: orNone(percent()).describe("at least that share of the dataset's partitions is missing"),
})

/** data_inventory.yaml: every key, and no other. What comes out has all defaults, and quantities as numbers. */
export const expectationsSchema = mapping({
  time_zone: or(timeZone(), 'UTC').describe('whose days and hours the dates of keys are'),
  // A file that is empty, as one that is being written, would resolve every gap: what expects nothing says so by {}.
  datasets: z
    .record(z.string().refine(isName, NAME_RULE), dataset, 'a mapping of names, {} for none')
    .describe('what should be there'),
  priorities: orNone(z.array(priority, 'a list')).describe('the first that holds for a gap is its priority'),
  tasks: or(
    mapping({
      concurrency: or(whole(1, 64), 2).describe('how many run at once'),
      quarantine_after: or(whole(1, 1000), 3).describe('runs that have not helped'),
    }),
    {},
  ),
})

export type ExpectationsSettings = z.output<typeof expectationsSchema>
export type DatasetSettings = z.output<typeof dataset>
export type ExpectationSettings = z.output<typeof expectation>
export type TaskSettings = z.output<typeof task>
export type PrioritySettings = z.output<typeof priority>

/** The JSON schema of data_inventory.yaml, for editors: the text of config/data_inventory.schema.json. */
export const formatExpectationsSchema = (): string =>
  formatJsonSchema(expectationsSchema, {
    title: 'data_inventory.yaml',
    description: 'What should be in the buckets that Stocktake takes stock of',
  })
