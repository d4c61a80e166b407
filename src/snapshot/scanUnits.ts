import { compareCodePoints } from '../codePoints.js'
import { inParallel } from '../lake/inParallel.js'
import type { ObjectStore, StoredObject } from '../lake/objectStore.js'

/**
 * One piece of a scan: all objects below some folders that stand side by side in one parent, from `first` to `last`.
 * Units are disjoint, and what lies directly in the parent belongs to none. A unit is known by its first folder.
 */
export interface ScanUnit {
  /** A folder, or another prefix that the scan is of. */
  readonly parent: string
  readonly first: string
  readonly last: string
}

export interface DiscoveryOptions {
  /** What the scan is of: empty, or any start of keys. */
  readonly scope: string
  /** So many folders on one level are parted no further. */
  readonly enoughFolders: number
  /** How many listings are under way at once. */
  readonly width: number
}

export interface DiscoveryEffects {
  readonly store: ObjectStore
  /** Gets each object that lies above the units, once. */
  readonly meet: (object: StoredObject) => Promise<void>
  /** Whether a unit is wanted; others aren't held. */
  readonly isWanted: (unit: ScanUnit) => boolean
}

/** What lies below a scope, parted. */
export interface Discovery {
  /** Those that are wanted, in no order. */
  readonly units: readonly ScanUnit[]
  /** How many folders were met, wanted or not. */
  readonly folderCount: number
}

/**
 * Parts what lies below a scope into units, by listing level after level until one has folders enough, or there is none
 * any deeper. Every object is either met on the way or in exactly one unit, and the same bucket is always parted the same.
 *
 * Held in memory are fewer folders than are enough, and a few units for each: where a parent has more folders than
 * its share, a unit takes two of them, then four, and so on. So a listing of all units costs little more than one of
 * the whole, even if there are millions of small folders.
 */
export async function discoverUnits(options: DiscoveryOptions, effects: DiscoveryEffects): Promise<Discovery> {
  let level = [options.scope]
  let folderCount = 0
  while (level.length > 0) {
    const found = await expand(level, options, effects)
    folderCount += found.folderCount
    if (found.folderCount >= options.enoughFolders) return { units: found.units, folderCount }
    level = found.folders
  }
  return { units: [], folderCount }
}

/** The objects of a unit, in key order. */
export async function* listUnit({ parent, first, last }: ScanUnit, store: ObjectStore): AsyncIterable<StoredObject> {
  if (first === last) return yield* store.list(first)
  for await (const object of store.list(parent, justBefore(first))) {
    if (compareCodePoints(object.key, first) < 0) continue
    if (compareCodePoints(object.key, last) > 0 && !object.key.startsWith(last)) return
    if (object.key.includes('/', parent.length)) yield object
  }
}

/** A level parted into units, and, as long as they aren't enough, its folders. */
async function expand(
  level: readonly string[],
  { enoughFolders, width }: DiscoveryOptions,
  { store, meet, isWanted }: DiscoveryEffects,
) {
  const units: ScanUnit[] = []
  const folders: string[] = []
  let folderCount = 0
  const share = Math.max(LEAST_SHARE, Math.ceil(enoughFolders / level.length))
  await inParallel(level, width, async (parent, isStopped) => {
    const row = groupFolders(parent, share, unit => {
      if (isWanted(unit)) units.push(unit)
    })
    for await (const entry of store.listDirectly(parent)) {
      if (isStopped()) return
      if (entry.kind === 'object') await meet(entry.object)
      else {
        row.add(entry.path)
        if (++folderCount < enoughFolders) folders.push(entry.path)
        else folders.length = 0 // this is the last level
      }
    }
    row.end()
  })
  return { units, folders, folderCount }
}

/** How many units of one size a parent's folders make at least. */
const LEAST_SHARE = 4

/** Makes units of a parent's folders as they come, in order: so many of one folder each, as many of two, of four … */
function groupFolders(parent: string, share: number, take: (unit: ScanUnit) => void) {
  let [size, made, held] = [1, 0, 0]
  let [first, last] = ['', '']
  const end = (): void => {
    if (held === 0) return
    take({ parent, first, last })
    held = 0
    if (++made % share === 0) size *= 2
  }
  const add = (folder: string): void => {
    if (held === 0) first = folder
    last = folder
    if (++held === size) end()
  }
  return { add, end }
}

const MAX_KEY_BYTES = 1024

/** A key before the folder's first, with next to nothing between them: the slash comes right after the full stop. */
function justBefore(folder: string): string {
  const before = `${folder.slice(0, -1)}.`
  const nearest = `${before}\u{10ffff}`
  return Buffer.byteLength(nearest) <= MAX_KEY_BYTES ? nearest : before
}
