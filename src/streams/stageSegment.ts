import { rm } from 'node:fs/promises'
import type { Engine } from '../engine/engine.js'
import type { EtlModels } from './etlModels.js'
import { cutSegment } from './segmentPieces.js'
import { makeStagedRows } from './stagedRows.js'
import { hasLongLines, readLines, type StagedLines, stageLines } from './stageLines.js'

/** The rows of a segment, in files of the engine's temporary folder, and what became of its other lines. */
export interface StagedSegment {
  /** By the channels of the stream, and of events: a relation of the engine with the columns of its table, but for the segment; `undefined` for no rows. */
  readonly from: (channel: string) => string | undefined
  /** Files of the lines that are none, in order: `line`, `reason`, `text` as JSON. */
  readonly rejected: readonly string[]
  readonly rejectedLines: number
  /** Of which it is known that they make no rows: heartbeats, confirmations of subscriptions, snapshots of nothing, and empty ones. */
  readonly rowlessLines: number
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

/** Makes rows of the lines of a segment. What is held of its bytes at once is bounded. @param bytes of the segment, once */
export async function stageSegment(
  bytes: AsyncIterable<Uint8Array>,
  models: EtlModels,
  { engines, freeMemory, check }: StageEffects,
): Promise<StagedSegment> {
  const pieces = cutSegment(bytes)
  const rows = makeStagedRows()
  const staged: StagedLines[] = []
  const [turn, room] = [createTurn(), createRoom(engines.length)]
  let [lines, emptyLines, given] = [0, 0, 0]
  const work = async (engine: Engine): Promise<void> => {
    for (;;) {
      check()
      const next = await turn(async () => {
        const read = await readLines(pieces, models, engine)
        return read && { read, place: given++ }
      })
      if (!next) return
      const { read, place } = next
      const share = hasLongLines(read) ? engines.length : 1
      await room.enter(share)
      try {
        staged[place] = await stageLines(read, rows, models, engine)
      } finally {
        room.leave(share)
      }
      lines += read.lines
      emptyLines += read.emptyLines
      if (place % FREED_EVERY === 0) freeMemory()
    }
  }
  const remove = async (): Promise<void> => {
    for (const { rejected } of staged) if (rejected) await rm(rejected, { force: true })
    await rows.remove()
  }
  try {
    await allDone(engines.map(work))
    freeMemory()
  } catch (error) {
    await pieces.return(undefined).catch(() => undefined) // what was being read is closed
    await remove().catch(() => undefined) // what went wrong first is what is told
    throw error
  }
  const sumOf = (count: (each: StagedLines) => number): number => staged.reduce((sum, each) => sum + count(each), 0)
  return {
    from: channel => rows.find(channel),
    rejected: staged.flatMap(({ rejected }) => rejected ?? []),
    rejectedLines: sumOf(({ rejectedLines }) => rejectedLines),
    rowlessLines: emptyLines + sumOf(({ rowlessLines }) => rowlessLines),
    lines,
    remove,
  }
}

/** What was read so often is what is let lie before it is given back. */
const FREED_EVERY = 4

/** Lets in what fits: long lines, which take all of it, are parsed alone. */
function createRoom(shares: number) {
  let taken = 0
  let waiting: (() => void)[] = []
  return {
    async enter(share: number): Promise<void> {
      while (taken + share > shares) await new Promise<void>(resolve => waiting.push(resolve))
      taken += share
    },
    leave(share: number): void {
      taken -= share
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
  }
}

/** Lets one act at a time: cutting a piece into lines holds it many times over. */
function createTurn() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(act: () => Promise<T>): Promise<T> => {
    const own = last.then(act)
    last = own.catch(() => undefined)
    return own
  }
}

/** Waits for all, also where one fails: none goes on when this is over. */
async function allDone(works: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(works)) if (end.status === 'rejected') throw end.reason
}
