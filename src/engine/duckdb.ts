import './allocator.js' // first
import './exactText.js'
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance, type DuckDBType } from '@duckdb/node-api'
import { InterruptedError } from '../errors.js'
import { makeFolder } from '../lake/makeFolder.js'
import { fromDuckDB } from './duckdbValues.js'
import {
  type BytesParams,
  type Engine,
  EngineLostError,
  LOST_MESSAGE,
  OutOfMemoryError,
  type Params,
  QueryError,
  type QueryResult,
  type Row,
} from './engine.js'
import { freeResults } from './freeMemory.js'
import { quoteIdentifier, quoteString } from './sqlText.js'

export interface DuckDBOptions {
  /** For DuckDB's own buffers; the process holds about 300 MB beside them. */
  memoryBytes: number
  threads: number
  /** Where sorts spill to; made when it is absent. */
  tempFolder: string
  /** Ends the running statement, and all later ones. */
  signal?: AbortSignal
}

/** Opens an embedded DuckDB in memory, without extensions from the network and with UTC as its zone. */
export async function openDuckDB(options: DuckDBOptions): Promise<DuckDB> {
  await makeFolder(options.tempFolder)
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: `${Math.floor(options.memoryBytes / 1000)}KB`,
    temp_directory: options.tempFolder,
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // Freed memory goes back to the system soon: 40 MB less resident at the end of an import.
    allocator_background_threads: 'true',
    allocator_flush_threshold: '16MB',
    allocator_bulk_deallocation_flush_threshold: '32MB',
  })
  const engine = new DuckDB(instance, await instance.connect(), options)
  await engine.set('timezone', 'UTC')
  return engine
}

/** After how many statements: after each, a trivial one would take four tenths longer. */
const FREED_EVERY = 16

/** A result of {@link DuckDB.queryChunks}: chunks of 2048 rows at most, to be read once. */
export interface ChunkedResult {
  readonly columns: readonly { readonly name: string; readonly type: DuckDBType }[]
  readonly chunks: AsyncIterable<DuckDBDataChunk>
}

export class DuckDB implements Engine {
  readonly tempFolder: string
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  readonly #signal: AbortSignal | undefined
  readonly #settings = new Map<string, string>()
  readonly #loss: AbortController
  readonly #isFork: boolean
  #statements = 0
  #prepare: Prepare | undefined
  readonly #interrupt = (): void => this.#connection.interrupt()

  constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    { tempFolder, signal }: Pick<DuckDBOptions, 'tempFolder' | 'signal'>,
    forkedFrom?: DuckDB,
  ) {
    this.tempFolder = tempFolder
    this.#instance = instance
    this.#connection = connection
    this.#signal = signal
    this.#loss = forkedFrom ? forkedFrom.#loss : new AbortController()
    this.#isFork = forkedFrom !== undefined
    signal?.addEventListener('abort', this.#interrupt)
  }

  /** Aborted when DuckDB fails within itself, with the {@link EngineLostError}: no session of it runs anything after that. */
  get lost(): AbortSignal {
    return this.#loss.signal
  }

  async run(sql: string, params?: BytesParams): Promise<void> {
    await this.#attempt(
      sql,
      (): Promise<unknown> =>
        params && hasBytes(params)
          ? this.#runWith(sql, params)
          : this.#connection.run(sql, params as Params | undefined),
    )
  }

  /** Bytes that are bound by the client's `run` stay in memory until V8 collects them. */
  async #runWith(sql: string, params: BytesParams): Promise<void> {
    const prepared = await this.#connection.prepare(sql)
    try {
      for (const [name, value] of Object.entries(params))
        if (value instanceof Uint8Array) prepared.bindBlob(prepared.parameterIndex(name), value)
        else prepared.bind({ [name]: value })
      await prepared.run()
    } finally {
      prepared.destroySync()
    }
  }

  async rows(sql: string, params?: Params): Promise<Row[]> {
    return this.#attempt(sql, async () => {
      const reader = await this.#connection.runAndReadAll(sql, params)
      const names = reader.deduplicatedColumnNames()
      return reader.getRows().map(values => toRow(names, values))
    })
  }

  async query(sql: string, params?: Params): Promise<QueryResult> {
    const { columns, chunks } = await this.queryChunks(sql, params)
    const names = columns.map(({ name }) => name)
    async function* rows(): AsyncGenerator<Row> {
      for await (const chunk of chunks) for (const values of chunk.getRows()) yield toRow(names, values)
    }
    return { columns: columns.map(({ name, type }) => ({ name, type: type.toString() })), rows: rows() }
  }

  /** As {@link query}, in the chunks of DuckDB's client, which hold what a `Value` can't: its exact values. */
  async queryChunks(sql: string, params?: Params): Promise<ChunkedResult> {
    const result = await this.#attempt(sql, () => this.#connection.stream(sql, params))
    const names = result.deduplicatedColumnNames()
    const fetchChunk = () => this.#attempt(sql, () => result.fetchChunk())
    async function* chunks(): AsyncGenerator<DuckDBDataChunk> {
      for (let chunk = await fetchChunk(); chunk && chunk.rowCount > 0; chunk = await fetchChunk()) yield chunk
    }
    return { columns: names.map((name, i) => ({ name, type: result.columnType(i) })), chunks: chunks() }
  }

  /** Ends the running statement with a {@link QueryError}; later ones run. */
  interrupt(): void {
    this.#connection.interrupt()
  }

  async set(name: string, value: string): Promise<void> {
    await this.run(`set ${quoteIdentifier(name)} = ${quoteString(value)}`)
    this.#settings.set(name, value)
  }

  /**
   * Lets something be done before each statement, of this session and those that are forked from it later.
   * @param prepare is given what runs a statement of its own; done once at a time, and now for the first time
   */
  async beforeEach(prepare: Prepare): Promise<void> {
    let running: Promise<void> | undefined
    this.#prepare = run => {
      running ??= prepare(run).finally(() => {
        running = undefined
      })
      return running
    }
    await this.#runPrepared()
  }

  async fork(): Promise<DuckDB> {
    const options = { tempFolder: this.tempFolder, ...(this.#signal && { signal: this.#signal }) }
    const fork = new DuckDB(this.#instance, await this.#instance.connect(), options, this)
    fork.#prepare = this.#prepare
    for (const [name, value] of this.#settings) await fork.set(name, value)
    return fork
  }

  /** How many statements the text holds. @throws {QueryError} where it can't be parsed */
  async countStatements(sql: string): Promise<number> {
    return this.#attempt(sql, async () => (await this.#connection.extractStatements(sql)).count)
  }

  /**
   * Of each file that was read DuckDB keeps where its ranges lie in its cache, some 5 KB, and doesn't count that; nor does it end
   * when the ranges are evicted, or the file is removed. Turned off, the cache forgets all.
   */
  async forgetFiles(): Promise<void> {
    await this.run('set enable_external_file_cache = false')
    await this.run('set enable_external_file_cache = true')
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#interrupt)
    this.#connection.closeSync()
    if (!this.#isFork) this.#instance.closeSync()
  }

  async #runPrepared(): Promise<void> {
    await this.#prepare?.(async sql => {
      await this.#connection.run(sql)
    })
  }

  /** What mends a disk that refuses: DuckDB tells of it in a text. */
  #fixOf(got: string): string | undefined {
    if (/failed to offload data block|max_temp_directory_size/.test(got))
      return `make room on the disk of ${this.tempFolder}, to which it spills`
    if (/No space left on device|Disk quota exceeded/.test(got)) return 'make room on that disk, and run it again'
    if (/Read-only file system|Permission denied/.test(got)) return 'let the user who runs this write there'
    return undefined
  }

  #lose(got: string, cause: unknown): EngineLostError {
    const lost = new EngineLostError({
      subject: 'DuckDB',
      expected: 'an answer, or what is wrong with the statement',
      got: got.split('\n')[0] ?? got,
      fix: 'run it again: DuckDB failed within itself',
      cause,
    })
    if (!this.#loss.signal.aborted) this.#loss.abort(lost)
    return lost
  }

  async #attempt<T>(sql: string, act: () => Promise<T>): Promise<T> {
    if (this.#signal?.aborted) throw new InterruptedError({ subject: 'interrupted' })
    await this.#runPrepared()
    if (++this.#statements % FREED_EVERY === 0) freeResults() // of those before, rather than beside what this one needs
    try {
      return await act()
    } catch (cause) {
      if (this.#signal?.aborted) throw new InterruptedError({ subject: 'interrupted', cause })
      const got = messageOf(cause)
      if (isLoss(got)) throw this.#lose(got, cause)
      const Refused = got.startsWith('Out of Memory Error') ? OutOfMemoryError : QueryError
      const fix = this.#fixOf(got)
      throw new Refused({ subject: 'query', got, ...(fix !== undefined && { fix }), cause: cause ?? sql })
    }
  }
}

/** @param run runs a statement, with nothing before it */
export type Prepare = (run: (sql: string) => Promise<void>) => Promise<void>

const hasBytes = (params: BytesParams): boolean => Object.values(params).some(value => value instanceof Uint8Array)

type RowValues = Parameters<typeof fromDuckDB>[0][]

const toRow = (names: readonly string[], values: RowValues): Row =>
  Object.fromEntries(names.map((name, i) => [name, fromDuckDB(values[i] ?? null)]))

/** Either invalidates the database of DuckDB as a whole. */
const isLoss = (message: string): boolean => /^(INTERNAL|FATAL) Error: /.test(message)

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (message === 'Error in native callback') return LOST_MESSAGE // of the client, not of DuckDB
  return message.replace(/^Failed to extract statements: /, '').trim()
}
