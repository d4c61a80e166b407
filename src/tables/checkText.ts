import type { FileHandle } from 'node:fs/promises'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { quotePath, quoteString } from '../engine/sqlText.js'
import { type CheckTarget, checkSql, type GivenColumn } from './checkSql.js'
import type { TextRow } from './textRow.js'
import { textValueSql } from './textValueSql.js'

/** What was found of the rows of a text. */
export interface CheckedText {
  readonly rows: number
  readonly badRows: number
  /** Parquet files with what `checkSql` gives. */
  readonly parts: readonly string[]
  /** A file for {@link stagedTexts} with line, reason, row. */
  readonly badFile: string
  /** Of the longest row in it. */
  readonly badRowBytes: number
}

/** About this much text is checked at a time, while the next is read. */
const PART_LENGTH = 16_000_000

/**
 * Checks rows of text, a part after the other: in flat memory, and with as much room in the folder as the typed rows take.
 * @param folder an empty one, where the files that are returned are
 */
export async function checkText(
  rows: AsyncIterable<readonly TextRow[]>,
  target: CheckTarget,
  folder: string,
  engine: Engine,
): Promise<CheckedText> {
  const bad = await openTexts(join(folder, 'bad.csv'))
  const parts: string[] = []
  let [rowCount, badRows] = [0, 0]
  let checking: Promise<void> = Promise.resolve()
  const check = async (part: readonly TextRow[]) => {
    rowCount += part.length
    const staged = join(folder, `staged-${parts.length}.csv`)
    const path = join(folder, `part-${parts.length}.parquet`)
    parts.push(path)
    const longest = await writeTexts(staged, part, target)
    await checking
    checking = checkPart(staged, longest, path, target, engine).then(async found => {
      badRows += found.length
      await writeBad(bad, found, part)
    })
    checking.catch(() => {}) // awaited later
  }
  try {
    for await (const part of gatherParts(rows)) await check(part)
    await checking
  } finally {
    await checking.catch(() => {})
    await bad.file.close()
  }
  return { rows: rowCount, badRows, parts, badFile: bad.path, badRowBytes: bad.longestBytes }
}

async function* gatherParts(rows: AsyncIterable<readonly TextRow[]>): AsyncGenerator<TextRow[]> {
  let part: TextRow[] = []
  let length = 0
  for await (const some of rows)
    for (const row of some) {
      part.push(row)
      length += row.raw.length + 100
      if (length < PART_LENGTH) continue
      yield part
      part = []
      length = 0
    }
  if (part.length > 0) yield part
}

interface OpenTexts {
  readonly path: string
  readonly file: FileHandle
  longestBytes: number
}

const openTexts = async (path: string): Promise<OpenTexts> => ({ path, file: await open(path, 'wx'), longestBytes: 0 })

async function writeTexts(path: string, rows: readonly TextRow[], { schema }: CheckTarget): Promise<number> {
  const texts = await openTexts(path)
  try {
    await appendTexts(texts, rows, ({ line, faults, values }) => [
      String(line),
      faults.length === 0 ? undefined : faults.join('; '),
      ...schema.fields.map((_, i) => values[i]),
    ])
  } finally {
    await texts.file.close()
  }
  return texts.longestBytes
}

/** Writes at most some megabytes at once. */
async function appendTexts<T>(
  texts: OpenTexts,
  rows: readonly T[],
  format: (row: T) => readonly (string | undefined)[],
): Promise<void> {
  let waiting: string[] = []
  let length = 0
  const flush = async () => {
    await texts.file.appendFile(waiting.join(''))
    waiting = []
    length = 0
  }
  for (const row of rows) {
    const text = `${format(row).map(quoteField).join(',')}\n`
    texts.longestBytes = Math.max(texts.longestBytes, text.length * 3) // at most, in UTF-8
    waiting.push(text)
    length += text.length
    if (length > FLUSH_LENGTH) await flush()
  }
  await flush()
}

const FLUSH_LENGTH = 4_000_000

const quoteField = (text: string | undefined): string =>
  text === undefined ? '' : text.includes('"') ? `"${text.replaceAll('"', '""')}"` : `"${text}"`

/** Reads what was written as texts in quotes; what isn't in quotes is NULL. */
export function stagedTexts(
  path: string,
  columns: readonly (readonly [name: string, type: string])[],
  longestBytes: number,
): string {
  const types = columns.map(([name, type]) => `${quoteString(name)}: ${quoteString(type)}`)
  const lineBytes = longestBytes + 1000
  return `read_csv(${quotePath(path)}, auto_detect=false, header=false, delim=',', quote='"', escape='"', nullstr='',
    allow_quoted_nulls=false, new_line='\\n', parallel=false, max_line_size=${lineBytes},
    buffer_size=${Math.max(4_000_000, lineBytes * 2)}, columns={${types.join(', ')}})`
}

async function checkPart(
  staged: string,
  longestBytes: number,
  path: string,
  target: CheckTarget,
  engine: Engine,
): Promise<BadRow[]> {
  const { fields } = target.schema
  const columns = fields.map(({ name, type }, i): [string, GivenColumn] => [
    name,
    {
      given: `c${i}`,
      read: given => textValueSql(type, given),
      isTold: given => `starts_with(${given}, '!')`,
    },
  ])
  const from = stagedTexts(
    staged,
    [['line', 'BIGINT'], ['told', 'VARCHAR'], ...fields.map((_, i): [string, string] => [`c${i}`, 'VARCHAR'])],
    longestBytes,
  )
  await engine.run(
    `copy (${checkSql({ from, line: 'line', told: 'told' }, new Map(columns), target)})
    to ${quoteString(path)} (format parquet, compression snappy, row_group_size 20480)`,
  )
  await rm(staged)
  const found = await engine.rows(
    `select line, reason from read_parquet(${quotePath(path)}) where reason is not null order by line`,
  )
  return found.map(({ line, reason }) => ({ line: Number(line), reason: String(reason) }))
}

interface BadRow {
  readonly line: number
  readonly reason: string
}

async function writeBad(bad: OpenTexts, found: readonly BadRow[], part: readonly TextRow[]): Promise<void> {
  if (found.length === 0) return
  const raws = new Map(part.map(({ line, raw }) => [line, raw]))
  await appendTexts(bad, found, ({ line, reason }) => [String(line), reason, raws.get(line) ?? ''])
}
