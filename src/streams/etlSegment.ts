import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Stream } from '../config/stream.js'
import type { Engine } from '../engine/engine.js'
import { onOneThread } from '../engine/threads.js'
import { StocktakeError } from '../errors.js'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import type { StoredObject } from '../lake/objectStore.js'
import { type CommitSegmentEffects, commitSegment, hasSegment } from './commitSegment.js'
import type { ClaimEffects, SegmentClaim } from './etlClaim.js'
import type { EtlModels } from './etlModels.js'
import { type StagedSegment, stageSegment } from './stageSegment.js'
import { readyFolder, rejectedFolder, segmentBatch, segmentKey } from './streamPlaces.js'
import { EVENTS, openStreamTable } from './streamTables.js'
import { writeParts } from './writeParts.js'

/** In the summary of a snapshot: how many lines of the segment are none of the stream's records. */
const REJECTED_SUMMARY = 'stocktake.rejected-lines'

/** In the summary of a snapshot: how large the segment was. */
const SEGMENT_BYTES_SUMMARY = 'stocktake.segment-bytes'

export interface EtlEffects extends ClaimEffects, CommitSegmentEffects {
  /** Sessions of one engine: parts of the work go on in each of them at once. */
  readonly engines: readonly [Engine, ...Engine[]]
  /** Gives back what was read and is needed no more. */
  readonly freeMemory: () => void
  /** How the wait after a failure passes. */
  readonly sleep: ClaimEffects['sleep'] & NonNullable<CommitSegmentEffects['sleep']>
}

export interface WaitingSegment {
  readonly stream: Stream
  /** Its name. */
  readonly segment: string
  /** Those of the stream, which the engine is prepared for. */
  readonly models: EtlModels
}

/** What was made of a segment's lines isn't all of them. Nothing of it was committed. */
export class SegmentSumError extends StocktakeError {}

/** What became of a segment. */
export interface DoneSegment {
  readonly segment: string
  readonly bytes: number
  readonly lines: number
  /** That were added to tables: none where they were there before. */
  readonly rows: number
  readonly files: number
  readonly rejectedLines: number
  readonly durationMs: number
}

/**
 * Makes Parquet of a segment, adds it to the tables of its channels, and removes the segment. Whatever ends it before leaves
 * the segment where it is, and what the tables have of it; done again, each has it once.
 * @returns nothing for a segment that is gone
 * @throws {StreamTableError} for a table that isn't the stream's
 */
export async function etlSegment(
  { stream, segment, models }: WaitingSegment,
  claim: Pick<SegmentClaim, 'check'>,
  effects: EtlEffects,
): Promise<DoneSegment | undefined> {
  const { store, now } = effects
  const startedAt = now()
  const found = await store.find(segmentKey(readyFolder(stream.name), segment))
  if (!found) return undefined
  // Its sessions are what works at once: of one statement rows stay in their order, and less is held.
  const did = await onOneThread(effects.engines[0], () =>
    moveSegment({ stream, segment, models }, found, claim, effects),
  )
  return { segment, bytes: found.sizeBytes, ...did, durationMs: now().getTime() - startedAt.getTime() }
}

async function moveSegment(
  { stream, segment, models }: WaitingSegment,
  { key, sizeBytes }: StoredObject,
  claim: Pick<SegmentClaim, 'check'>,
  effects: EtlEffects,
): Promise<Pick<DoneSegment, 'lines' | 'rows' | 'files' | 'rejectedLines'>> {
  const { store, engines } = effects
  const check = (): void => claim.check()
  const tables = new Map<string, Table>()
  for (const channel of [...stream.channels, EVENTS])
    tables.set(channel, await openStreamTable(stream, channel, effects))
  const staged = await stageSegment(store.stream(key), models, { ...effects, check })
  try {
    await requireAll(staged, segment, [...tables.keys()], engines[0])
    await keepRejected(staged, stream, segment, effects)
    const summary = {
      [REJECTED_SUMMARY]: String(staged.rejectedLines),
      [SEGMENT_BYTES_SUMMARY]: String(sizeBytes),
    }
    const isWaiting = async (): Promise<boolean> => (await store.find(key)) !== undefined
    const batch = segmentBatch(stream.name, segment)
    const files: DataFile[] = []
    for (const [channel, table] of tables) {
      const from = staged.from(channel)
      if (from === undefined || hasSegment(table, batch)) continue
      const parts = await writeParts({ from, segment, table, check }, engines)
      check()
      await commitSegment({ table, files: parts, batch, summary, isWaiting }, effects)
      files.push(...parts)
    }
    check()
    await store.remove(key)
    return {
      lines: staged.lines,
      rows: files.reduce((sum, { recordCount }) => sum + recordCount, 0),
      files: files.length,
      rejectedLines: staged.rejectedLines,
    }
  } finally {
    await staged.remove()
  }
}

/**
 * Each line is one that has rows, one that is kept apart, or one that is known to have none: else this program is wrong, and
 * nothing of the segment is committed.
 * @throws {SegmentSumError}
 */
async function requireAll(staged: StagedSegment, segment: string, channels: string[], engine: Engine): Promise<void> {
  const { lines, rejectedLines, rowlessLines } = staged
  let withRows = 0
  for (const channel of channels) {
    const from = staged.from(channel)
    if (from === undefined) continue
    const [counted] = await engine.rows(`select count(distinct line) as n from ${from}`)
    withRows += Number(counted?.n)
  }
  if (withRows + rejectedLines + rowlessLines !== lines)
    throw new SegmentSumError({
      subject: `segment ${segment}`,
      expected: `${lines} lines`,
      got: `${withRows} with rows, ${rejectedLines} kept apart and ${rowlessLines} without rows`,
      fix: 'this is a mistake of Stocktake; nothing was committed, and the segment waits',
    })
}

/** Puts lines that are no records beside those that are, before the segment goes. */
async function keepRejected(
  { rejected }: StagedSegment,
  { name }: Stream,
  segment: string,
  { store }: EtlEffects,
): Promise<void> {
  const [first, ...others] = rejected
  if (first === undefined) return
  for (const other of others) await pipeline(createReadStream(other), createWriteStream(first, { flags: 'a' }))
  await store.putFile(segmentKey(rejectedFolder(name), segment), first)
}
