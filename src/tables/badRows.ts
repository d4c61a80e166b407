import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'

/** A row that a table doesn't take. */
export interface BadRow {
  /** Of the file, on which the row begins, from 1; in Parquet the row. */
  readonly line: number
  /** All that is wrong with it, with '; ' between. */
  readonly reason: string
  /** As it is in the file; of Parquet as JSON. */
  readonly row: string
}

/** Bad rows of one file, kept as JSON lines: `{"line":3,"reason":"…","row":"…"}`, with `file` first if it is named. */
export interface BadRows {
  readonly path: string
  readonly count: number
  /** The first of them. */
  readonly first: readonly Omit<BadRow, 'row'>[]
}

/** How many bad rows are told one by one. */
export const SHOWN_ROWS = 5

/** Bad rows that are being written. */
export interface BadRowsWriter {
  readonly add: (row: BadRow) => Promise<void>
  readonly close: () => Promise<BadRows>
}

/**
 * Opens a new file for bad rows; they are written in the order in which they are added, some megabytes at a time.
 * @param name what the person calls the file that they are of, where that isn't clear
 */
export async function openBadRows(path: string, name?: string): Promise<BadRowsWriter> {
  const file = await open(path, 'wx')
  const first: Omit<BadRow, 'row'>[] = []
  let count = 0
  let waiting: string[] = []
  let length = 0
  const flush = async () => {
    await file.appendFile(waiting.join(''))
    waiting = []
    length = 0
  }
  return {
    async add({ line, reason, row }) {
      if (count++ < SHOWN_ROWS) first.push({ line, reason })
      const text = `${JSON.stringify({ ...(name !== undefined && { file: name }), line, reason, row })}\n`
      waiting.push(text)
      length += text.length
      if (length > FLUSH_LENGTH) await flush()
    },
    async close() {
      try {
        await flush()
      } finally {
        await file.close()
      }
      return { path, count, first }
    },
  }
}

const FLUSH_LENGTH = 1_000_000

/** Texts one after the other in a file, which are found again by their number. */
export interface SpooledTexts {
  readonly file: FileHandle
  /** Where each ends, bytes. */
  readonly ends: number[]
}

/** Adds texts at the end. */
export async function spoolTexts({ file, ends }: SpooledTexts, texts: readonly string[]): Promise<void> {
  let end = ends.at(-1) ?? 0
  for (const text of texts) {
    end += Buffer.byteLength(text)
    ends.push(end)
  }
  await file.appendFile(texts.join(''))
}

/** The text of a number, from 0. */
export async function readSpooled({ file, ends }: SpooledTexts, n: number): Promise<string> {
  const start = ends[n - 1] ?? 0
  const bytes = Buffer.alloc((ends[n] ?? start) - start)
  await file.read(bytes, 0, bytes.length, start)
  return bytes.toString('utf8')
}
