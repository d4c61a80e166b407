import { StocktakeError } from '../errors.js'
import { changeDocument } from '../lake/documents.js'
import { LEASE_TIMES, leaseEnd, makeLease } from '../lake/lease.js'
import { judgeProcess } from '../lake/processFacts.js'
import { waitFor } from '../lake/retry.js'
import type { IngestEffects } from './ingestEffects.js'
import { type IngestFigures, type IngestHolder, type IngestState, ingestStatePlace } from './ingestState.js'

/** A stream, in the hands of this ingest. */
export interface IngestLease {
  /** Raised when another ingest has the stream. */
  readonly lost: AbortSignal
  /** What the ingests before had come to; null where there was none. */
  readonly before: IngestFigures | null
  /** The number of a new segment: no other has had it, or will. @throws {IngestLostError} */
  allotSegment(): Promise<number>
  /**
   * Comes back when it is certain that nobody else had the stream a moment ago: at once, unless it was long ago that
   * others were told of this ingest.
   * @throws {IngestLostError}
   */
  requireHeld(): Promise<void>
  /** What is thrown where something else shows that another has it. */
  lostError(): Error
  /** Gives the stream back, with the last figures. Where that fails, it ends by itself. */
  release(): Promise<void>
}

/** Another ingest has the stream. */
export class IngestBusyError extends StocktakeError {
  constructor(stream: string, { runner, host, since }: IngestHolder) {
    super({
      subject: stream,
      expected: 'one ingest of a stream at a time',
      got: `another, pid ${runner.pid} on ${host}, since ${since.toISOString()}`,
      fix: 'stop that one first',
    })
  }
}

/** Another ingest took the stream, as this one could not say for so long that it lives. What was flushed stays. */
export class IngestLostError extends StocktakeError {
  constructor(stream: string) {
    super({
      subject: stream,
      expected: 'to ingest it alone',
      got: 'another process has it now, as this one was silent for too long',
      fix: 'run it again if the other one stops',
    })
  }
}

/** How often who waits looks whether the holder has said something. */
const LOOK_MS = 2_000
/** The first figures are told so soon: whether the source is connected. */
const FIRST_MS = 1_000
/** For so long after others were told, none can have taken the stream: half of what they wait. */
const SURE_MS = LEASE_TIMES.heldMs / 2

/**
 * Takes a stream: at once where nobody has it, or where its holder's process is certainly dead. Of one on another machine
 * nothing is certain: who hasn't renewed for twice a lease's time is gone, and for another it waits and sees whether that
 * one says anything for a lease's time; a clock that is wrong changes nothing there.
 * @param figures what is told with each renewal
 * @throws {IngestBusyError} where another has it and lives
 */
export async function takeIngestLease(
  stream: string,
  figures: () => IngestFigures,
  effects: IngestEffects,
): Promise<IngestLease> {
  const owner = effects.newId()
  const sureFromMs = effects.elapsedMs()
  const state = await take(stream, owner, effects)
  return startRenewing({ stream, owner, figures, before: state.figures, sureFromMs }, effects)
}

async function take(stream: string, owner: string, effects: IngestEffects): Promise<IngestState> {
  let first: IngestHolder | undefined
  let firstMs = 0
  for (;;) {
    const silentMs = first ? effects.elapsedMs() - firstMs : 0
    const { current } = await changeDocument(
      ingestStatePlace(effects.store, stream),
      async found => {
        if (found?.holder && (await mayLive(found.holder, silentMs, effects.now()))) return undefined
        const now = effects.now()
        const holder = { ...makeLease(owner, effects.runner, effects.host, now), since: now }
        return { holder, last_segment: found?.last_segment ?? 0, figures: found?.figures ?? null }
      },
      effects,
    )
    const holder = current?.holder
    if (current && holder?.owner === owner) return current
    if (!holder) continue
    if (first ? !isSame(first, holder) : (await judgeProcess(holder.runner)) === 'alive')
      throw new IngestBusyError(stream, holder)
    if (!first) {
      first = holder
      firstMs = effects.elapsedMs()
      effects.told({ kind: 'waiting', holder })
    }
    await waitFor(LOOK_MS, effects)
  }
}

async function mayLive({ runner, until }: IngestHolder, silentMs: number, now: Date): Promise<boolean> {
  if ((await judgeProcess(runner)) === 'dead' || silentMs > LEASE_TIMES.heldMs) return false
  return now.getTime() - until.getTime() < LEASE_TIMES.heldMs
}

const isSame = (a: IngestHolder, b: IngestHolder): boolean =>
  a.owner === b.owner && a.until.getTime() === b.until.getTime()

interface Taken {
  readonly stream: string
  readonly owner: string
  readonly figures: () => IngestFigures
  readonly before: IngestFigures | null
  /** Since when, at least, it is known to others. */
  readonly sureFromMs: number
}

/**
 * Renews the lease until it is released or lost. It isn't lost for time alone: as long as nobody has taken the stream, who
 * comes back from a silence goes on.
 */
function startRenewing(taken: Taken, effects: IngestEffects): IngestLease {
  const { stream, owner, figures, before } = taken
  const [stopped, lost] = [new AbortController(), new AbortController()]
  let { sureFromMs } = taken
  let isTrouble = false
  /** Changes the document if the stream is still this ingest's. */
  const change = async (plan: (state: IngestState, mine: IngestHolder) => IngestState): Promise<IngestState> => {
    lost.signal.throwIfAborted()
    const startedMs = effects.elapsedMs()
    const { current, isChanged } = await changeDocument(
      ingestStatePlace(effects.store, stream),
      state => (state?.holder?.owner === owner ? plan(state, state.holder) : undefined),
      { ...effects, signal: NEVER }, // the signal ends the reading, and only then the lease
    )
    if (!isChanged || !current) lost.abort(new IngestLostError(stream))
    lost.signal.throwIfAborted()
    sureFromMs = startedMs
    return current as IngestState
  }
  const renew = () =>
    change((state, mine) => ({ ...state, holder: { ...mine, until: leaseEnd(effects.now()) }, figures: figures() }))
  const tell = (error?: unknown): void => {
    const isNow = error !== undefined
    if (isNow !== isTrouble)
      effects.told(isNow ? { kind: 'trouble', what: 'state', error } : { kind: 'trouble is over', what: 'state' })
    isTrouble = isNow
  }
  const beat = async (): Promise<void> => {
    const isOver = () => stopped.signal.aborted || lost.signal.aborted
    for (let waitMs: number = FIRST_MS; !isOver(); waitMs = LEASE_TIMES.renewMs) {
      await effects.sleep(waitMs, stopped.signal).catch(() => {})
      if (isOver()) return
      await renew().then(
        () => tell(),
        error => lost.signal.aborted || tell(error),
      )
    }
  }
  const beating = beat()
  return {
    lost: lost.signal,
    before,
    lostError: () => new IngestLostError(stream),
    async allotSegment() {
      const state = await change(state => ({ ...state, last_segment: state.last_segment + 1 }))
      return state.last_segment
    },
    async requireHeld() {
      lost.signal.throwIfAborted()
      if (effects.elapsedMs() - sureFromMs > SURE_MS) await renew()
    },
    async release() {
      stopped.abort()
      await beating
      await change(state => ({ ...state, holder: null, figures: figures() })).catch(() => {})
    },
  }
}

const NEVER = new AbortController().signal
