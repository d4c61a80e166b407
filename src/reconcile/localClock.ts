/** What the clocks of one time zone show. Local times are ms, as `Date.UTC` gives them for what the clock shows. */
export interface LocalClock {
  /** What the clock shows at an instant (UTC, ms). */
  localOf(instant: number): number
  /** The first instant at which the clock shows that time or a later one: of a time that it skips, its jump. */
  instantOf(local: number): number
}

/** Whether there is a time zone of that name, such as `America/New_York`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/**
 * The clock of a time zone.
 * @throws {RangeError} where there is no such zone
 */
export function openLocalClock(timeZone: string): LocalClock {
  const offsetAt = offsetsOf(timeZone)
  // Of a day's start there are many questions: what was found at each midnight is kept.
  const known = new Map<number, number>()
  const offsetAtMidnight = (day: number): number => {
    const offset = known.get(day) ?? offsetAt(day * DAY_MS)
    if (known.size > MOST_KNOWN) known.clear()
    known.set(day, offset)
    return offset
  }
  return {
    localOf: instant => instant + offsetAt(instant),
    instantOf(local) {
      // Zones are at most 14 hours from UTC, and change their clocks once in three days at most.
      const day = Math.floor(local / DAY_MS)
      const before = offsetAtMidnight(day - 1)
      const after = offsetAtMidnight(day + 2)
      if (before === after) return local - before
      const change = findChange((day - 1) * DAY_MS, (day + 2) * DAY_MS, instant => offsetAt(instant) === before)
      return local - before < change ? local - before : Math.max(change, local - after)
    },
  }
}

const DAY_MS = 86_400_000
const MOST_KNOWN = 10_000

/** Local time minus UTC, ms, at an instant. */
function offsetsOf(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  if (format.resolvedOptions().timeZone === 'UTC') return () => 0
  return instant => {
    const second = Math.floor(instant / 1000) * 1000
    const [month = 1, day, year = 0, hour, minute, seconds] = (format.format(second).match(/\d+/g) ?? []).map(Number)
    return Date.UTC(year, month - 1, day, hour, minute, seconds) - second
  }
}

/** The first instant, to the second, at which the clock isn't as before. */
function findChange(from: number, to: number, isBefore: (instant: number) => boolean): number {
  let [low, high] = [from, to]
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000
    if (isBefore(middle)) low = middle
    else high = middle
  }
  return high
}
