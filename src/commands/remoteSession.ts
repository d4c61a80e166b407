import type { RemoteEngine, RemoteKind, RemoteOptions, RemoteResult, RemoteStats } from '../engine/remoteEngine.js'
import { formatBytes, formatDuration, formatUsd } from '../output/quantities.js'
import { type EngineArgs, openRemote } from './engineFlag.js'
import type { Context } from './globals.js'

/** An engine elsewhere, for what one command asks of it. */
export interface RemoteSession {
  readonly kind: RemoteKind
  /** Runs a query, showing how far it is. @throws {RemoteQueryError} */
  readonly ask: (sql: string) => Promise<RemoteResult>
}

type SessionContext = Pick<Context, 'config' | 'env' | 'signal' | 'log' | 'progress'>

/** Opens an engine elsewhere for as long as `act` takes, and tells what was scanned, also where it failed. */
export async function withRemote<T>(
  args: EngineArgs,
  kind: RemoteKind,
  context: SessionContext,
  act: (session: RemoteSession) => Promise<T>,
): Promise<T> {
  const remote = await openRemote(args, kind, context)
  const asked: (() => RemoteStats)[] = []
  const ask = async (sql: string): Promise<RemoteResult> => {
    try {
      const result = await remote.query(sql, { ...progressOf(remote, context), signal: context.signal })
      asked.push(result.stats)
      return result
    } finally {
      context.progress.clear()
    }
  }
  try {
    return await act({ kind, ask })
  } finally {
    await remote.close()
    if (asked.length > 0)
      context.log.notice(
        statsText(
          kind,
          asked.map(stats => stats()),
        ),
      )
  }
}

const progressOf = ({ kind }: RemoteEngine, { progress }: Pick<Context, 'progress'>): RemoteOptions => ({
  progress: ({ state, rows, bytes = 0, splitsDone = 0, splitsTotal }) =>
    progress.update({
      label: state === 'queued' ? `queued on ${kind}` : kind,
      ...(splitsTotal === undefined
        ? { done: Math.round(bytes / MB), unit: 'MB' }
        : { done: splitsDone, ...(splitsTotal > 0 && { total: splitsTotal }), unit: 'splits' }),
      ...(rows !== undefined && { tally: { count: rows, unit: 'rows' } }),
    }),
})

const MB = 1_000_000

/** `trino: 1.2 GB scanned, 3.4 s; query 20260120_010203_00001_abcde`, or of several how many. */
export function statsText(kind: RemoteKind, queries: readonly RemoteStats[]): string {
  const sum = (value: (stats: RemoteStats) => number): number => queries.reduce((all, each) => all + value(each), 0)
  const isPriced = queries.some(({ costUsd }) => costUsd !== undefined)
  const parts = [
    `${formatBytes(sum(({ scannedBytes }) => scannedBytes))} scanned`,
    ...(isPriced ? [formatUsd(sum(({ costUsd = 0 }) => costUsd))] : []),
    formatDuration(sum(({ elapsedMs }) => elapsedMs)),
  ]
  const which = queries.length === 1 ? `query ${queries[0]?.queryId}` : `${queries.length} queries`
  return `${kind}: ${parts.join(', ')}; ${which}`
}
