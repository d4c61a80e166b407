import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { quotePath, quoteString } from '../engine/sqlText.js'
import { type BadRowsWriter, readSpooled, type SpooledTexts, spoolTexts } from './badRows.js'
import { type CheckTarget, checkSql, type GivenColumn } from './checkSql.js'
import type { TextRow } from './textRow.js'
import { textValueSql } from './textValueSql.js'

/** What was found of the rows of a text. */
export interface CheckedText {
  readonly rows: number
  /** Parquet files with what `checkSql` gives. */
  readonly parts: readonly string[]
}

/** About this much text is checked at a time, while the next is read. */
const PART_LENGTH = 16_000_000

/**
 * Checks rows of text, a part after the other: in flat memory, and with as much room in the folder as the typed rows take.
 * @param folder an empty one, where the files that are returned are
 * @param bad gets the bad ones, in order
 */
export async function checkText(
  rows: AsyncIterable<readonly TextRow[]>,
  target: CheckTarget,
  folder: string,
  bad: BadRowsWriter,
  engine: Engine,
): Promise<CheckedText> {
  const parts: string[] = []
  let rowCount = 0
  let part: Part | undefined
  let checking: Promise<void> = Promise.resolve()
  const check = async (staged: Part) => {
    await checking
    part = undefined
    const path = join(folder, `part-${parts.length}.parquet`)
    parts.push(path)
    checking = checkPart(staged, path, target, bad, engine)
    checking.catch(() => {}) // awaited later
  }
  try {
    for await (const some of rows) {
      rowCount += some.length
      if (some.length === 0) continue
      part ??= await openPart(join(folder, `staged-${parts.length}`))
      await stageRows(part, some, target)
      if (part.length >= PART_LENGTH) await check(part)
    }
    if (part) await check(part)
    await checking
  } finally {
    await checking.catch(() => {})
    await part?.raws.file.close()
  }
  return { rows: rowCount, parts }
}

/** Rows that wait in files for being checked: memory would be held twice by texts, here and in the engine. */
interface Part {
  /** Their values, for the engine. */
  readonly path: string
  /** The rows as they are in the file. */
  readonly raws: SpooledTexts
  readonly rawPath: string
  /** Of each row, ascending. */
  readonly lines: number[]
  length: number
  longestBytes: number
}

async function openPart(base: string): Promise<Part> {
  const [path, rawPath] = [`${base}.csv`, `${base}.raw`]
  return { path, rawPath, raws: { file: await open(rawPath, 'wx+'), ends: [] }, lines: [], length: 0, longestBytes: 0 }
}

/** Writes at most some megabytes at once. */
async function stageRows(part: Part, rows: readonly TextRow[], { schema }: CheckTarget): Promise<void> {
  const file = await open(part.path, 'a')
  try {
    let from = 0
    let texts: string[] = []
    let length = 0
    for (const [i, row] of rows.entries()) {
      const text = formatRow(row, schema.fields.length)
      part.lines.push(row.line)
      part.longestBytes = Math.max(part.longestBytes, text.length * 3) // at most, in UTF-8
      texts.push(text)
      length += text.length
      if (length < FLUSH_LENGTH && i < rows.length - 1) continue
      await file.appendFile(texts.join(''))
      await spoolTexts(
        part.raws,
        rows.slice(from, i + 1).map(({ raw }) => raw),
      )
      part.length += length
      from = i + 1
      texts = []
      length = 0
    }
  } finally {
    await file.close()
  }
}

const FLUSH_LENGTH = 4_000_000

function formatRow({ line, faults, values }: TextRow, width: number): string {
  const told = faults.length === 0 ? undefined : faults.join('; ')
  const fields = [String(line), told, ...Array.from({ length: width }, (_, i) => values[i])]
  return `${fields.map(quoteField).join(',')}\n`
}

const quoteField = (text: string | undefined): string =>
  text === undefined ? '' : text.includes('"') ? `"${text.replaceAll('"', '""')}"` : `"${text}"`

/** Reads what was written as texts in quotes; what isn't in quotes is NULL. */
function stagedTexts(path: string, columns: readonly (readonly [name: string, type: string])[], longestBytes: number) {
  const types = columns.map(([name, type]) => `${quoteString(name)}: ${quoteString(type)}`)
  const lineBytes = longestBytes + 1000
  return `read_csv(${quotePath(path)}, auto_detect=false, header=false, delim=',', quote='"', escape='"', nullstr='',
    allow_quoted_nulls=false, new_line='\\n', parallel=false, max_line_size=${lineBytes},
    buffer_size=${Math.max(4_000_000, lineBytes * 2)}, columns={${types.join(', ')}})`
}

async function checkPart(
  part: Part,
  path: string,
  target: CheckTarget,
  bad: BadRowsWriter,
  engine: Engine,
): Promise<void> {
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
    part.path,
    [['line', 'BIGINT'], ['told', 'VARCHAR'], ...fields.map((_, i): [string, string] => [`c${i}`, 'VARCHAR'])],
    part.longestBytes,
  )
  try {
    await engine.run(
      `copy (${checkSql({ from, line: 'line', told: 'told' }, new Map(columns), target)})
      to ${quoteString(path)} (format parquet, compression snappy, row_group_size 20480)`,
    )
    await rm(part.path)
    await addBad(part, path, bad, engine)
  } finally {
    await part.raws.file.close()
  }
  await rm(part.rawPath)
}

async function addBad({ lines, raws }: Part, path: string, bad: BadRowsWriter, engine: Engine): Promise<void> {
  const found = await engine.query(
    `select line, reason from read_parquet(${quotePath(path)}) where reason is not null order by line`,
  )
  let n = 0
  for await (const { line, reason } of found.rows) {
    while ((lines[n] ?? Number.POSITIVE_INFINITY) < Number(line)) n++
    await bad.add({ line: Number(line), reason: String(reason), row: await readSpooled(raws, n) })
  }
}
