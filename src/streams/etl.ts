import type { Stream } from '../config/stream.js'
import { EngineLostError } from '../engine/engine.js'
import { claimSegment, SegmentLostError, sweepClaims } from './etlClaim.js'
import { type EtlModels, prepareModels } from './etlModels.js'
import { type DoneSegment, type EtlEffects, etlSegment } from './etlSegment.js'
import { listSegments } from './listSegments.js'
import { readyFolder, segmentKey } from './streamPlaces.js'

/** What became of a segment that waited. */
export type EtlStep =
  | { readonly kind: 'done'; readonly done: DoneSegment }
  /** The segment waits, and the others were gone on with; without one, none could be looked at. */
  | { readonly kind: 'failed'; readonly segment: string | undefined; readonly error: unknown }

/**
 * Does the segments of a stream that wait and that nobody else works on, in the order in which they were begun; those that
 * others work on are left to them.
 * @returns each as it ends
 */
export async function* etlOnce(stream: Stream, effects: EtlEffects): AsyncGenerator<EtlStep> {
  yield* etlRound(stream, await prepareModels(stream, effects.engines[0]), effects)
}

async function* etlRound(stream: Stream, models: EtlModels, effects: EtlEffects): AsyncGenerator<EtlStep> {
  const { store, signal } = effects
  const isThere = async (segment: string): Promise<boolean> =>
    (await store.find(segmentKey(readyFolder(stream.name), segment))) !== undefined
  await sweepClaims(stream.name, isThere, effects)
  for (const { name } of await listSegments(store, readyFolder(stream.name))) {
    signal.throwIfAborted()
    const step = await etlOne(stream, name, models, effects)
    if (step) yield step
  }
}

/** @returns nothing for a segment that another has, or has done */
async function etlOne(
  stream: Stream,
  segment: string,
  models: EtlModels,
  effects: EtlEffects,
): Promise<EtlStep | undefined> {
  const claim = await claimSegment(stream.name, segment, effects)
  if (!claim) return undefined
  let isGone = false
  try {
    const done = await etlSegment({ stream, segment, models }, claim, effects)
    isGone = true
    return done && { kind: 'done', done }
  } catch (error) {
    effects.signal.throwIfAborted()
    if (error instanceof EngineLostError) throw error // with it nothing succeeds any more
    if (error instanceof SegmentLostError) return undefined
    return { kind: 'failed', segment, error }
  } finally {
    await (isGone ? claim.forget() : claim.release())
  }
}

/**
 * Does segments as they come, until it is told to end. What fails, be it the store, is tried again, later each time.
 * @param everyMs how long it waits when there was nothing to do
 * @throws {EngineLostError} whoever keeps it running starts it anew
 */
export async function* watchSegments(
  stream: Stream,
  { everyMs }: { readonly everyMs: number },
  effects: EtlEffects,
): AsyncGenerator<EtlStep> {
  const models = await prepareModels(stream, effects.engines[0])
  for (let failures = 0; ; ) {
    let [done, failed] = [0, 0]
    for await (const step of etlOrFail(stream, models, effects)) {
      if (step.kind === 'done') done++
      else failed++
      yield step
    }
    failures = failed > 0 && done === 0 ? failures + 1 : 0
    if (done === 0) await effects.sleep(Math.min(LONGEST_WAIT_MS, everyMs * 2 ** failures), effects.signal)
  }
}

const LONGEST_WAIT_MS = 60_000

async function* etlOrFail(stream: Stream, models: EtlModels, effects: EtlEffects): AsyncGenerator<EtlStep> {
  try {
    yield* etlRound(stream, models, effects)
  } catch (error) {
    effects.signal.throwIfAborted()
    if (error instanceof EngineLostError) throw error
    yield { kind: 'failed', segment: undefined, error }
  }
}
