import { UsageError } from '../errors.js'

/** A name that is no report time. */
export class ReportTimeError extends UsageError {
  constructor(name: string) {
    super({ subject: `report time ${JSON.stringify(name)}`, expected: 'UTC to the minute, as 2026-01-20T01-00Z' })
  }
}

/**
 * When a report was taken: the name of its dated folder, `2026-01-20T01-00Z` (UTC, whole minutes).
 * @throws {ReportTimeError} also for days and times that don't exist
 */
export function parseReportTime(name: string): Date {
  const time = findReportTime(name)
  if (time === undefined) throw new ReportTimeError(name)
  return time
}

/**
 * The name of the dated folder of a report taken then, floored to the minute. Where a manifest lies in no such folder,
 * its creationTimestamp gives the name.
 */
export function formatReportTime(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace(':', '-')}Z`
}

/** As {@link parseReportTime}, and `undefined` for names that are no report time, such as `hive` and `data`. */
export function findReportTime(name: string): Date | undefined {
  const part = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)Z$/.exec(name)
  if (!part) return undefined
  const time = new Date(`${part[1]}T${part[2]}:${part[3]}Z`)
  const exists = !Number.isNaN(time.getTime()) && formatReportTime(time) === name // 30 February rolls over, 24:00 too
  return exists ? time : undefined
}
