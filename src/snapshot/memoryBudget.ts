/** What the engine may have. */
export interface EngineLimits {
  readonly engineBytes: number
  readonly threads: number
}

/** What statements of an import may hold. */
export interface MemoryBudget extends EngineLimits {
  /** What a row of the report takes in a sort, on average. */
  readonly rowBytes: number
}

/** What a process is for. */
export type EngineUse = 'import' | 'comparison' | 'query' | 'server'

/**
 * What a process takes beside what DuckDB counts: Node and DuckDB doing nothing, buffers of files and of Node's streams. A
 * comparison unpacks nothing of its own. What is a `query` has little more than the engine to hold: of queries and reports the
 * answer on its way out, of an insert the row at hand, as rows wait in files. A server has the index of folders and answers that
 * it keeps.
 */
const PROCESS_BYTES: Readonly<Record<EngineUse, number>> = {
  import: 300_000_000,
  comparison: 265_000_000,
  query: 190_000_000,
  server: 340_000_000,
}
const LEAST_ENGINE_BYTES = 100_000_000

/** What is DuckDB's of the memory that the whole process may have. */
export const engineBytesOf = (processBytes: number, use: EngineUse = 'import'): number =>
  Math.max(LEAST_ENGINE_BYTES, processBytes - PROCESS_BYTES[use])

/**
 * How many rows are sorted at once: as many as fit without spilling to disk, with room for the sort itself and for what
 * is derived from the rows before.
 */
export const sortableRows = ({ engineBytes, rowBytes }: MemoryBudget): number =>
  Math.max(10_000, Math.floor((engineBytes * SORT_SHARE) / rowBytes))

const SORT_SHARE = 0.8

/** How many rows one thread may hold when all of them write. */
export const writableRows = ({ engineBytes, threads, rowBytes }: MemoryBudget): number =>
  Math.floor(engineBytes / threads / rowBytes)
