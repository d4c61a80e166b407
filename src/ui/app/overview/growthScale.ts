/** A value at a time, epoch milliseconds. */
export interface GrowthPoint {
  readonly time: number
  readonly value: number
}

/** A point of a chart: shares of its width from the left and of its height from the top. */
export interface PlacedPoint {
  readonly x: number
  readonly y: number
}

export interface GrowthScale {
  /** In the order of the points. */
  readonly points: readonly PlacedPoint[]
  readonly low: number
  readonly high: number
}

/**
 * Places points in a chart. Its values begin at 0, unless that would make all there is to see a flat line at the top: then
 * the chart's own scale says so.
 * @param points at least one, by time
 */
export function placeGrowth(points: readonly GrowthPoint[]): GrowthScale {
  const { low, high } = rangeOf(points.map(({ value }) => value))
  const from = points[0]?.time ?? 0
  const to = points.at(-1)?.time ?? 0
  const placed = points.map(({ time, value }) => ({
    x: to > from ? (time - from) / (to - from) : 0.5,
    y: 1 - (value - low) / (high - low),
  }))
  return { points: placed, low, high }
}

/** At most so many points at even steps, with the first and the last. */
export function thinPoints<Point>(points: readonly Point[], most: number): Point[] {
  if (points.length <= most) return [...points]
  return Array.from({ length: most }, (_, i) => Math.round((i * (points.length - 1)) / (most - 1))).flatMap(
    index => points[index] ?? [],
  )
}

function rangeOf(values: readonly number[]): { low: number; high: number } {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  if (most === least) return most === 0 ? { low: 0, high: 1 } : { low: 0, high: most * 1.25 }
  const margin = (most - least) * 0.15
  if (least < most * 0.6) return { low: 0, high: most + margin }
  return { low: Math.max(0, least - margin), high: most + margin }
}
