/** What local times are counted in. */
export type DateUnit = 'day' | 'month' | 'hour'

/**
 * The number of the day, month or hour that a text names, counted from some first one; `undefined` where it names none:
 * 30 February, hour 24, years that aren't of four digits.
 *
 * @param text `2026-01-20`, `2026-01` or `2026-01-20T05`
 */
export function parseLocalDate(text: string, unit: DateUnit): number | undefined {
  if (text.length !== LENGTHS[unit] || !/^[1-9]\d{3}-\d\d(?:-\d\d(?:T\d\d)?)?$/.test(text)) return undefined
  const serial = serialOf(Date.parse(`${text}${FIRST.slice(text.length)}`), unit)
  return !Number.isNaN(serial) && formatLocalDate(serial, unit) === text ? serial : undefined
}

/** The text of a day, month or hour: `2026-01-20`, `2026-01`, `2026-01-20T05`. */
export const formatLocalDate = (serial: number, unit: DateUnit): string =>
  new Date(startOf(serial, unit)).toISOString().slice(0, LENGTHS[unit])

/** Which unit a text names, by its form; `undefined` where it has none of their forms, or names a date that isn't. */
export const unitOf = (text: string): DateUnit | undefined =>
  UNITS.find(unit => parseLocalDate(text, unit) !== undefined)

/** The number of the day, month or hour that a local time is in. */
export function serialOf(local: number, unit: DateUnit): number {
  if (unit !== 'month') return Math.floor(local / (unit === 'day' ? DAY_MS : HOUR_MS))
  const date = new Date(local)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

/** The local time at which a day, month or hour begins. */
export function startOf(serial: number, unit: DateUnit): number {
  if (unit !== 'month') return serial * (unit === 'day' ? DAY_MS : HOUR_MS)
  return Date.UTC(Math.floor(serial / 12), serial % 12)
}

const UNITS = ['day', 'month', 'hour'] as const
const LENGTHS: Readonly<Record<DateUnit, number>> = { day: 10, month: 7, hour: 13 }
const FIRST = '0000-01-01T00:00Z'
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
