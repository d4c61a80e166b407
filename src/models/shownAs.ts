import { type Header, type HeaderLine, headerError, headerText } from './header.js'

/** How people see the rows of a report, as its header says; other formats have all columns and no chart. */
export interface ShownAs {
  readonly chart?: Chart
  /** Columns that are added up below a table: `-- totals: month_usd`. */
  readonly totals: readonly string[]
  /** Columns that are left out where no row has anything but NULL or 0 there: `-- quiet: sample_rate`. */
  readonly quiet: readonly string[]
  /** Columns that are for programs only: `-- data: from_days`. */
  readonly dataOnly: readonly string[]
  /** Headings, where those that names make don't serve: `-- titles: month_usd a month, first_value first`. */
  readonly titles: ReadonlyMap<string, string>
  /** What is said where there are no rows: `-- none: no folder NAME=VALUE/ holds objects`. */
  readonly none?: string
}

/** `-- chart: bar COLUMN`: a bar in each row; `-- chart: spark COLUMN by COLUMN`: a line for each value of the second. */
export type Chart =
  | { readonly kind: 'bar'; readonly column: string }
  | { readonly kind: 'spark'; readonly column: string; readonly by: string }

/** @throws {ModelError} with the line that can't be understood */
export const parseShownAs = (header: Header): ShownAs => {
  const chart = parseChart(header)
  const none = headerText(header, 'none')
  return {
    ...(chart && { chart }),
    totals: parseColumns(header, 'totals'),
    quiet: parseColumns(header, 'quiet'),
    dataOnly: parseColumns(header, 'data'),
    titles: new Map(parseTitles(header)),
    ...(none !== undefined && { none }),
  }
}

function parseChart(header: Header): Chart | undefined {
  const text = headerText(header, 'chart')
  if (text === undefined) return undefined
  const [, kind, column, by] = /^(bar|spark)\s+(\w+)(?:\s+by\s+(\w+))?$/.exec(text.trim()) ?? []
  if (column !== undefined && kind === 'bar' && by === undefined) return { kind, column }
  if (column !== undefined && kind === 'spark' && by !== undefined) return { kind, column, by }
  throw headerError(header, header.values.get('chart')?.[0], {
    expected: '"bar COLUMN" or "spark COLUMN by COLUMN"',
    got: JSON.stringify(text),
  })
}

/** `month_usd a month, first_value first` */
const parseTitles = (header: Header): [column: string, title: string][] =>
  listParts(header, 'titles').map(([at, text]) => {
    const [, column, title] = /^(\w+)\s+(.+)$/.exec(text) ?? []
    if (column !== undefined && title !== undefined) return [column, title]
    throw headerError(header, at, { expected: 'a column and its title, …', got: JSON.stringify(text) })
  })

const parseColumns = (header: Header, name: string): string[] =>
  listParts(header, name).map(([at, column]) => {
    if (/^\w+$/.test(column)) return column
    throw headerError(header, at, { expected: 'names of columns', got: JSON.stringify(column) })
  })

/** What stands between commas, with its line. */
const listParts = (header: Header, name: string): [at: HeaderLine, text: string][] =>
  (header.values.get(name) ?? []).flatMap(at =>
    at.text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '')
      .map((part): [HeaderLine, string] => [at, part]),
  )
