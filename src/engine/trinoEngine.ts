import { InterruptedError } from '../errors.js'
import type { ExactValue } from './exactJson.js'
import {
  type RemoteEngine,
  type RemoteOptions,
  RemoteQueryError,
  type RemoteResult,
  type RemoteStats,
} from './remoteEngine.js'
import { interrupted, remoteMistake } from './remoteErrors.js'
import { toRemoteResult } from './remoteResult.js'
import { type TrinoAddress, type TrinoEffects, type TrinoPage, type TrinoSession, trinoPages } from './trinoProtocol.js'
import type { TrinoType } from './trinoType.js'

export interface TrinoOptions {
  readonly address: TrinoAddress
  /** Where names of tables are looked for. */
  readonly catalog: string
  readonly schema?: string
  /** A query that reads more is ended by Trino itself. */
  readonly maxScanBytes?: number
}

/** A Trino as an engine. Nothing is asked of it yet. */
export function openTrino(options: TrinoOptions, effects: TrinoEffects): RemoteEngine {
  const open = new Set<Statement>()
  const start = async (sql: string, asked: RemoteOptions): Promise<Statement> => {
    const statement = new Statement(sql, sessionOf(options, asked), asked, options.address, effects)
    open.add(statement)
    statement.onEnd(() => open.delete(statement))
    await statement.start()
    return statement
  }
  return {
    kind: 'trino',
    async query(sql, asked = {}) {
      return (await start(sql, asked)).result()
    },
    async run(sql, { rowGroupBytes, ...asked } = {}) {
      const begun = start(sql, rowGroupBytes === undefined ? asked : { ...asked, rowGroupBytes })
      const { exactRows, stats } = (
        await begun.catch(error => {
          if (rowGroupBytes === undefined || !isUnknownProperty(error)) throw error
          return start(sql, asked) // a Trino that can't be told: nothing was begun
        })
      ).result()
      for await (const _ of exactRows);
      return stats()
    },
    async close() {
      await Promise.all([...open].map(statement => statement.stop()))
    },
  }
}

/** Versions of Trino have properties of their own. */
const isUnknownProperty = (error: unknown): boolean =>
  error instanceof RemoteQueryError && error.code === 'INVALID_SESSION_PROPERTY'

function sessionOf({ catalog, schema, maxScanBytes }: TrinoOptions, asked: RemoteOptions): TrinoSession {
  const place = asked.schema ?? schema
  const where = asked.catalog ?? catalog
  const { rowGroupBytes } = asked
  const properties = {
    ...(maxScanBytes !== undefined && { query_max_scan_physical_bytes: `${maxScanBytes}B` }),
    ...(rowGroupBytes !== undefined && { [`${where}.parquet_writer_block_size`]: `${rowGroupBytes}B` }),
  }
  return {
    catalog: where,
    ...(place !== undefined && { schema: place }),
    ...(Object.keys(properties).length > 0 && { properties }),
  }
}

interface Column {
  readonly name: string
  readonly typeSignature: TrinoType
}

/** One statement, from its first page to its last. */
class Statement {
  readonly #sql: string
  readonly #pages: AsyncGenerator<TrinoPage>
  readonly #tell: RemoteOptions['progress']
  readonly #stopper = new AbortController()
  readonly #signal: AbortSignal
  #ended: () => void = () => {}
  #columns: readonly Column[] = []
  #first: readonly (readonly ExactValue[])[] = []
  #isOver = false
  #stats: RemoteStats = { queryId: '', scannedBytes: 0, elapsedMs: 0 }

  constructor(
    sql: string,
    session: TrinoSession,
    { signal, progress }: RemoteOptions,
    address: TrinoAddress,
    effects: TrinoEffects,
  ) {
    this.#sql = sql
    this.#signal = AbortSignal.any([effects.signal, this.#stopper.signal, ...(signal ? [signal] : [])])
    this.#pages = trinoPages(sql, address, session, { ...effects, signal: this.#signal })
    this.#tell = progress
  }

  onEnd(act: () => void): void {
    this.#ended = act
  }

  /** Ends it, also while it is asked for more. */
  async stop(): Promise<void> {
    this.#stopper.abort(new InterruptedError({ subject: 'interrupted' }))
    await this.#pages.return(undefined).catch(() => {})
    this.#ended()
  }

  /** Up to the first rows, so that what is wrong with a statement is known before anything is written. */
  async start(): Promise<void> {
    while (this.#first.length === 0 && !this.#isOver) this.#first = await this.#next()
  }

  result(): RemoteResult {
    const columns = this.#columns.map(({ name, typeSignature: type }) => ({ name, type }))
    return toRemoteResult(columns, this.#read(), () => this.#stats)
  }

  async *#read(): AsyncGenerator<readonly ExactValue[]> {
    try {
      yield* this.#first
      this.#first = []
      while (!this.#isOver) yield* await this.#next()
    } finally {
      await this.#pages.return(undefined)
      this.#ended()
    }
  }

  /** The rows of the next page. @throws {RemoteQueryError} */
  async #next(): Promise<readonly (readonly ExactValue[])[]> {
    try {
      const { value: page, done } = await this.#pages.next()
      if (done || !page) {
        this.#isOver = true
        return []
      }
      this.#note(page)
      if (page.error) throw queryError(this.#sql, page.error)
      if (page.nextUri === undefined) this.#isOver = true
      return page.data ?? []
    } catch (error) {
      this.#isOver = true
      this.#ended()
      if (this.#signal.aborted) throw interrupted(this.#signal.reason)
      throw error
    }
  }

  #note({ id, columns, stats }: TrinoPage): void {
    if (columns && columns.length > 0) this.#columns = columns
    this.#stats = { ...this.#stats, queryId: id }
    if (!stats) return
    const { physicalInputBytes: scannedBytes, elapsedTimeMillis: elapsedMs } = stats
    this.#stats = { queryId: id, scannedBytes, elapsedMs }
    this.#tell?.({
      state: stats.state === 'QUEUED' ? 'queued' : stats.state === 'FINISHING' ? 'finishing' : 'running',
      ...{ rows: stats.processedRows, bytes: scannedBytes },
      ...{ splitsDone: stats.completedSplits, splitsTotal: stats.totalSplits },
    })
  }
}

function queryError(sql: string, { message, errorName, errorLocation }: NonNullable<TrinoPage['error']>): Error {
  const place = errorLocation ? { line: errorLocation.lineNumber, column: errorLocation.columnNumber } : undefined
  return remoteMistake(errorName, `${errorName}: ${message}`, sql, place)
}
