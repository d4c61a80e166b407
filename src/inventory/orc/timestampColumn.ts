import { type ColumnChunk, checkDirect, openIntegers, type ValueReader } from './columnChunk.js'
import { type Int64s, LOW, toDouble } from './int64s.js'
import { damaged, OrcUnsupportedError } from './orcError.js'

/**
 * Opens a column of TIMESTAMP or TIMESTAMP_INSTANT (ORC v1, "Timestamp Columns"): microseconds since 1970 UTC, the
 * nanoseconds below them cut off.
 *
 * A TIMESTAMP counts from 2015 in the writer's time zone. S3 Inventory writes UTC; in other zones the values would be
 * clock readings without a zone, and no instants, so such a file is refused.
 *
 * Writers round seconds before 1970 towards zero, and readers undo it where there are 1,000,000 ns or more, as the
 * Java and the C++ reader do. The last second before 1970 can't be told from the first after it: that is the format's.
 * Arrow writes such times with negative nanoseconds instead.
 * @throws {OrcUnsupportedError} for another writer time zone
 */
export function openTimestampColumn(chunk: ColumnChunk): ValueReader<bigint> {
  checkDirect(chunk)
  checkTimezone(chunk)
  const seconds = openIntegers(chunk, 'DATA', true)
  const nanos = openIntegers(chunk, 'SECONDARY', false)
  return {
    next: async count => toMicros(await seconds.next(count), await nanos.next(count), count, chunk.place),
    finish: async () => {
      await seconds.finish()
      await nanos.finish()
    },
  }
}

const UTC_NAMES: ReadonlySet<string> = new Set(['', 'UTC', 'GMT', 'Etc/UTC', 'Etc/GMT', 'Z', 'Zulu', 'UCT', 'Etc/UCT'])

function checkTimezone({ column, writerTimezone, place }: ColumnChunk): void {
  if (column.kind === 'TIMESTAMP_INSTANT' || UTC_NAMES.has(writerTimezone)) return // an instant is always from UTC
  throw new OrcUnsupportedError({
    subject: place,
    expected: 'timestamps written in time zone UTC',
    got: writerTimezone,
    fix: 'have the file written with time zone UTC',
  })
}

/** 2015-01-01T00:00:00Z, which seconds are counted from. */
const BASE_SECONDS = 1_420_070_400

/** Past this, microseconds are no longer exact as doubles (the year 2255). */
const EXACT_SECONDS = 9_007_199_254

/** Past this, microseconds don't fit into 64 bits. */
const MAX_SECONDS = 9_223_372_036_853

/** Nanoseconds have their trailing zeros cut off; the last three bits say how many, less one (0: none). */
const SCALES = [1, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8] as const

function toMicros(seconds: Int64s, nanos: Int64s, count: number, place: string): bigint[] {
  const micros = new Array<bigint>(count)
  for (let i = 0; i < count; i++) {
    const scale = SCALES[(nanos.words[2 * i + LOW] as number) & 7] as number
    const nano = Math.floor(toDouble(nanos, i) / 8) * scale
    if (Math.abs(nano) > 999_999_999) throw damaged(place, 'less than 1,000,000,000 nanoseconds', `${nano}`)
    let second = toDouble(seconds, i) + BASE_SECONDS
    if (second < 0 && nano > 999_999) second -= 1
    const micro = Math.floor(nano / 1000)
    if (Math.abs(second) < EXACT_SECONDS) micros[i] = BigInt(second * 1_000_000 + micro)
    else if (Math.abs(second) <= MAX_SECONDS) micros[i] = BigInt(second) * 1_000_000n + BigInt(micro)
    else throw damaged(place, `seconds of at most ${MAX_SECONDS} from 1970`, `${second}`)
  }
  return micros
}
