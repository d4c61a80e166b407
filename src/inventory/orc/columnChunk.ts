import type { OrcColumn } from './footer.js'
import { IntegerReader } from './integerRunLength.js'
import { OrcUnsupportedError } from './orcError.js'
import type { OrcStream } from './orcStream.js'
import type { ColumnEncoding, StreamKind } from './stripeFooter.js'

/**
 * A value of a column: `bigint` for the integer kinds; for timestamps `bigint` too, microseconds since 1970 UTC;
 * `boolean`; `string` for STRING, VARCHAR and CHAR (as written, with any padding); `null` where there is none.
 */
export type OrcValue = string | bigint | boolean | null

/** Reads the values of one column of one stripe, some at a time. */
export interface ValueReader<T extends OrcValue> {
  /** The next `count` values. @throws {OrcError} if the column has fewer, or values that can't be */
  next(count: number): Promise<readonly T[]>
  /** @throws {OrcError} if the column has more values than were read */
  finish(): Promise<void>
}

/** One column's part of a stripe, unread. */
export interface ColumnChunk {
  readonly column: OrcColumn
  readonly encoding: ColumnEncoding
  /** Empty where the writer gave none. */
  readonly writerTimezone: string
  /** The most values that are asked for at once. */
  readonly capacity: number
  readonly budget: TextBudget
  /** Which column of which file, for errors. */
  readonly place: string
  has(kind: StreamKind): boolean
  /** The stream; an empty one where the stripe has none, as writers leave out streams without bytes. */
  open(kind: StreamKind): OrcStream
}

/** What the strings of a stripe's columns may still take up, so that a small file can't fill the memory. */
export interface TextBudget {
  dictionaryBytes: number
  batchBytes: number
}

/** Opens a stream of integers in the version of run length encoding that the column's encoding names. */
export function openIntegers(chunk: ColumnChunk, kind: StreamKind, isSigned: boolean): IntegerReader {
  const version = chunk.encoding.kind.endsWith('_V2') ? 2 : 1
  return new IntegerReader(chunk.open(kind), { version, isSigned }, chunk.capacity)
}

/** @throws {OrcUnsupportedError} if the column has a dictionary, which only strings have */
export function checkDirect(chunk: ColumnChunk): void {
  const { kind } = chunk.encoding
  if (kind !== 'DIRECT' && kind !== 'DIRECT_V2')
    throw new OrcUnsupportedError({ subject: chunk.place, expected: 'encoding DIRECT or DIRECT_V2', got: kind })
}
