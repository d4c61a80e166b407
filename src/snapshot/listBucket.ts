import { createHash } from 'node:crypto'
import { compareCodePoints } from '../codePoints.js'
import { inParallel } from '../lake/inParallel.js'
import type { ObjectStore, StoredObject } from '../lake/objectStore.js'
import { type ListedFile, type ListedRowsOptions, openListedRows } from './listedRows.js'
import { type SampleSums, sumSample } from './scanEstimate.js'
import { discoverUnits, listUnit, type ScanUnit } from './scanUnits.js'

export interface ListingOptions {
  /** What is listed: empty for all, or any start of keys. */
  readonly scope: string
  /** The chance of each object to be in the listing: 1 for all of them. */
  readonly rate: number
  readonly rows: ListedRowsOptions
  readonly width?: number
}

/** How far a listing is. */
export interface ListingProgress {
  readonly objectCount: number
}

export interface ListingEffects {
  readonly store: ObjectStore
  readonly progress: (step: ListingProgress) => void
  readonly signal: AbortSignal
}

/** What was listed. */
export interface Listing {
  readonly files: readonly ListedFile[]
  readonly sums: SampleSums
  /** Whether anything was met, taken or not. */
  readonly isEmpty: boolean
}

/** Listings under way at once: S3 bears thousands in a second, one connection has about ten. */
const LISTING_WIDTH = 8

/** For this many folders in a sample the level of folders that are drawn is chosen. */
const SAMPLED_FOLDERS = 100
/** More are not looked for, however small the rate: each may cost a request. */
const MOST_FOLDERS = 10_000

/**
 * Lists a bucket, or a sample of it, into files; several folders at once, in memory that doesn't grow with the bucket.
 *
 * Each object has the same chance to be in a sample: with its folder, which is drawn by a hash of its path, or, where it
 * lies above the folders that are drawn, by a hash of its key. So the same bucket gives the same sample.
 *
 * @throws what the store throws, when all else has come to rest; the signal's reason once that is raised
 */
export async function listBucket(options: ListingOptions, effects: ListingEffects): Promise<Listing> {
  const { scope, rate, width = LISTING_WIDTH } = options
  const { store, progress, signal } = effects
  const rows = openListedRows(options.rows)
  const sums = sumSample(rate)
  let [metCount, listedCount] = [0, 0]
  const take = async (object: StoredObject): Promise<void> => {
    signal.throwIfAborted()
    await rows.add(object)
    if (++listedCount % PROGRESS_OBJECTS === 0) progress({ objectCount: listedCount })
  }
  const meet = async (object: StoredObject): Promise<void> => {
    signal.throwIfAborted()
    metCount++
    if (!isDrawn(object.key, rate)) return
    await take(object)
    sums.add(1, object.sizeBytes)
  }
  try {
    const isWanted = (unit: ScanUnit): boolean => isDrawn(unit.first, rate)
    const found = await discoverUnits({ scope, enoughFolders: enoughFolders(rate), width }, { store, meet, isWanted })
    await inParallel(mixed(found.units), width, async (unit, isStopped) => {
      let [objectCount, sizeBytes] = [0, 0]
      for await (const object of listUnit(unit, store)) {
        if (isStopped()) return
        await take(object)
        objectCount++
        sizeBytes += object.sizeBytes
      }
      sums.add(objectCount, sizeBytes)
    })
    const isEmpty = metCount + listedCount + found.folderCount === 0
    return { files: await rows.end(), sums, isEmpty }
  } catch (error) {
    await rows.abandon()
    throw error
  }
}

const PROGRESS_OBJECTS = 1000

const enoughFolders = (rate: number): number => Math.min(MOST_FOLDERS, Math.ceil(SAMPLED_FOLDERS / rate))

const isDrawn = (name: string, rate: number): boolean => rate >= 1 || hashFraction(name) < rate

/** A number from 0 to below 1 that belongs to the name, as any other with the same chance. */
function hashFraction(name: string): number {
  return createHash('md5').update(name).digest().readUIntBE(0, 6) / 2 ** 48
}

/** The units in an order that has nothing to do with their keys: the first file should have keys from everywhere. */
const mixed = (units: readonly ScanUnit[]): ScanUnit[] =>
  units
    .map(unit => ({ unit, place: hashFraction(`${unit.first}\n`) }))
    .sort((a, b) => a.place - b.place || compareCodePoints(a.unit.first, b.unit.first))
    .map(({ unit }) => unit)
