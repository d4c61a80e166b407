import { rm } from 'node:fs/promises'
import type { Stream } from '../config/stream.js'
import type { Engine } from '../engine/engine.js'
import { quotePaths } from '../engine/sqlText.js'
import { loadEtlModels } from './etlModels.js'
import { cutSegment } from './segmentPieces.js'
import { type StagedPiece, stagePiece } from './stagePiece.js'
import { EVENTS } from './streamTables.js'

/** The rows of a segment, in files of the engine's temporary folder. */
export interface StagedSegment {
  /** By the channels of the stream, and of events: a relation of the engine with the columns of its table, but for the segment; `undefined` for no rows. */
  readonly from: (channel: string) => string | undefined
  /** Files of the lines that are none, in order: `line`, `reason`, `text` as JSON. */
  readonly rejected: readonly string[]
  readonly rejectedLines: number
  readonly lines: number
  /** Removes the files. */
  remove(): Promise<void>
}

export interface StageEffects {
  /** Sessions of one engine: pieces of the segment are made rows of in each of them at once. */
  readonly engines: readonly [Engine, ...Engine[]]
  /** Gives back what was read and is needed no more. */
  readonly freeMemory: () => void
  /** Throws when it is over. */
  readonly check: () => void
}

/** Makes rows of the lines of a segment. What is held of it at once is bounded. @param bytes of the segment, once */
export async function stageSegment(
  bytes: AsyncIterable<Uint8Array>,
  stream: Stream,
  { engines, freeMemory, check }: StageEffects,
): Promise<StagedSegment> {
  const models = loadEtlModels(stream)
  await engines[0].run(models.macros)
  const pieces = cutSegment(bytes)
  const staged: StagedPiece[] = []
  const room = createRoom(BYTES_AT_ONCE)
  let [lines, given] = [0, 0]
  const work = async (engine: Engine): Promise<void> => {
    for (;;) {
      check()
      const next = await pieces.next()
      if (next.done) return
      const place = given++
      const size = next.value.text.length
      await room.enter(size)
      try {
        staged[place] = await stagePiece(next.value, stream.channels, models, engine)
      } finally {
        room.leave(size)
      }
      lines += next.value.lines
      if (place % FREED_EVERY === 0) freeMemory()
    }
  }
  const remove = async (): Promise<void> => {
    const paths = staged.flatMap(({ rows, rejected }) => [
      ...rows.map(([, path]) => path),
      ...(rejected ? [rejected] : []),
    ])
    for (const path of paths) await rm(path, { force: true })
  }
  try {
    await allDone(engines.map(work))
    freeMemory()
  } catch (error) {
    await remove()
    throw error
  }
  const files = new Map([...stream.channels, EVENTS].map(name => [name, [] as string[]]))
  for (const [name, path] of staged.flatMap(({ rows }) => rows)) files.get(name)?.push(path)
  return {
    from(channel) {
      const paths = files.get(channel) ?? []
      return paths.length === 0 ? undefined : `read_parquet(${quotePaths(paths)}, hive_partitioning = false)`
    },
    rejected: staged.flatMap(({ rejected }) => rejected ?? []),
    rejectedLines: staged.reduce((sum, { rejectedLines }) => sum + rejectedLines, 0),
    lines,
    remove,
  }
}

/** So many pieces of texts are what is let lie before it is given back. */
const FREED_EVERY = 2

/** A snapshot of an order book may be a line of megabytes: it is parsed alone. */
const BYTES_AT_ONCE = 9_000_000

/** Lets in what fits, and what is too large when nothing else is there. */
function createRoom(bytes: number) {
  let [taken, inside] = [0, 0]
  let waiting: (() => void)[] = []
  return {
    async enter(size: number): Promise<void> {
      while (inside > 0 && taken + size > bytes) await new Promise<void>(resolve => waiting.push(resolve))
      taken += size
      inside++
    },
    leave(size: number): void {
      taken -= size
      inside--
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
  }
}

/** Waits for all, also where one fails: none goes on when this is over. */
async function allDone(works: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(works)) if (end.status === 'rejected') throw end.reason
}
