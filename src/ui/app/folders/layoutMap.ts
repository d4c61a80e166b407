import { hierarchy, treemap, treemapSquarify } from 'd3-hierarchy'
import type { Folder } from '../../../api/folders.js'

/** A part of a folder, and its place in pixels. */
export interface MapTile {
  /** A folder in it; the files directly in it; or what of it is too small to be seen, or wasn't read. */
  readonly part: 'folder' | 'files' | 'others'
  /** Of the part `folder`. */
  readonly folder?: Folder
  readonly sizeBytes: number
  readonly objectCount: number
  /** Of the part `others`: how many folders. */
  readonly folderCount: number
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export interface FolderMap {
  /** From the largest to the smallest, but for `others`, which is last. */
  readonly tiles: readonly MapTile[]
  /** What the areas stand for: bytes, or objects where no size is known or all are empty. */
  readonly by: 'bytes' | 'objects'
}

/** Square pixels: what is smaller can neither be seen nor hit. */
const LEAST_AREA = 80

/** Of a tile whose parts are shown in it: the line above them, and what is left at their other sides. */
const HEAD_PX = 24
const EDGE_PX = 3

/** Whether what lies in a tile's folder can be shown in the tile. */
export const hasRoomInside = ({ folder, width, height }: MapTile): boolean =>
  folder !== undefined && folder.folder_count > 0 && width >= 130 && height >= 100

/** The rectangle for the parts of a tile, from its own corner on. */
export const roomInside = ({ width, height }: MapTile) => ({
  left: EDGE_PX,
  top: HEAD_PX,
  width: width - 2 * EDGE_PX,
  height: height - HEAD_PX - EDGE_PX,
})

/**
 * Parts a rectangle among what is in a folder, as near to squares as can be.
 * @param folders the largest of those directly in it
 * @param total how many there are
 */
export function layoutMap(
  parent: Folder,
  folders: readonly Folder[],
  total: number,
  { width, height }: { readonly width: number; readonly height: number },
): FolderMap {
  const by = parent.total_size_bytes > 0 ? 'bytes' : 'objects'
  const whole = by === 'bytes' ? parent.total_size_bytes : parent.object_count
  if (whole === 0 || width < 1 || height < 1) return { tiles: [], by }
  const least = (LEAST_AREA * whole) / (width * height)
  const areaOf = ({ sizeBytes, objectCount }: Part): number => (by === 'bytes' ? sizeBytes : objectCount)
  const all = folders.map(folderPart)
  const shown = all.filter(part => areaOf(part) >= least).sort((a, b) => areaOf(b) - areaOf(a))
  const files: Part = {
    part: 'files',
    sizeBytes: parent.direct_size_bytes,
    objectCount: parent.direct_object_count,
    folderCount: 0,
  }
  const others: Part = {
    part: 'others',
    sizeBytes: Math.max(0, parent.total_size_bytes - files.sizeBytes - sum(shown, 'sizeBytes')),
    objectCount: Math.max(0, parent.object_count - files.objectCount - sum(shown, 'objectCount')),
    folderCount: total - shown.length,
  }
  const parts = [...shown, files].sort((a, b) => areaOf(b) - areaOf(a))
  return { tiles: place([...parts, others], areaOf, width, height), by }
}

type Part = Omit<MapTile, 'left' | 'top' | 'width' | 'height'>

const folderPart = (folder: Folder): Part => ({
  part: 'folder',
  folder,
  sizeBytes: folder.total_size_bytes,
  objectCount: folder.object_count,
  folderCount: 1,
})

const sum = (parts: readonly Part[], amount: 'sizeBytes' | 'objectCount'): number =>
  parts.reduce((total, part) => total + part[amount], 0)

function place(parts: readonly Part[], areaOf: (part: Part) => number, width: number, height: number): MapTile[] {
  const root = hierarchy<{ part?: Part; children?: { part: Part }[] }>({
    children: parts.filter(part => areaOf(part) > 0).map(part => ({ part })),
  }).sum(({ part }) => (part ? areaOf(part) : 0))
  const placed = treemap<typeof root.data>().tile(treemapSquarify.ratio(1)).size([width, height])(root)
  return (placed.children ?? []).flatMap(({ data: { part }, x0, y0, x1, y1 }) =>
    part ? { ...part, left: x0, top: y0, width: x1 - x0, height: y1 - y0 } : [],
  )
}
