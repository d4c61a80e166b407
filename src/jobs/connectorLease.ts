import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { StocktakeError } from '../errors.js'
import type { DocumentPlace } from '../lake/documentNumbers.js'
import { changeDocument } from '../lake/documents.js'
import { isLeaseHeld, LEASE_TIMES, leaseSchema, makeLease } from '../lake/lease.js'
import { keepLease } from '../lake/leaseKeeper.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { ProcessFacts } from '../lake/processFacts.js'
import type { QueueEffects } from './jobQueue.js'

const holder = leaseSchema.extend({
  what: z.enum(['import', 'scan', 'maintain']),
  /** NULL for one that a person runs. */
  job_id: z.string().nullable(),
  since: z.iso.datetime().transform(text => new Date(text)),
})

/** Who has a connector to itself. */
export type ConnectorHolder = z.output<typeof holder>

/** Who has a connector: an import or a scan at a time; or `maintain`, while it drops what killed imports have left. */
const turn = z.object({ connector: z.string(), holder: holder.nullable() })
type ConnectorTurn = z.output<typeof turn>

export interface ConnectorLeaseOptions {
  readonly connectorGuid: string
  readonly connector: string
  readonly what: ConnectorHolder['what']
  /** NULL for one that a person runs. */
  readonly jobId: string | null
  /** Whether to wait while another has the connector. */
  readonly wait: boolean
}

export interface ConnectorLeaseEffects extends QueueEffects {
  readonly runner: ProcessFacts
  readonly host: string
  /** Told who has the connector, once for each. */
  readonly waiting: (holder: ConnectorHolder) => void
}

/** Another import or scan has the connector. */
export class ConnectorBusyError extends StocktakeError {
  readonly holder: ConnectorHolder

  constructor(connector: string, holder: ConnectorHolder) {
    const { what, host, since } = holder
    super({
      subject: connector,
      expected: 'one import or scan at a time',
      got: `${holderName(what)} on ${host} since ${since.toISOString()}`,
      fix: 'try again when that is over',
    })
    this.holder = holder
  }
}

/** What has a connector, in words. */
export const holderName = (what: ConnectorHolder['what']): string =>
  what === 'import' ? 'an import' : what === 'scan' ? 'a scan' : 'maintain'

/** How often who waits looks whether the connector is free. */
const LOOK_MS = 2_000

/**
 * Has a connector to itself for as long as `act` takes.
 * @param act gets a signal that is raised when another has taken the connector, or when nobody could be told for so long that
 *   another may
 * @throws {ConnectorBusyError} where another has it and `wait` is false
 */
export async function withConnectorLease<T>(
  options: ConnectorLeaseOptions,
  effects: ConnectorLeaseEffects,
  act: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const mine = await take(options, effects)
  const renew = (until: Date): Promise<boolean> => changeOwn(options, mine, holder => ({ ...holder, until }), effects)
  const lostError = (): ConnectorLostError => new ConnectorLostError(options.connector)
  const keeper = keepLease({ until: mine.until, renew, lostError }, effects)
  try {
    return await act(keeper.lost)
  } finally {
    await keeper.stop()
    await release(options, mine, effects)
  }
}

async function take(options: ConnectorLeaseOptions, effects: ConnectorLeaseEffects): Promise<ConnectorHolder> {
  const { connector, what, jobId, wait } = options
  const owner = randomUUID()
  const silence = watchSilence()
  let told: string | undefined
  for (;;) {
    const { current } = await changeDocument(
      placeOf(options, effects.store),
      async found => {
        const now = effects.now()
        const isSilent = found?.holder && silence.isSilent(found.holder)
        if (found?.holder && !isSilent && (await isLeaseHeld(found.holder, now))) return undefined
        const lease = makeLease(owner, effects.runner, effects.host, now)
        return { connector, holder: { ...lease, what, job_id: jobId, since: now } }
      },
      effects,
    )
    const found = current?.holder
    if (found?.owner === owner) return found
    if (found && !wait) throw new ConnectorBusyError(connector, found)
    if (found && found.owner !== told) effects.waiting(found)
    told = found?.owner
    await waitFor(LOOK_MS, effects)
    silence.waited(found, LOOK_MS)
  }
}

/**
 * Finds out by waiting, and not by a clock, that a holder has said nothing for a lease's time: one whose clock was ahead, and
 * that is dead, would be believed for as long as it was ahead.
 */
function watchSilence() {
  let last: ConnectorHolder | undefined
  let silentMs = 0
  const isSame = ({ owner, until }: ConnectorHolder): boolean =>
    last !== undefined && owner === last.owner && until.getTime() === last.until.getTime()
  return {
    isSilent: (holder: ConnectorHolder): boolean => isSame(holder) && silentMs > LEASE_TIMES.heldMs,
    waited(holder: ConnectorHolder | null | undefined, ms: number): void {
      silentMs = holder && isSame(holder) ? silentMs + ms : ms
      last = holder ?? undefined
    },
  }
}

async function waitFor(ms: number, { sleep, signal }: QueueEffects): Promise<void> {
  try {
    await sleep(ms, signal)
  } finally {
    signal.throwIfAborted() // a timer's own error doesn't say why it was stopped
  }
}

/** Another has taken the connector, or nobody could be told for so long that another may have. */
export class ConnectorLostError extends StocktakeError {
  constructor(connector: string) {
    super({
      subject: connector,
      expected: 'to have it alone',
      got: 'the lake could not be reached for too long, and another may have it now',
      fix: 'run it again: it goes on from where it was',
    })
  }
}

/** Where that fails, the lease ends by itself, or when this process does. */
async function release(
  options: ConnectorLeaseOptions,
  mine: ConnectorHolder,
  effects: ConnectorLeaseEffects,
): Promise<void> {
  await changeOwn(options, mine, () => null, effects).catch(() => undefined)
}

/** @returns whether the connector was still this owner's. */
async function changeOwn(
  options: ConnectorLeaseOptions,
  { owner }: ConnectorHolder,
  plan: (mine: ConnectorHolder) => ConnectorHolder | null,
  effects: ConnectorLeaseEffects,
): Promise<boolean> {
  const { isChanged } = await changeDocument(
    placeOf(options, effects.store),
    found => (found?.holder?.owner === owner ? { ...found, holder: plan(found.holder) } : undefined),
    { ...effects, signal: new AbortController().signal }, // a signal ends what is done under the lease, not the lease
  )
  return isChanged
}

const placeOf = ({ connectorGuid }: ConnectorLeaseOptions, store: ObjectStore): DocumentPlace<ConnectorTurn> => ({
  store,
  folder: `state/connectors-busy/${connectorGuid}`,
  schema: turn,
  keptMs: LEASE_TIMES.heldMs,
})
