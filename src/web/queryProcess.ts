import { QueryError, type ResultColumn } from '../engine/engine.js'

/** A person's SQL, and how far it may go. */
export interface QueryRequest {
  readonly sql: string
  /** Rows; there may be more. */
  readonly limit: number
  /** As what each row is given away: the JSON of an array, whole numbers in it exact; or a line of CSV, after one of names. */
  readonly format: 'json' | 'csv'
}

/** What came of it, beside the rows. */
export interface QueryAnswer {
  readonly columns: readonly Pick<ResultColumn, 'name' | 'type'>[]
  /** Whether there are more rows. */
  readonly isCut: boolean
}

/** Runs a SELECT in a process that can read the lake's tables and nothing else. */
export interface QueryProcess {
  /**
   * The process is gone by the time this is settled, and what it wrote to disk, too.
   * @param take is given each row; the process waits for it
   * @param signal of who asks: the process is ended when they have gone
   * @throws {UsageError} for what is no SELECT, or one that asks for more than the lake's views
   * @throws {QueryError} with DuckDB's message {@link QueryLimitError} for one that takes too long or too much memory
   * @throws {QueriesBusyError} where too many wait
   */
  run(request: QueryRequest, take: (row: string) => void | Promise<void>, signal: AbortSignal): Promise<QueryAnswer>
}

/** SQL that needs more time, memory or disk than one query may have. */
export class QueryLimitError extends QueryError {}

/** So many queries wait already that another one would wait for too long. */
export class QueriesBusyError extends QueryError {}

/** What one query may use. */
export interface QueryLimits {
  /** From the start of its process to its end. */
  readonly timeMs: number
  /** Of DuckDB's buffers. */
  readonly engineBytes: number
  /** Of the whole process: where it would have more, it ends. */
  readonly processBytes: number
  readonly threads: number
  /** What it may spill to disk. */
  readonly tempBytes: number
  /** What its rows may come to, as text. */
  readonly answerBytes: Readonly<Record<QueryRequest['format'], number>>
  /** How many run at once, and how many wait for one of these to end. */
  readonly running: number
  readonly waiting: number
}

export const QUERY_LIMITS: QueryLimits = {
  timeMs: 30_000,
  engineBytes: 256_000_000,
  processBytes: 1_000_000_000,
  threads: 2,
  tempBytes: 1_000_000_000,
  answerBytes: { json: 16_000_000, csv: 256_000_000 },
  running: 2,
  waiting: 8,
}
