import { UsageError } from '../errors.js'
import type { Receipt } from './receipts.js'
import { parseSnapshotName } from './snapshotName.js'

/** What a person wrote for a snapshot. */
export type SnapshotRef =
  /** The nth before the newest; 0 for the newest itself. */
  | { readonly text: string; readonly back: number }
  /** The newest of a day, `2026-01-20`. */
  | { readonly text: string; readonly day: string }
  /** The one of a moment. */
  | { readonly text: string; readonly time: Date }

/**
 * `latest`, `latest~1` for the one before; a date (UTC), `2026-01-20`; the name of a snapshot, `2026-01-20T01-00Z`, or its
 * time as it is written elsewhere: `2026-01-20T01:00Z`, `2026-01-20 10:31:07`.
 * @throws {UsageError} for other text
 */
export function parseSnapshotRef(text: string): SnapshotRef {
  const ref = findSnapshotRef(text)
  if (ref) return ref
  throw new UsageError({
    subject: 'snapshot',
    expected: '2026-01-20T01-00Z, 2026-01-20, latest or latest~1',
    got: JSON.stringify(text),
  })
}

/** As {@link parseSnapshotRef}; `undefined` for text that names no snapshot. */
export function findSnapshotRef(text: string): SnapshotRef | undefined {
  const latest = /^latest(?:~(\d{1,6}))?$/.exec(text)
  if (latest) return { text, back: Number(latest[1] ?? 0) }
  const [, day = '', hour, minute, second] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d)[-:](\d\d)(?:[-:](\d\d)(?:\.0+)?)?Z?)?$/.exec(text) ?? []
  const time = findTime(`${day}T${hour ?? '00'}-${minute ?? '00'}-${second ?? '00'}Z`)
  if (!time) return undefined
  return hour === undefined ? { text, day } : { text, time }
}

/** Of receipts that are in order, newest first, the one that is meant. */
export function matchSnapshot(ref: SnapshotRef, receipts: readonly Receipt[]): Receipt | undefined {
  if ('back' in ref) return receipts[ref.back]
  if ('day' in ref) return receipts.find(({ dt }) => dt === ref.day)
  const isThen = ({ snapshot }: Receipt) => parseSnapshotName(snapshot).getTime() === ref.time.getTime()
  return receipts.find(({ snapshot }) => snapshot === ref.text) ?? receipts.find(isThen)
}

/** `undefined` for a day or an hour that isn't there: 30 February, 25 o'clock. */
function findTime(name: string): Date | undefined {
  try {
    return parseSnapshotName(name)
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}
