import type { ResultColumn } from '../engine/engine.js'

/** A person's SQL, and how far it may go. */
export interface QueryRequest {
  readonly sql: string
  /** Rows; there may be more. */
  readonly limit: number
}

/** What came of it: rows as they come, as JSON values; reading them to the end says whether there were more. */
export interface QueryAnswer {
  readonly columns: readonly ResultColumn[]
  readonly rows: AsyncIterable<readonly unknown[]>
  /** After the rows: whether there are more of them. */
  isCut(): boolean
}

/** Runs a SELECT in a process that can read the lake's tables and nothing else. */
export interface QueryProcess {
  /**
   * @throws {UsageError} for what is no SELECT {@link QueryError} with DuckDB's message {@link QueryLimitError} for one that
   *   takes too long or too much memory
   */
  run(request: QueryRequest, signal: AbortSignal): Promise<QueryAnswer>
}
