import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Engine, Params } from '../engine/engine.js'
import { RAW_KEY, REASON, ROW_NUMBER } from './reportTable.js'

/** A malformed row: where it stands, and what is wrong with it. */
export interface RejectedRow {
  /** URL of the data file. */
  readonly file: string
  /** The line of the unpacked CSV file, or the number of the row, from 1; missing where it could not be found. */
  readonly line?: number | undefined
  readonly reason: string
  /** The row's key as the file spells it, or the start of the line. */
  readonly text: string
}

export interface RejectedRows {
  readonly count: number
  /** The first of them. */
  readonly shown: readonly RejectedRow[]
}

/** How many rejected rows of a data file are told one by one. */
export const SHOWN_REJECTED = 20

/**
 * Collects the lines that DuckDB's CSV reader left out of the statement before, and forgets them.
 *
 * A line whose quote isn't closed takes the lines up to the next quote with it: each counts as a row lost.
 */
export async function takeRejectedLines(engine: Engine, file: string): Promise<RejectedRows> {
  if ((await engine.rows(`select 1 from duckdb_tables() where table_name = 'reject_errors'`)).length === 0)
    return { count: 0, shown: [] }
  const [total] = await engine.rows(
    `select coalesce(sum(1 + length(csv_line) - length(replace(csv_line, chr(10), ''))), 0)::bigint as lines
    from (select line, any_value(csv_line) as csv_line from reject_errors group by line)`,
  )
  const rows = await engine.rows(
    `select line, first(error_message order by column_idx) as reason, left(any_value(csv_line), 200) as text
    from reject_errors group by line order by line limit ${SHOWN_REJECTED}`,
  )
  await engine.run('drop table reject_errors; drop table reject_scans')
  const shown = rows.map(({ line, reason, text }) => ({
    file,
    line: Number(line),
    reason: String(reason).split('\n')[0] ?? '',
    text: String(text ?? ''),
  }))
  return { count: Number(total?.lines ?? 0), shown }
}

/**
 * The first rows with a reason, of a SELECT over a staged file: it is read once more for them.
 * @param csvPath the staged CSV file, to find their lines; not given for files whose rows have numbers
 */
export async function findRejectedRows(
  engine: Engine,
  { select, params }: { select: string; params: Params },
  { file, csvPath }: { file: string; csvPath?: string },
): Promise<RejectedRow[]> {
  const rows = await engine.rows(
    `select ${ROW_NUMBER} as line, ${REASON} as reason, coalesce(${RAW_KEY}, '') as text
    from (${select}) where ${REASON} is not null order by 1, 2, 3 limit ${SHOWN_REJECTED}`,
    params,
  )
  const shown = rows.map(({ line, reason, text }) => ({
    file,
    ...(line !== null && { line: Number(line) }),
    reason: String(reason),
    text: String(text),
  }))
  return csvPath === undefined ? shown : findLines(csvPath, shown)
}

/** Adds up what files had rejected; the first twenty in all are kept. */
export function addRejected(a: RejectedRows, b: RejectedRows): RejectedRows {
  return { count: a.count + b.count, shown: [...a.shown, ...b.shown].slice(0, SHOWN_REJECTED) }
}

/** Reads the file once more, up to the last of the rows: DuckDB numbers no lines, and rejected rows are rare. */
async function findLines(path: string, rows: readonly RejectedRow[]): Promise<RejectedRow[]> {
  const wanted = new Map<string, number | undefined>(rows.map(({ text }) => [text, undefined]))
  let missing = wanted.size
  let line = 0
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    const key = keyOfLine(text)
    if (!wanted.has(key) || wanted.get(key) !== undefined) continue
    wanted.set(key, line)
    if (--missing === 0) break
  }
  return rows.map(row => {
    const found = wanted.get(row.text)
    return found === undefined ? row : { ...row, line: found }
  })
}

/** The second value of a line of quoted values. Keys are URL-encoded in CSV reports: they hold no quotes. */
const keyOfLine = (line: string): string => /^"[^"]*","([^"]*)"/.exec(line)?.[1] ?? ''
