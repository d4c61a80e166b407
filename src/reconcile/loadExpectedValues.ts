import type { ErrorFacts } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'
import type { CsvTable } from './csvTable.js'
import type { DateRange, ExpectedValues, ValueList, ValueRows } from './expectations.js'
import type { ExpectationSettings } from './expectationsSchema.js'

export interface ExpectedValuesEffects {
  /** The table of a CSV file; `undefined` where there is none, or it can't be read, which was complained about. */
  readonly loadCsv: (file: string, path: readonly PropertyKey[]) => Promise<CsvTable | undefined>
  /** Tells what is wrong with the settings at a path. */
  readonly complain: (path: readonly PropertyKey[], facts: Omit<ErrorFacts, 'subject'>) => void
}

/**
 * One item of `expect`, with the values of its CSV files; each value and each row once, in the order of the file.
 * @param path where the item stands
 * @returns `undefined` where something was complained about
 */
export async function loadExpectedValues(
  settings: ExpectationSettings,
  path: readonly PropertyKey[],
  effects: ExpectedValuesEffects,
): Promise<ExpectedValues | undefined> {
  const { csv, ...own } = settings
  const values = new Map<string, ValueList | DateRange>()
  let isWhole = true
  for (const [name, value] of Object.entries(own)) {
    const loaded = await loadValue(value, [...path, name], effects)
    if (loaded) values.set(name, loaded)
    else isWhole = false
  }
  const rows = csv && (await loadRows(csv, [...path, 'csv'], effects))
  if (!isWhole || (csv && !rows)) return undefined
  const twice = rows?.columns.find(name => values.has(name))
  if (twice === undefined) return { values, rows }
  effects.complain([...path, 'csv'], { expected: `values of ${twice} once`, got: 'them here, too' })
  return undefined
}

async function loadValue(
  value: Exclude<ExpectationSettings[string], undefined>,
  path: readonly PropertyKey[],
  effects: ExpectedValuesEffects,
): Promise<ValueList | DateRange | undefined> {
  if (typeof value === 'string') return { kind: 'list', values: [value] }
  if (Array.isArray(value)) return { kind: 'list', values: [...new Set(value)] }
  if ('kind' in value) return value
  const rows = await loadRows({ file: value.csv, columns: [value.column] }, path, effects)
  return rows && { kind: 'list', values: rows.rows.map(([first = '']) => first) }
}

async function loadRows(
  { file, columns }: { file: string; columns: readonly string[] | Readonly<Record<string, string>> },
  path: readonly PropertyKey[],
  effects: ExpectedValuesEffects,
): Promise<ValueRows | undefined> {
  const table = await effects.loadCsv(file, path)
  if (!table) return undefined
  const names = Array.isArray(columns) ? columns.map(name => [name, name]) : Object.entries(columns)
  const places = names.map(([, column = '']) => table.columns.indexOf(column))
  const missing = places.indexOf(-1)
  if (missing >= 0) {
    const column = names[missing]?.[1] ?? ''
    effects.complain(path, {
      expected: `a column ${JSON.stringify(column)} in ${file}`,
      got: table.columns.join(', '),
      fix: formatSuggestion(column, table.columns),
    })
    return undefined
  }
  const rows = new Map<string, readonly string[]>()
  for (const { values } of table.rows) {
    const row = places.map(place => values[place] ?? '')
    rows.set(JSON.stringify(row), row)
  }
  return { columns: names.map(([name = '']) => name), rows: [...rows.values()] }
}
