import type { ErrorFacts } from '../errors.js'
import { QueryError, type QueryResult } from './engine.js'
import type { ExactValue } from './exactJson.js'
import type { TrinoType } from './trinoType.js'

/** An engine that runs elsewhere and takes Trino's SQL. */
export interface RemoteEngine {
  readonly kind: RemoteKind
  /**
   * Runs one statement as it is written: there are no parameters, see `renderTrino`.
   * @throws {RemoteQueryError} with the engine's own words; {InterruptedError} once `signal` is aborted, when the engine
   * has been told to stop
   */
  query(sql: string, options?: RemoteOptions): Promise<RemoteResult>
  /** As {@link query}, to the end of a statement whose rows don't matter: INSERT, or the engine's DDL. */
  run(sql: string, options?: RemoteOptions): Promise<RemoteStats>
  /** What was begun and not read to its end is stopped. */
  close(): Promise<void>
}

export type RemoteKind = 'trino' | 'athena'

export interface RemoteOptions {
  readonly signal?: AbortSignal
  readonly progress?: (progress: RemoteProgress) => void
  /** Where names without a schema are looked for; the session's own database where it isn't given. */
  readonly schema?: string
  readonly catalog?: string
  /**
   * How many bytes of rows stand together in a Parquet file that the statement writes, which a reader unpacks together: as many
   * as the engine likes unless given. Athena can't be told.
   */
  readonly rowGroupBytes?: number
}

/**
 * A result whose rows have the values of an `Engine`: bigint for whole numbers of 64 bits, Date in UTC for timestamps (to
 * the millisecond), text for dates, exact text for what has no nearer form.
 */
export interface RemoteResult extends QueryResult {
  /** The columns' types in their parts. */
  readonly types: readonly TrinoType[]
  /** The rows as the engine wrote them, to every digit; to be read instead of `rows`. */
  readonly exactRows: AsyncIterable<readonly ExactValue[]>
  /** What it took; whole once the rows were read, so far before. */
  readonly stats: () => RemoteStats
}

export interface RemoteStats {
  /** The engine's own id of the query, by which its pages and logs name it. */
  readonly queryId: string
  /** Bytes that the engine read from the tables' files. */
  readonly scannedBytes: number
  readonly elapsedMs: number
  /** USD, where the engine's price is known. */
  readonly costUsd?: number
}

/** How far a query is; what an engine doesn't tell is absent. */
export interface RemoteProgress {
  readonly state: 'queued' | 'running' | 'finishing'
  readonly rows?: number
  readonly bytes?: number
  readonly splitsDone?: number
  readonly splitsTotal?: number
}

/** SQL that a remote engine refused or could not finish, in its own words. */
export class RemoteQueryError extends QueryError {
  /** The engine's name of what is wrong, such as TABLE_NOT_FOUND; empty where it has none. */
  readonly code: string

  constructor(facts: ErrorFacts, code = '') {
    super(facts)
    this.code = code
  }
}
