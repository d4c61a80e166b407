import { UsageError } from '../errors.js'

/**
 * The moment a snapshot is of: `2026-01-20T01-00Z` for a report's, `2026-01-20T10-31-07Z` for a scan's (UTC).
 * @throws {UsageError} for text that is no such name
 */
export function parseSnapshotName(name: string): Date {
  const part = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)(?:-(\d\d))?Z$/.exec(name)
  const time = new Date(part ? `${part[1]}T${part[2]}:${part[3]}:${part[4] ?? '00'}Z` : Number.NaN)
  if (!part || Number.isNaN(time.getTime()) || !time.toISOString().startsWith(part[1] ?? ''))
    throw new UsageError({ subject: 'snapshot', expected: 'a name such as 2026-01-20T01-00Z', got: name })
  return time
}

/** The name of a scan that begins then: its second, `2026-01-20T10-31-07Z`. */
export const formatScanName = (startedAt: Date): string =>
  `${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}Z`

/** The UTC date of a snapshot, `2026-01-20`: its `dt`. */
export const snapshotDate = (name: string): string => name.slice(0, 10)

/** Orders names of snapshots by time; as text, a scan's would come before the report's of the same minute. */
export const compareSnapshotNames = (a: string, b: string): number =>
  parseSnapshotName(a).getTime() - parseSnapshotName(b).getTime()
