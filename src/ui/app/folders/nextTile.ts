import type { MapTile } from './layoutMap.js'

const WAYS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

type Box = Pick<MapTile, 'left' | 'top' | 'width' | 'height'>

/**
 * The tile that an arrow key leads to: the nearest whose middle is further that way.
 * @returns its index; nothing for another key, or where there is none
 */
export function nextTile(tiles: readonly Box[], at: number, key: string): number | undefined {
  const way = WAYS[key]
  const from = tiles[at]
  if (!way || !from) return undefined
  const [x, y] = middleOf(from)
  let nearest: number | undefined
  let least = Number.POSITIVE_INFINITY
  tiles.forEach((tile, i) => {
    const [toX, toY] = middleOf(tile)
    const along = (toX - x) * way[0] + (toY - y) * way[1]
    const aside = Math.abs((toX - x) * way[1]) + Math.abs((toY - y) * way[0])
    if (i === at || along <= aside * 0.3) return
    const distance = along + 2 * aside
    if (distance >= least) return
    least = distance
    nearest = i
  })
  return nearest
}

const middleOf = ({ left, top, width, height }: Box): [number, number] => [left + width / 2, top + height / 2]
