import { isUtf8 } from 'node:buffer'

/** Whole lines of a segment, one after the other. */
export interface SegmentPiece {
  /** Lines that are no text are empty in it. */
  readonly text: string
  /** The number of its first line, from 1. */
  readonly firstLine: number
  readonly lines: number
  /** Lines that the engine can't be given. */
  readonly unreadable: readonly UnreadableLine[]
}

export interface UnreadableLine {
  readonly line: number
  readonly reason: string
  /** What can be shown of it. */
  readonly text: string
}

/** So much is parsed at once, bytes: what it takes in the engine is some ten times as much. */
const PIECE_BYTES = 4_000_000

/** A longer line is no record: messages have a bound of their own, and what is no JSON is kept apart anyway. */
const LONGEST_LINE = 16_000_000

const LINE_END = 0x0a

/**
 * Cuts the bytes of a segment into pieces, without holding more than one of them, or one line that is longer.
 * @param bytes the last line may lack its end
 */
export async function* cutSegment(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SegmentPiece> {
  let firstLine = 1
  for await (const part of wholeLines(bytes)) {
    const piece = readPiece(part, firstLine)
    firstLine += piece.lines
    yield piece
  }
}

/** Bytes that end with a line, of about a piece's size. What is left of a line that is too long is its beginning. */
async function* wholeLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let [held, heldBytes]: [Uint8Array[], number] = [[], 0]
  let isSkipping = false
  for await (const chunk of bytes) {
    let rest = chunk
    if (isSkipping) {
      const at = rest.indexOf(LINE_END)
      if (at < 0) continue
      rest = rest.subarray(at)
      isSkipping = false
    }
    held.push(rest)
    heldBytes += rest.length
    if (heldBytes < PIECE_BYTES) continue
    const all = Buffer.concat(held)
    const end = all.lastIndexOf(LINE_END) + 1
    if (end > 0) yield all.subarray(0, end)
    isSkipping = end === 0 && all.length > LONGEST_LINE
    const left = isSkipping ? all.subarray(0, LONGEST_LINE + 1) : Buffer.from(all.subarray(end))
    held = [left]
    heldBytes = left.length
  }
  if (heldBytes > 0) yield Buffer.concat(held)
}

function readPiece(bytes: Buffer, firstLine: number): SegmentPiece {
  const ended = bytes.at(-1) === LINE_END ? bytes.subarray(0, -1) : bytes
  // The engine would take NUL for the end of all of it.
  if (ended.length <= LONGEST_LINE && isUtf8(ended) && !ended.includes(0)) {
    const text = ended.toString('utf8')
    return { text, firstLine, lines: countLines(ended), unreadable: [] }
  }
  const unreadable: UnreadableLine[] = []
  const texts: string[] = []
  for (const [i, line] of splitLines(ended).entries()) {
    const reason = reasonOf(line)
    texts.push(reason === undefined ? line.toString('utf8') : '')
    if (reason !== undefined)
      unreadable.push({
        line: firstLine + i,
        reason,
        text: line.subarray(0, SHOWN_BYTES).toString('utf8').replaceAll('\0', '\ufffd'),
      })
  }
  return { text: texts.join('\n'), firstLine, lines: texts.length, unreadable }
}

const SHOWN_BYTES = 1_000_000

function reasonOf(line: Buffer): string | undefined {
  if (line.length > LONGEST_LINE) return `the line has more than ${LONGEST_LINE} bytes`
  if (!isUtf8(line)) return 'the line is no UTF-8'
  return line.includes(0) ? 'the line has a NUL' : undefined
}

function countLines(bytes: Buffer): number {
  let lines = 1
  for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) lines++
  return lines
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, from)) {
    lines.push(bytes.subarray(from, at))
    from = at + 1
  }
  lines.push(bytes.subarray(from))
  return lines
}
