import { SLOW_QUERY } from '../jobs/slowQueries.js'
import { outcomeOf } from '../lake/deeds.js'
import { formatDuration } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { recordDeed } from './audited.js'
import type { Context } from './globals.js'
import { type QueryTimer, startQueryTimer } from './queryTimer.js'

/** A query as its record names it. */
export interface TimedQuery {
  /** The declared tables that it is about, as the lake names them: none for one of the views of snapshots. */
  readonly tables: readonly string[]
  /** What messages call it. */
  readonly name: string
  /** What it is, for the record. */
  readonly detail: Readonly<Record<string, string | number | null>>
}

/**
 * Runs a query. One that takes longer than `tables.slow_query` is warned of, and recorded in the audit, by which the
 * daemon counts it; also one that fails or is interrupted after that time.
 */
export async function timed<T>(
  query: TimedQuery,
  context: Context,
  act: (timer: QueryTimer) => Promise<T>,
): Promise<T> {
  const timer = startQueryTimer(context.now)
  try {
    const result = await act(timer)
    await tellIfSlow(query, timer, 'done', context)
    return result
  } catch (error) {
    await tellIfSlow(query, timer, context.signal.aborted ? 'interrupted' : outcomeOf(error), context)
    throw error
  }
}

async function tellIfSlow(
  { tables, name, detail }: TimedQuery,
  timer: QueryTimer,
  outcome: ReturnType<typeof outcomeOf> | 'done',
  context: Context,
): Promise<void> {
  const { slowQueryMs } = context.config.tables
  const tookMs = timer.tookMs()
  if (tookMs <= slowQueryMs) return
  const [took, limit] = [formatDuration(tookMs), formatDuration(slowQueryMs)]
  context.log.warn(`slow query: ${escapeControls(name)} took ${took}, more than tables.slow_query (${limit})`)
  const deed = { action: SLOW_QUERY, subject: tables.join(', '), objects: null, outcome }
  await recordDeed({ ...deed, detail: { ...detail, took_ms: tookMs } }, context)
}

/** A text that is as long as records want it. */
export const shortened = (text: string): string => (text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text)

const MOST = 500
