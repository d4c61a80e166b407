import { isUtf8 } from 'node:buffer'

/** Whole lines of a segment, one after the other. */
export interface SegmentPiece {
  /** UTF-8, without the end of the last line. Lines that are no text are empty in it. Of the piece until it is released. */
  readonly bytes: Uint8Array
  /** The number of its first line, from 1. */
  readonly firstLine: number
  readonly lines: number
  /** Of them, those of nothing but their end. */
  readonly emptyLines: number
  /** Lines that the engine can't be given. */
  readonly unreadable: readonly UnreadableLine[]
  /** Lets its memory be used for another piece. */
  release(): void
}

export interface UnreadableLine {
  readonly line: number
  readonly reason: string
  /** What can be shown of it. */
  readonly text: string
}

/** So much is cut into lines at once, bytes: what it takes in the engine is some ten times as much. */
const PIECE_BYTES = 1_500_000

/** A longer line is no record: messages have a bound of their own, and what is no JSON is kept apart anyway. */
const LONGEST_LINE = 16_000_000

const LINE_END = 0x0a
const RETURN = 0x0d

/**
 * Cuts the bytes of a segment into pieces, without holding more than one of them, or one line that is longer, beside those
 * that aren't released.
 * @param bytes the last line may lack its end
 */
export async function* cutSegment(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SegmentPiece> {
  let firstLine = 1
  const spare: Buffer[] = []
  for await (const { room, end } of wholeLines(bytes, spare)) {
    const release = (): void => {
      if (room.length === ROOM_BYTES) spare.push(room)
    }
    const piece = { ...readPiece(room.subarray(0, end), firstLine), release }
    firstLine += piece.lines
    yield piece
  }
}

/** What a piece takes: its lines, and the beginning of the next one, which moves to the next piece; more where a chunk is larger. */
const ROOM_BYTES = PIECE_BYTES + 262_144

interface FilledRoom {
  readonly room: Buffer
  /** Where the whole lines in it end. */
  readonly end: number
}

/** Bytes that end with a line, of about a piece's size. What is left of a line that is too long is its beginning. */
async function* wholeLines(bytes: AsyncIterable<Uint8Array>, spare: Buffer[]): AsyncGenerator<FilledRoom> {
  const takeRoom = (needed: number): Buffer =>
    (needed <= ROOM_BYTES ? spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(Math.max(needed, ROOM_BYTES))
  let [room, held] = [takeRoom(0), 0]
  let isSkipping = false
  for await (const chunk of bytes) {
    let rest = chunk
    if (isSkipping) {
      const at = rest.indexOf(LINE_END)
      if (at < 0) continue
      rest = rest.subarray(at)
      isSkipping = false
    }
    if (held + rest.length > room.length) {
      const larger = takeRoom(Math.max(2 * held, held + rest.length))
      room.copy(larger, 0, 0, held)
      room = larger
    }
    room.set(rest, held)
    held += rest.length
    if (held < PIECE_BYTES) continue
    const end = room.lastIndexOf(LINE_END, held - 1) + 1
    isSkipping = end === 0 && held > LONGEST_LINE
    if (isSkipping) held = LONGEST_LINE + 1
    if (end === 0) continue
    const next = takeRoom(held - end)
    room.copy(next, 0, end, held)
    yield { room, end }
    held -= end
    room = next
  }
  if (held > 0) yield { room, end: held }
}

type ReadPiece = Omit<SegmentPiece, 'release'>

function readPiece(bytes: Buffer, firstLine: number): ReadPiece {
  const ended = bytes.at(-1) === LINE_END ? bytes.subarray(0, -1) : bytes
  // The engine would take NUL for the end of all of it.
  if (ended.length <= LONGEST_LINE && isUtf8(ended) && !ended.includes(0))
    return { bytes: ended, firstLine, ...countLines(ended), unreadable: [] }
  const unreadable: UnreadableLine[] = []
  const lines: Buffer[] = []
  for (const [i, line] of splitLines(ended).entries()) {
    const reason = reasonOf(line)
    lines.push(line.subarray(0, reason === undefined ? line.length : 0), NEXT_LINE)
    if (reason !== undefined)
      unreadable.push({
        line: firstLine + i,
        reason,
        text: line.subarray(0, SHOWN_BYTES).toString('utf8').replaceAll('\0', '\ufffd'),
      })
  }
  const left = Buffer.concat(lines.slice(0, -1))
  const { lines: count, emptyLines } = countLines(left)
  return { bytes: left, firstLine, lines: count, emptyLines: emptyLines - unreadable.length, unreadable }
}

const NEXT_LINE = Buffer.from([LINE_END])

const SHOWN_BYTES = 1_000_000

function reasonOf(line: Buffer): string | undefined {
  if (line.length > LONGEST_LINE) return `the line has more than ${LONGEST_LINE} bytes`
  if (!isUtf8(line)) return 'the line is no UTF-8'
  return line.includes(0) ? 'the line has a NUL' : undefined
}

function countLines(bytes: Buffer): Pick<SegmentPiece, 'lines' | 'emptyLines'> {
  let [lines, emptyLines, from] = [0, 0, 0]
  for (let at = bytes.indexOf(LINE_END); from <= bytes.length; at = bytes.indexOf(LINE_END, from)) {
    const end = at < 0 ? bytes.length : at
    lines++
    if (end === from || (end === from + 1 && bytes[from] === RETURN)) emptyLines++
    from = end + 1
  }
  return { lines, emptyLines }
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
