import { type CopyOutcome, type CopyPlaces, copyObject } from '../lake/copyObject.js'
import { inParallel } from '../lake/inParallel.js'
import { listMatching } from '../lake/listMatching.js'
import type { ObjectStore, StoredObject } from '../lake/objectStore.js'
import { listSegments } from './listSegments.js'
import { findSegmentName } from './segmentName.js'
import { activeFolder, readyFolder } from './streamPlaces.js'

/** What a stream has of files that nobody changes any more. */
const COPIED_STAGES = ['ready', 'processed'] as const

export interface CopyOptions {
  /** The names of the streams. */
  readonly streams: readonly string[]
  /** Of the names of files: `segment_20260120T*`; all unless given. */
  readonly pattern?: string
}

/** What became of the files of one stage of a stream. */
export interface CopiedStage {
  readonly stream: string
  readonly stage: (typeof COPIED_STAGES)[number]
  readonly files: number
  readonly bytes: number
  readonly copied: number
  readonly copied_bytes: number
  /** Were there already, with the same bytes. */
  readonly same: number
  /** Went while this was done: an etl has put their rows into the tables. */
  readonly gone: number
  /** Segments that were removed where they came from. */
  readonly moved: number
  /** Segments that were to be, and are somebody's: they are still where they were. */
  readonly kept: number
}

export interface CopyEffects extends CopyPlaces {
  /** Where segments are to be moved. */
  readonly takeSegment?: TakeSegment
  readonly progress: (copied: { readonly files: number; readonly bytes: number }) => void
  readonly signal: AbortSignal
}

/**
 * Takes a segment so that no etl does; calls `act`, which says whether it has removed it; and gives it back.
 * @param act may ask `isOwn` whether nobody else has it since, nor has its rows in a table
 * @returns whether it was removed
 */
export type TakeSegment = (
  stream: string,
  segment: string,
  act: (isOwn: () => Promise<boolean>) => Promise<boolean>,
) => Promise<boolean>

/** So many files are on their way at once; one that goes to S3 has 20 MB in memory. */
const FILES_AT_ONCE = 4

/**
 * The streams that a store has files of, in code-point order.
 * @returns their names, as folders have them
 */
export async function listCopiedStreams(store: ObjectStore): Promise<string[]> {
  const names = new Set<string>()
  for (const root of ['raw/ready/', 'processed/'])
    for await (const folder of store.listFolders(root)) names.add(folder.slice(root.length, -1))
  return [...names].sort()
}

/**
 * Copies segments and Parquet files of streams to the same keys of another store, a stage at a time. Done again, it goes on.
 *
 * Segments come first: what an etl makes of one meanwhile is among the files that are listed after them.
 */
export async function* copyStreams({ streams, pattern = '*' }: CopyOptions, effects: CopyEffects) {
  const passed = { files: 0, bytes: 0 }
  for (const stream of streams)
    for (const stage of COPIED_STAGES) {
      const tally = newTally(stream, stage)
      const act = await planCopy(stream, stage, effects)
      const told = (object: StoredObject) => {
        passed.files++
        passed.bytes += object.sizeBytes
        effects.progress(passed)
      }
      const each = async (object: StoredObject) => {
        effects.signal.throwIfAborted()
        tally.files++
        tally.bytes += object.sizeBytes
        await act(object, tally)
        told(object)
      }
      await inParallel(listMatching(effects.from, `${folderOf(stream, stage)}/`, pattern), FILES_AT_ONCE, each)
      yield tally as CopiedStage
    }
}

const folderOf = (stream: string, stage: CopiedStage['stage']): string =>
  stage === 'ready' ? readyFolder(stream) : `processed/${stream}`

type Tally = { -readonly [Name in keyof CopiedStage]: CopiedStage[Name] }

const newTally = (stream: string, stage: CopiedStage['stage']): Tally => ({
  ...{ stream, stage, files: 0, bytes: 0, copied: 0, copied_bytes: 0 },
  ...{ same: 0, gone: 0, moved: 0, kept: 0 },
})

type Copy = (object: StoredObject, tally: Tally) => Promise<void>

/** How a stage's files are copied: segments may be moved; Parquet files stay, as tables name them. */
async function planCopy(stream: string, stage: CopiedStage['stage'], effects: CopyEffects): Promise<Copy> {
  const copy: Copy = async (object, tally) => void count(await copyObject(object, effects), object, tally)
  const { takeSegment } = effects
  if (stage !== 'ready' || !takeSegment) return copy
  return async (object, tally) => {
    const segment = segmentOf(object.key)
    if (segment === undefined) return copy(object, tally)
    let isGone = false
    const isMoved = await takeSegment(stream, segment, async isOwn => {
      const outcome = await copyObject(object, effects)
      count(outcome, object, tally)
      isGone = outcome === 'gone'
      // Chunks that ingest hasn't removed yet would become the segment once more, and its rows with it.
      if (isGone || (await isActive(stream, segment, effects)) || !(await isOwn())) return false
      await effects.from.remove(object.key)
      return true
    })
    if (isMoved) tally.moved++
    else if (!isGone) tally.kept++
  }
}

function count(outcome: CopyOutcome, { sizeBytes }: StoredObject, tally: Tally): void {
  tally[outcome]++
  if (outcome === 'copied') tally.copied_bytes += sizeBytes
}

function segmentOf(key: string): string | undefined {
  const name = /([^/]+)\.ndjson$/.exec(key)?.[1]
  return name !== undefined && findSegmentName(name) ? name : undefined
}

async function isActive(stream: string, segment: string, { from }: CopyEffects): Promise<boolean> {
  const active = await listSegments(from, activeFolder(stream))
  return active.some(({ name }) => name === segment)
}
