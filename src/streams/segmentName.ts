import { StocktakeError } from '../errors.js'

/** A file of records of a stream: `segment_20260120T10_00042.ndjson`. */
export interface SegmentName {
  /** The hour (UTC) in which it was begun, by the clock of who wrote it. */
  readonly hour: Date
  /** Grows by one with each segment of a stream, over all hours, and is given once. */
  readonly number: number
}

/** A name that no segment of a stream has. */
export class SegmentNameError extends StocktakeError {}

/** The name without `.ndjson`. At least five digits, so that the first 99,999 sort as they came. */
export function formatSegmentName({ hour, number }: SegmentName): string {
  const text = hour.toISOString()
  return `segment_${text.slice(0, 13).replaceAll('-', '')}_${String(number).padStart(5, '0')}`
}

/**
 * @param name without `.ndjson`
 * @throws {SegmentNameError}
 */
export function parseSegmentName(name: string): SegmentName {
  const found = findSegmentName(name)
  if (found) return found
  throw new SegmentNameError({
    subject: 'segment',
    expected: 'a name such as segment_20260120T10_00042',
    got: JSON.stringify(name),
  })
}

/** `undefined` for what is no segment's name. */
export function findSegmentName(name: string): SegmentName | undefined {
  const [, year, month, day, hours, digits] = /^segment_(\d{4})(\d\d)(\d\d)T(\d\d)_(\d{5,15})$/.exec(name) ?? []
  const hour = new Date(`${year}-${month}-${day}T${hours}:00:00Z`)
  const found = { hour, number: Number(digits) }
  return !Number.isNaN(hour.getTime()) && formatSegmentName(found) === name ? found : undefined
}

/** In the order in which they were begun. */
export const compareSegments = (a: SegmentName, b: SegmentName): number => a.number - b.number
