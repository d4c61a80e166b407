import type { Column } from '../output/cells.js'
import type { Format } from '../output/format.js'
import { formatAge } from '../output/quantities.js'

/** Whether rows are written for people, who get rounded quantities, and not for programs. */
export const isForPeople = (format: Format): boolean => format === 'table' || format === 'markdown'

/** A time for people, to the minute in UTC: `2026-01-20 01:00`. */
export const shownTime = (time: Date): string => time.toISOString().slice(0, 16).replace('T', ' ')

/** How long ago that was: `9 h`; nothing for a time to come. */
export const shownAge = formatAge

/** A column of times: exact for programs, to the minute for people. */
export function timeColumn(name: string, title: string, format: Format): Column {
  if (!isForPeople(format)) return { name, kind: 'time' }
  return {
    name,
    title,
    value: row => {
      const time: unknown = Reflect.get(row, name)
      return time instanceof Date ? shownTime(time) : null
    },
  }
}
