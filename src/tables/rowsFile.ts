import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { EXIT, NotFoundError, StocktakeError } from '../errors.js'

/** A file of rows that can't be read as what it is said to be. Nothing of it was taken. */
export class RowsFileError extends StocktakeError {
  override readonly exitCode = EXIT.refused
}

export interface FileLine {
  /** Counted from 1. */
  readonly line: number
  /** Without its LF, and without a byte order mark at the start of the file; a CR at the end is left. */
  readonly text: string
  /** Why the line can't be read; `text` is then what can be shown of it. */
  readonly fault?: string
}

/** What a row may take: the text is held as a whole, and so are its values. */
export const MAX_ROW_BYTES = 32 * 1024 * 1024

/**
 * Reads a text file in lines, unpacked if it is gzip, in bounded memory; an empty line at the end is none.
 * @returns the lines in order, some at a time
 * @throws {NotFoundError} for no such file
 * @throws {RowsFileError} for UTF-16, and for gzip that is cut or corrupt
 */
export async function* readLines(path: string): AsyncGenerator<readonly FileLine[]> {
  let line = 0
  let waiting: Buffer[] = []
  let waitingBytes = 0
  const finish = (end: Buffer): FileLine => {
    line++
    const found = lineOf(line, waiting, waitingBytes, end)
    waiting = []
    waitingBytes = 0
    return found
  }
  for await (const piece of readBytes(path)) {
    const lines: FileLine[] = []
    let at = 0
    for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, at)) {
      lines.push(finish(piece.subarray(at, end)))
      at = end + 1
    }
    const rest = piece.subarray(at)
    // Of a line that is too long the beginning is enough.
    if (waitingBytes <= MAX_ROW_BYTES && rest.length > 0) waiting.push(rest)
    waitingBytes += rest.length
    if (lines.length > 0) yield lines
  }
  if (waitingBytes > 0) yield [finish(Buffer.alloc(0))]
}

const LF = 10

function lineOf(line: number, waiting: readonly Buffer[], waitingBytes: number, end: Buffer): FileLine {
  const length = waitingBytes + end.length
  if (length > MAX_ROW_BYTES) {
    const text = (waiting[0] ?? end).toString('utf8', 0, SHOWN_BYTES)
    return { line, text, fault: `a line of ${length.toLocaleString('en')} bytes, at most ${MAX_TEXT} can be read` }
  }
  const bytes = waiting.length === 0 ? end : Buffer.concat([...waiting, end])
  const text = bytes.toString('utf8')
  return isUtf8(bytes) ? { line, text } : { line, text, fault: 'bytes that are no UTF-8' }
}

const SHOWN_BYTES = 1000
const MAX_TEXT = MAX_ROW_BYTES.toLocaleString('en')

/** The bytes without a byte order mark. */
async function* readBytes(path: string): AsyncGenerator<Buffer> {
  let isFirst = true
  for await (const piece of await openBytes(path)) {
    const mark = isFirst ? markBytes(piece, path) : 0
    isFirst = false
    yield piece.subarray(mark)
  }
}

function markBytes(piece: Buffer, path: string): number {
  if (piece.length >= 3 && piece.readUIntBE(0, 3) === 0xefbbbf) return 3
  const start = piece.length >= 2 ? piece.readUInt16BE(0) : 0
  if (start !== 0xfffe && start !== 0xfeff) return 0
  throw new RowsFileError({ subject: path, expected: 'UTF-8', got: 'UTF-16', fix: 'save it as UTF-8' })
}

/** Whether a file is gzip is in its first bytes; names may lie. */
async function openBytes(path: string): Promise<AsyncIterable<Buffer>> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new NotFoundError({ subject: path, expected: 'a file of rows', got: 'no such file', cause })
  })
  const start = Buffer.alloc(2)
  try {
    await file.read(start, 0, 2, 0)
  } catch (cause) {
    await file.close()
    throw new RowsFileError({ subject: path, expected: 'a file of rows', got: messageOf(cause), cause })
  }
  const bytes = file.createReadStream({ start: 0, highWaterMark: PIECE_BYTES })
  return start.readUInt16BE(0) === GZIP ? unpack(path, bytes) : bytes
}

const PIECE_BYTES = 1 << 20
const GZIP = 0x1f8b

async function* unpack(path: string, bytes: Readable): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES })
  bytes.on('error', error => gunzip.destroy(error))
  try {
    yield* bytes.pipe(gunzip)
  } catch (cause) {
    throw new RowsFileError({ subject: path, expected: 'gzip that is whole', got: messageOf(cause), cause })
  } finally {
    bytes.destroy()
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
