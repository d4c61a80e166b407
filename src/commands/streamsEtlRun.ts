import { hostname } from 'node:os'
import type { Stream } from '../config/stream.js'
import type { Engine } from '../engine/engine.js'
import { freeMemory } from '../engine/freeMemory.js'
import { describeProcess } from '../lake/processFacts.js'
import type { Column } from '../output/cells.js'
import { countText, formatBytes } from '../output/quantities.js'
import { type EtlStep, etlOnce, watchSegments } from '../streams/etl.js'
import { findClaimHolder } from '../streams/etlClaim.js'
import type { DoneSegment, EtlEffects } from '../streams/etlSegment.js'
import { listSegments } from '../streams/listSegments.js'
import { readyFolder } from '../streams/streamPlaces.js'
import type { Context } from './globals.js'
import { makeDatabase, openCatalog } from './lakeCatalog.js'
import { withEngine } from './lakeSession.js'
import { makeLake, workRootOf } from './snapshotSession.js'
import { chooseStream } from './streamsOfConfig.js'
import { waitEffects } from './waitEffects.js'

interface EtlFlags {
  readonly once?: boolean
}

/**
 * Does the segments of a stream that wait; without --once also those that come, until a signal, which is how a watch ends: what
 * it had begun waits for the next one.
 * @throws {NotFoundError} for a stream that there isn't, and where there is no lake
 * @throws what became of the first segment that couldn't be done, once the others are
 */
export async function runStreamsEtl(name: string, { once = false }: EtlFlags, context: Context): Promise<void> {
  const stream = chooseStream(name, context)
  if (once) return withEtl(stream, context, effects => doOnce(stream, effects, context))
  try {
    await withEtl(stream, context, effects => watch(stream, effects, context))
  } catch (error) {
    if (!context.signal.aborted) throw error
  }
}

async function watch(stream: Stream, effects: EtlEffects, context: Context): Promise<void> {
  for await (const step of watchSegments(stream, { everyMs: WATCH_MS }, effects)) tellStep(stream, step, context)
}

/** How long a watch waits when nothing was there. */
const WATCH_MS = 2_000

/** Opens what an etl needs, for as long as `act` takes. */
export async function withEtl<T>(
  stream: Stream,
  context: Context,
  act: (effects: EtlEffects) => Promise<T>,
): Promise<T> {
  // After a signal, too, a segment is given back.
  const lasting = { ...context, signal: new AbortController().signal }
  const { place, lake } = await makeLake(lasting)
  await makeDatabase(lake.store, lasting, stream.database)
  const catalog = await openCatalog(lake.store, lasting)
  const wait = waitEffects(context.signal)
  const open = async ({ engine, limits }: { engine: Engine; limits: { threads: number } }): Promise<T> => {
    const forks: Engine[] = []
    try {
      for (let i = 1; i < Math.min(limits.threads, MOST_SESSIONS); i++) forks.push(await engine.fork())
      return await act({
        ...wait,
        sleep: (ms: number, signal: AbortSignal = context.signal) => wait.sleep(ms, signal),
        now: context.now,
        store: lake.store,
        catalog,
        engines: [engine, ...forks],
        freeMemory,
        runner: await describeProcess(process.pid),
        host: hostname(),
      })
    } finally {
      for (const fork of forks) fork.close()
    }
  }
  return withEngine(context, open, { spillFolder: workRootOf(context, place, lake.id) })
}

/** Pieces of a segment that are parsed at once. */
const MOST_SESSIONS = 4

async function doOnce(stream: Stream, effects: EtlEffects, context: Context): Promise<void> {
  const done: DoneSegment[] = []
  const failed: EtlStep[] = []
  for await (const step of etlOnce(stream, effects)) {
    if (step.kind === 'done') done.push(step.done)
    else failed.push(step)
    context.progress.update({ label: stream.name, done: done.length, unit: 'segments' })
  }
  const heldCount = await tellHeld(stream, effects, context)
  if (done.length + failed.length + heldCount === 0) context.log.notice(`no segments of ${stream.name} wait`)
  if (done.length > 0 || context.format !== 'table') await context.write(done.map(toRow), COLUMNS)
  const [first] = failed
  if (first?.kind === 'failed') throw first.error
}

/** What others work on is left to them, and isn't done yet. @returns how many those are */
async function tellHeld(stream: Stream, effects: EtlEffects, { log }: Context): Promise<number> {
  let count = 0
  for (const { name } of await listSegments(effects.store, readyFolder(stream.name))) {
    const holder = await findClaimHolder(stream.name, name, effects)
    if (!holder) continue
    count++
    const until = holder.until.toISOString().slice(11, 19)
    log.notice(`${name} is held by process ${holder.runner.pid} on ${holder.host}; if that is gone, until ${until} UTC`)
  }
  return count
}

function tellStep(stream: Stream, step: EtlStep, { log }: Context): void {
  if (step.kind === 'failed') {
    const got = step.error instanceof Error ? step.error.message : String(step.error)
    log.warn(`${step.segment ?? stream.name} waits: ${got}`)
    return
  }
  const { segment, bytes, rows, rejectedLines, durationMs } = step.done
  const apart = rejectedLines > 0 ? `, ${countText(rejectedLines, 'line')} kept apart` : ''
  log.notice(
    `${segment}: ${countText(rows, 'row')} of ${formatBytes(bytes)} in ${(durationMs / 1000).toFixed(1)} s${apart}`,
  )
}

/** A segment that was done, as programs get it. */
interface EtlRow {
  readonly segment: string
  readonly size_bytes: number
  readonly line_count: number
  readonly row_count: number
  readonly rejected_line_count: number
  readonly file_count: number
  readonly duration_ms: number
}

const toRow = ({ segment, bytes, lines, rows, files, rejectedLines, durationMs }: DoneSegment): EtlRow => ({
  segment,
  size_bytes: bytes,
  line_count: lines,
  row_count: rows,
  rejected_line_count: rejectedLines,
  file_count: files,
  duration_ms: durationMs,
})

const COLUMNS: Column<EtlRow>[] = (
  ['segment', 'size_bytes', 'line_count', 'row_count', 'rejected_line_count', 'file_count', 'duration_ms'] as const
).map(name => ({ name }))
