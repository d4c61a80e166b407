import type { Folder } from '../../../api/folders.js'
import type { MapColor } from './folderPlace.js'

/** How a tile is coloured: `shade-…` of the style sheet. */
export type TileShade = `age-${0 | 1 | 2 | 3 | 4}` | 'more-2' | 'more-1' | 'same' | 'less-1' | 'less-2' | 'unknown'

/** How old the newest object of a folder may be, in days, for each of the shades but the last. */
const AGE_STEPS = [7, 90, 365, 1095] as const
const DAY_MS = 86_400_000
/** Of what a folder was before: what changes by less looks the same, what changes by more has changed much. */
const LITTLE = 0.01
const MUCH = 0.1

/** What the shades say, in the order of a legend. */
export const SHADE_WORDS: Readonly<Record<MapColor, readonly (readonly [TileShade, string])[]>> = {
  change: [
    ['more-2', 'grew by a tenth or more'],
    ['more-1', 'grew'],
    ['same', 'less than 1 % either way'],
    ['less-1', 'shrank'],
    ['less-2', 'shrank by a tenth or more'],
  ],
  age: [
    ['age-0', 'newest object of the last week'],
    ['age-1', '3 months'],
    ['age-2', 'year'],
    ['age-3', '3 years'],
    ['age-4', 'older'],
  ],
}

/** @param takenAt of the snapshot, epoch ms: ages are as of then */
export function shadeOf(
  folder: Folder | undefined,
  color: MapColor,
  by: 'bytes' | 'objects',
  takenAt: number,
): TileShade {
  if (!folder) return 'unknown'
  return color === 'age' ? ageShade(folder, takenAt) : changeShade(folder, by)
}

function ageShade({ last_modified }: Folder, takenAt: number): TileShade {
  if (last_modified === null) return 'unknown'
  const days = (takenAt - Date.parse(last_modified)) / DAY_MS
  const step = AGE_STEPS.findIndex(limit => days <= limit)
  return `age-${(step < 0 ? AGE_STEPS.length : step) as 0 | 1 | 2 | 3 | 4}`
}

function changeShade(folder: Folder, by: 'bytes' | 'objects'): TileShade {
  const [now, change] =
    by === 'bytes' ? [folder.total_size_bytes, folder.size_change] : [folder.object_count, folder.object_count_change]
  if (change === null) return 'unknown'
  const before = now - change
  if (Math.abs(change) < LITTLE * before || change === 0) return 'same'
  const isMuch = Math.abs(change) >= MUCH * before
  return change > 0 ? (isMuch ? 'more-2' : 'more-1') : isMuch ? 'less-2' : 'less-1'
}
