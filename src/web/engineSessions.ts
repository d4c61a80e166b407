import type { DuckDB } from '../engine/duckdb.js'
import { fromDuckDB } from '../engine/duckdbValues.js'
import type { Engine, QueryResult, Row } from '../engine/engine.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import { InterruptedError } from '../errors.js'

/** What lets only so many of them run at once; the others wait, in the order they came. */
export type Gate = <T>(act: () => Promise<T>) => Promise<T>

export function openGate(most: number): Gate {
  const waiting: (() => void)[] = []
  let running = 0
  return async act => {
    if (running < most) running++
    else await new Promise<void>(resolve => waiting.push(resolve)) // whoever ends hands its place on
    try {
      return await act()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

/** Sessions on one engine, for many people at once. */
export interface EngineSessions {
  /**
   * Gives `act` a session of its own, with a database in memory of its own: the views it makes are nobody else's, and go
   * with it. A statement waits until another one has ended where as many run as may; rows that nobody asks for keep nobody
   * waiting.
   * @param signal of who asks: what runs is interrupted then, and nothing more runs
   */
  use<T>(act: (engine: Engine) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** As `use`, without a database of its own: it makes nothing. */
  useShared<T>(act: (engine: Engine) => Promise<T>, signal?: AbortSignal): Promise<T>
}

/** @param gate of statements, and of reading the rows of one */
export function openSessions(engine: DuckDB, gate: Gate): EngineSessions {
  let made = 0
  const withSession = async <T>(act: (session: DuckDB) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    throwIfGone(signal)
    const session = await engine.fork()
    const interrupt = (): void => session.interrupt()
    signal?.addEventListener('abort', interrupt)
    try {
      return await act(session)
    } finally {
      signal?.removeEventListener('abort', interrupt)
      session.close()
    }
  }
  return {
    useShared: (act, signal) => withSession(session => act(gatedEngine(session, gate, signal)), signal),
    use: (act, signal) =>
      withSession(async session => {
        const database = quoteIdentifier(`session ${++made}`)
        await session.run(`attach ':memory:' as ${database}`)
        try {
          await session.run(`use ${database}`)
          return await act(gatedEngine(session, gate, signal))
        } finally {
          // Where the engine is being closed, the database goes with it.
          await session.run('use memory').catch(() => undefined)
          await session.run(`detach ${database}`).catch(() => undefined)
        }
      }, signal),
  }
}

function gatedEngine(session: DuckDB, gate: Gate, signal: AbortSignal | undefined): Engine {
  const run = <T>(act: () => Promise<T>): Promise<T> =>
    gate(async () => {
      throwIfGone(signal)
      try {
        return await act()
      } catch (error) {
        throwIfGone(signal) // rather than that the statement was interrupted
        throw error
      }
    })
  return {
    tempFolder: session.tempFolder,
    run: (sql, params) => run(() => session.run(sql, params)),
    rows: (sql, params) => run(() => session.rows(sql, params)),
    set: (name, value) => run(() => session.set(name, value)),
    countStatements: sql => run(() => session.countStatements(sql)),
    fork: async () => gatedEngine(await session.fork(), gate, signal),
    forgetFiles: () => run(() => session.forgetFiles()),
    close: () => session.close(),
    async query(sql, params): Promise<QueryResult> {
      const { columns, chunks } = await run(() => session.queryChunks(sql, params))
      const names = columns.map(({ name }) => name)
      async function* rows(): AsyncGenerator<Row> {
        const iterator = chunks[Symbol.asyncIterator]()
        for (;;) {
          const { done, value: chunk } = await run(() => iterator.next())
          if (done) return
          for (const values of chunk.getRows())
            yield Object.fromEntries(names.map((name, i) => [name, fromDuckDB(values[i] ?? null)]))
        }
      }
      return { columns: columns.map(({ name, type }) => ({ name, type: type.toString() })), rows: rows() }
    },
  }
}

function throwIfGone(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InterruptedError({ subject: 'request', got: 'whoever asked has gone' })
}
