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

/**
 * A moment as a person names it: a snapshot, a date for its end, or a time by ISO 8601, in UTC where it has no zone.
 * @param subject what errors are about
 * @throws {UsageError}
 */
export function parseMoment(text: string, subject: string): Date {
  if (/^\d{4}-\d\d-\d\dT\d\d-\d\d(-\d\d)?Z$/.test(text)) return parseSnapshotName(text)
  const part = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text)
  const [, date, minute, second = ':00', zone = 'Z'] = part ?? []
  const day = new Date(`${date}T00:00:00Z`)
  const time = new Date(minute === undefined ? `${date}T23:59:59.999Z` : `${date}T${minute}${second}${zone}`)
  if (date === undefined || Number.isNaN(time.getTime()) || !day.toISOString().startsWith(date))
    throw new UsageError({
      subject,
      expected: 'a time such as 2026-01-20T12:00Z, a date, or the name of a snapshot',
      got: JSON.stringify(text),
    })
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
