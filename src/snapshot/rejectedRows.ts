import { createReadStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Engine } from '../engine/engine.js'
import { RAW_KEY, REASON, ROW_NUMBER } from './reportTable.js'
import type { StagedRows } from './snapshotSource.js'

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
    `select coalesce(sum(1 + length(text) - length(replace(text, chr(10), ''))), 0)::bigint as lines
    from (select any_value(text) as text from (${TOLD_LINES}) group by line)`,
  )
  const rows = await engine.rows(
    `select line, first(error_message order by column_idx) as reason, left(any_value(text), 200) as text
    from (${TOLD_LINES}) group by line order by line limit ${SHOWN_REJECTED}`,
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

/** What was wrong with lines. Where they end as those of Windows, DuckDB begins one with the line feed of the one before. */
const TOLD_LINES = `
  select line, column_idx, error_message,
    case when newline_delimiter = '\\r\\n' and starts_with(csv_line, chr(10)) then csv_line[2:] else csv_line end as text
  from reject_errors join reject_scans using (scan_id, file_id)`

/** The first rows with a reason, of a staged file: it is read once more for them. */
export async function findRejectedRows(engine: Engine, source: StagedRows): Promise<RejectedRow[]> {
  const rows = await engine.rows(
    `select ${ROW_NUMBER} as line, ${REASON} as reason, coalesce(${RAW_KEY}, '') as text
    from (${source.select(source.path)}) where ${REASON} is not null order by 1, 2, 3 limit ${SHOWN_REJECTED}`,
    source.params,
  )
  const shown = rows.map(({ line, reason, text }) => ({
    file: source.url,
    ...(line !== null && { line: Number(line) }),
    reason: String(reason),
    text: String(text),
  }))
  return source.isNumbered ? shown : findLines(shown, source, engine)
}

/** Adds up what files had rejected; the first twenty in all are kept. */
export function addRejected(a: RejectedRows, b: RejectedRows): RejectedRows {
  return { count: a.count + b.count, shown: [...a.shown, ...b.shown].slice(0, SHOWN_REJECTED) }
}

/** A key may be in many rows, good ones too: so many lines are looked at, and the rest is told without its line. */
const MOST_CANDIDATES = 500

/** Reads the file up to the last of the rows: DuckDB numbers no lines, and rejected rows are rare. */
async function findLines(rows: readonly RejectedRow[], source: StagedRows, engine: Engine): Promise<RejectedRow[]> {
  const found: RejectedRow[] = [...rows]
  const keys = new Set(rows.map(({ text }) => text))
  let line = 0
  let candidates = 0
  const lines = createInterface({ input: createReadStream(source.path), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const text of lines) {
    line++
    const key = keyOfLine(text)
    if (!keys.has(key)) continue
    const reason = await judgeLine(text, source, engine)
    const place = found.findIndex(row => row.line === undefined && row.text === key && row.reason === reason)
    const row = found[place]
    if (row) found[place] = { ...row, line }
    if (++candidates === MOST_CANDIDATES || found.every(row => row.line !== undefined)) break
  }
  return found
}

/** What is wrong with one line, by the SQL that reads all of them. */
async function judgeLine(text: string, source: StagedRows, engine: Engine): Promise<string | undefined> {
  const path = `${source.path}.line`
  await writeFile(path, `${text}\n`)
  const [row] = await engine.rows(`select ${REASON} as reason from (${source.select(path)})`, source.params)
  await rm(path)
  return typeof row?.reason === 'string' ? row.reason : undefined
}

/** The second value of a line of quoted values. Keys are URL-encoded in CSV reports: they hold no quotes. */
const keyOfLine = (line: string): string => /^"[^"]*","([^"]*)"/.exec(line)?.[1] ?? ''
