import { z } from 'zod'
import { StocktakeError } from '../errors.js'
import { LEASE_TIMES } from '../lake/lease.js'
import { waitFor } from '../lake/retry.js'
import { type OwnTurn, type Turn, type TurnEffects, takeTurn, turnHolderSchema } from '../lake/turn.js'

const holder = turnHolderSchema.extend({
  what: z.enum(['import', 'scan', 'maintain']),
  /** NULL for one that a person runs. */
  job_id: z.string().nullable(),
})

/** Who has a connector to itself. */
export type ConnectorHolder = z.output<typeof holder>

/** Who has a connector: an import or a scan at a time; or `maintain`, while it drops what killed imports have left. */
const turn = z.object({ connector: z.string(), holder: holder.nullable() })

export interface ConnectorLeaseOptions {
  readonly connectorGuid: string
  readonly connector: string
  readonly what: ConnectorHolder['what']
  /** NULL for one that a person runs. */
  readonly jobId: string | null
  /** Whether to wait while another has the connector. */
  readonly wait: boolean
}

export interface ConnectorLeaseEffects extends TurnEffects {
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
  const own = await take(options, effects)
  try {
    return await act(own.lost)
  } finally {
    await own.release()
  }
}

async function take(options: ConnectorLeaseOptions, effects: ConnectorLeaseEffects): Promise<OwnTurn> {
  const silence = watchSilence()
  const turn = turnOf(options, silence.isSilent)
  let told: string | undefined
  for (;;) {
    const { holder, own } = await takeTurn(turn, effects)
    if (own) return own
    if (!options.wait) throw new ConnectorBusyError(options.connector, holder)
    if (holder.owner !== told) effects.waiting(holder)
    told = holder.owner
    await waitFor(LOOK_MS, effects)
    silence.waited(holder, LOOK_MS)
  }
}

function turnOf(
  { connectorGuid, connector, what, jobId }: ConnectorLeaseOptions,
  isGone: (holder: ConnectorHolder) => boolean,
): Turn<z.output<typeof turn>> {
  return {
    place: { folder: `state/connectors-busy/${connectorGuid}`, schema: turn, keptMs: LEASE_TIMES.heldMs },
    take: (lease, now) => ({ connector, holder: { ...lease, what, job_id: jobId, since: now } }),
    isGone,
    lostError: () => new ConnectorLostError(connector),
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
    waited(holder: ConnectorHolder, ms: number): void {
      silentMs = isSame(holder) ? silentMs + ms : ms
      last = holder
    },
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
