import type { Connector } from '../config/connector.js'
import { NotFoundError, StocktakeError } from '../errors.js'
import { findChain } from '../jobs/chains.js'
import { type ChainTimes, chainTimes } from '../jobs/chainTimes.js'
import { importChainName } from '../jobs/wantedChains.js'
import type { Column } from '../output/cells.js'
import type { Context } from './globals.js'
import { openLakeStore } from './lakeSession.js'
import { shownTime } from './shown.js'

/**
 * When a connector's schedule made its last snapshot, and makes the next. A lake that isn't there has none; one that can't be
 * read is a warning, as settings are there without it.
 */
export async function loadConnectorTimes(
  connector: Connector,
  context: Pick<Context, 'config' | 'signal' | 'log'>,
): Promise<ChainTimes> {
  if (context.config.lake === undefined) return chainTimes(undefined)
  try {
    return chainTimes(await findChain(await openLakeStore(context), importChainName(connector)))
  } catch (error) {
    if (context.signal.aborted || !(error instanceof StocktakeError)) throw error
    if (!(error instanceof NotFoundError)) context.log.warn(`when it was last imported isn't known: ${error.message}`)
    return chainTimes(undefined)
  }
}

/** As people read them; nothing of what there isn't. */
export function timesLines({ last_ended_at, last_state, next_due_at, failing_since }: ChainTimes): string[] {
  const lines = [
    last_ended_at && ['last scheduled', `${shownTime(last_ended_at)}, ${last_state}`],
    failing_since && ['failing since', shownTime(failing_since)],
    next_due_at && ['next scheduled', shownTime(next_due_at)],
  ]
  return lines.filter(line => line !== null).map(([name = '', value]) => `${name.padEnd(24)}${value}\n`)
}

export const TIMES_COLUMNS: readonly Column[] = [
  { name: 'last_ended_at', kind: 'time' },
  { name: 'last_state' },
  { name: 'next_due_at', kind: 'time' },
  { name: 'failing_since', kind: 'time' },
]
