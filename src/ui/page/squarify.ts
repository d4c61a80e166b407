/** A part of a rectangle: all four are shares of its width or height, 0 to 1. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/**
 * Parts a rectangle into boxes as near to squares as can be, by the squarified treemap of Bruls, Huizing and van Wijk.
 * @param areas from the largest to the smallest, none below zero
 * @param aspect of the rectangle: its width by its height
 * @returns a box for each area in the same order, which together cover the rectangle; none has a size where all areas are 0
 */
export function squarify(areas: readonly number[], aspect: number): Box[] {
  const whole = areas.reduce((sum, area) => sum + area, 0)
  if (whole <= 0) return areas.map(() => ({ x: 0, y: 0, width: 0, height: 0 }))
  const scaled = areas.map(area => (area / whole) * aspect) // the rectangle is `aspect` wide and 1 high
  const boxes: Box[] = []
  let free: Box = { x: 0, y: 0, width: aspect, height: 1 }
  for (let from = 0; from < scaled.length; ) {
    const to = endOfRow(scaled, from, Math.min(free.width, free.height))
    const row = scaled.slice(from, to)
    const { placed, rest } = placeRow(row, free)
    boxes.push(...placed)
    free = rest
    from = to
  }
  return boxes.map(({ x, y, width, height }) => ({ x: x / aspect, y, width: width / aspect, height }))
}

/** How far a row along a side goes on: as long as its worst box gets no longer and thinner. */
function endOfRow(areas: readonly number[], from: number, side: number): number {
  let sum = 0
  let worst = Number.POSITIVE_INFINITY
  for (let to = from; to < areas.length; to++) {
    sum += areas[to] ?? 0
    const thickness = sum / side
    const ratios = [areas[from] ?? 0, areas[to] ?? 0].map(area => ratioOf(area / thickness, thickness))
    const next = Math.max(...ratios)
    if (next > worst) return to
    worst = next
  }
  return areas.length
}

const ratioOf = (a: number, b: number): number => (a <= 0 || b <= 0 ? Number.POSITIVE_INFINITY : Math.max(a / b, b / a))

/** Places a row along the shorter side of what is free. */
function placeRow(row: readonly number[], free: Box): { placed: Box[]; rest: Box } {
  const sum = row.reduce((total, area) => total + area, 0)
  const isColumn = free.width >= free.height
  const side = isColumn ? free.height : free.width
  const thickness = side <= 0 ? 0 : Math.min(sum / side, isColumn ? free.width : free.height)
  let at = 0
  const placed = row.map(area => {
    const length = sum <= 0 ? 0 : (area / sum) * side
    const box = isColumn
      ? { x: free.x, y: free.y + at, width: thickness, height: length }
      : { x: free.x + at, y: free.y, width: length, height: thickness }
    at += length
    return box
  })
  const rest = isColumn
    ? { ...free, x: free.x + thickness, width: Math.max(0, free.width - thickness) }
    : { ...free, y: free.y + thickness, height: Math.max(0, free.height - thickness) }
  return { placed, rest }
}
