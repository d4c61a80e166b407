import type { Row } from '../engine/engine.js'
import type { RemoteEngine, RemoteKind, RemoteProgress, RemoteStats } from '../engine/remoteEngine.js'

/** What an import elsewhere is at: it counts the report's rows, puts them into `objects` and checks them there, and derives the rest. */
export type RemotePhase = 'rows' | 'objects' | 'check' | 'folders' | 'changes'

/** What an import elsewhere asks of its engine, one statement after the other. */
export interface RemoteStatements {
  readonly kind: RemoteKind
  /** The rows of a SELECT that gives few. @throws {RemoteQueryError} */
  rows(phase: RemotePhase, sql: string): Promise<Row[]>
  /** Runs an INSERT. @throws {RemoteQueryError} */
  run(phase: RemotePhase, sql: string): Promise<void>
  /** What they took together, so far. */
  stats(): RemoteTotals
}

export interface RemoteTotals {
  readonly statements: number
  readonly scannedBytes: number
  /** Bytes that were read while the engine had to do with the report itself. */
  readonly reportBytes: number
  /** USD, where the engine's price is known. */
  readonly costUsd: number | undefined
}

interface StatementEffects {
  readonly signal: AbortSignal
  readonly progress: (step: { readonly phase: RemotePhase; readonly progress: RemoteProgress }) => void
}

/**
 * Of what is written: some 100,000 rows of `objects`. Trino by itself makes 128 MB of it, up to 3.4 million rows, of which a reader
 * that wants a folder or compares a range of keys has to unpack all, and for which a DuckDB with little memory has too little.
 */
const ROW_GROUP_BYTES = 8 * 1024 * 1024

/** Statements of an engine in the lake's database. */
export function remoteStatements(
  remote: RemoteEngine,
  database: string,
  { signal, progress }: StatementEffects,
): RemoteStatements {
  let totals: RemoteTotals = { statements: 0, scannedBytes: 0, reportBytes: 0, costUsd: undefined }
  const add = (phase: RemotePhase, { scannedBytes, costUsd }: RemoteStats): void => {
    totals = {
      statements: totals.statements + 1,
      scannedBytes: totals.scannedBytes + scannedBytes,
      reportBytes: totals.reportBytes + (isOfReport(phase) ? scannedBytes : 0),
      costUsd: costUsd === undefined ? totals.costUsd : (totals.costUsd ?? 0) + costUsd,
    }
  }
  const options = (phase: RemotePhase) => ({
    signal,
    schema: database,
    progress: (told: RemoteProgress) => progress({ phase, progress: told }),
  })
  return {
    kind: remote.kind,
    async rows(phase, sql) {
      const result = await remote.query(sql, options(phase))
      const rows: Row[] = []
      for await (const row of result.rows) rows.push(row)
      add(phase, result.stats())
      return rows
    },
    async run(phase, sql) {
      add(phase, await remote.run(sql, { ...options(phase), rowGroupBytes: ROW_GROUP_BYTES }))
    },
    stats: () => totals,
  }
}

const isOfReport = (phase: RemotePhase): boolean => phase === 'rows' || phase === 'objects'
