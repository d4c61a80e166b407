import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { QueryError } from '../engine/engine.js'
import type { NamedView } from '../engine/namedView.js'
import { InterruptedError, StocktakeError, UsageError } from '../errors.js'
import { makeFolder } from '../lake/makeFolder.js'
import { formatDuration } from '../output/quantities.js'
import { openGate } from './engineSessions.js'
import { type QueryOrder, type QueryWord, queryWord, type S3Order } from './queryOrder.js'
import {
  QueriesBusyError,
  type QueryAnswer,
  QueryLimitError,
  type QueryLimits,
  type QueryProcess,
  type QueryRequest,
} from './queryProcess.js'

export interface QueryProcessOptions {
  /** How this program is started. */
  readonly program: readonly [program: string, ...args: string[]]
  /** What the process gets of the environment: nothing of the server's but what is named here. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where each process has a folder of its own. */
  readonly tempFolder: string
  /** Where the lake is, as paths and URLs begin: not for the eyes of who asks. */
  readonly lakeRoot: string
  readonly limits: QueryLimits
}

export interface QueryProcessEffects {
  /** The views that a statement names, as the lake is now. */
  readonly loadViews: (sql: string, signal: AbortSignal) => Promise<readonly NamedView[]>
  /** How the files of a lake on S3 are read; nothing for one in a folder. */
  readonly loadS3: () => Promise<S3Order | undefined>
}

/** The process of a query could not be started, or ended without a word. */
export class QueryProcessError extends StocktakeError {}

/** Runs each query in a process of its own, a few at a time. */
export function startQueryProcess(options: QueryProcessOptions, effects: QueryProcessEffects): QueryProcess {
  const { running, waiting } = options.limits
  const gate = openGate(running)
  let asked = 0
  return {
    async run(request, take, signal) {
      if (asked >= running + waiting)
        throw new QueriesBusyError({ subject: 'query', got: `${asked} others that run or wait`, fix: 'try again soon' })
      let isCounted = true
      asked++
      const uncount = (): void => {
        if (isCounted) asked--
        isCounted = false
      }
      signal.addEventListener('abort', uncount) // who has left keeps nobody else out
      try {
        return await gate(async () => {
          throwIfGone(signal)
          return runOne(request, take, signal, options, effects)
        })
      } finally {
        signal.removeEventListener('abort', uncount)
        uncount()
      }
    },
  }
}

async function runOne(
  { sql, limit, format }: QueryRequest,
  take: (row: string) => void | Promise<void>,
  signal: AbortSignal,
  options: QueryProcessOptions,
  effects: QueryProcessEffects,
): Promise<QueryAnswer> {
  const { answerBytes, engineBytes, tempBytes, threads } = options.limits
  const views = [...(await effects.loadViews(sql, signal))]
  const s3 = await effects.loadS3()
  await makeFolder(options.tempFolder)
  const tempFolder = await mkdtemp(join(options.tempFolder, 'stocktake-query-'))
  try {
    const bounds = { answerBytes: answerBytes[format], engineBytes, tempBytes, threads, tempFolder }
    const order: QueryOrder = { sql, limit, format, ...bounds, views, ...(s3 && { s3 }) }
    return await haveAnswered(order, take, signal, options)
  } finally {
    await rm(tempFolder, { recursive: true, force: true })
  }
}

/** Starts a process, and reads what it says to the end. The process is gone when this is settled. */
async function haveAnswered(
  order: QueryOrder,
  take: (row: string) => void | Promise<void>,
  signal: AbortSignal,
  options: QueryProcessOptions,
): Promise<QueryAnswer> {
  throwIfGone(signal)
  const { timeMs } = options.limits
  const child = startProcess(options, order.tempFolder)
  const ended = awaitEnd(child)
  let isLate = false
  const kill = (): void => void child.kill('SIGKILL')
  const timer = setTimeout(() => {
    isLate = true
    kill()
  }, timeMs)
  signal.addEventListener('abort', kill)
  try {
    if (child.connected) child.send(order, () => {}) // one that is gone already is heard of by its end
    const { columns, last } = await readLines(child, take)
    if (last?.kind === 'failed') throw failure(last, [options.lakeRoot, order.tempFolder])
    if (last && columns) return { columns, isCut: last.isCut }
    const how = await ended
    throwIfGone(signal)
    throw isLate
      ? tooLate(timeMs)
      : how.isKilled
        ? fellOver()
        : new QueryProcessError({ subject: 'query', got: how.told })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
    kill()
    await ended
  }
}

/**
 * A shell sets the bounds that only a process can set for itself, and becomes the program: the memory that it may have, no
 * file of it when it is ended for that, how long it may compute if nobody is left to end it; and if the machine has too little
 * memory, this process is the first to go.
 */
function startProcess({ program, env, limits }: QueryProcessOptions, cwd: string): ChildProcess {
  const seconds = Math.ceil(limits.timeMs / 1000) * limits.threads + SPARE_SECONDS
  const bounds = [
    'echo 1000 >/proc/self/oom_score_adj',
    'ulimit -c 0',
    `ulimit -d ${Math.ceil(limits.processBytes / 1024)}`,
    `ulimit -t ${seconds}`,
  ]
  const script = `${bounds.map(bound => `{ ${bound}; } 2>/dev/null; `).join('')}exec "$0" "$@"`
  return spawn('/bin/sh', ['-c', script, ...program, 'run-query'], {
    ...{ cwd, env, detached: true }, // a terminal's Ctrl-C reaches only the server
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

const SPARE_SECONDS = 10

interface ProcessEnd {
  /** By a signal: of the system's for want of memory, or this process's. */
  readonly isKilled: boolean
  /** What it wrote to stderr last. */
  readonly told: string
}

/** Never rejects. */
function awaitEnd(child: ChildProcess): Promise<ProcessEnd> {
  let told = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    told = (told + text).slice(-MOST_TOLD)
  })
  return new Promise(resolve => {
    child.on('error', error => {
      if (child.pid === undefined) resolve({ isKilled: false, told: error.message })
    })
    child.once('close', (code, signal) =>
      resolve({ isKilled: signal !== null, told: told.trim() || `exit ${code ?? signal}` }),
    )
  })
}

const MOST_TOLD = 2000

/** @returns what was said last; nothing where the process ended before, perhaps in the middle of a line */
async function readLines(child: ChildProcess, take: (row: string) => void | Promise<void>) {
  let columns: QueryAnswer['columns'] | undefined
  if (!child.stdout) return {}
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('[')) {
      await take(line)
      continue
    }
    const said = parseLine(line)
    if (typeof said === 'string') {
      await take(said)
      continue
    }
    const word = queryWord.safeParse(said)
    if (!word.success) return {}
    if (word.data.kind === 'columns') columns = word.data.columns
    else return { columns, last: word.data }
  }
  return { columns }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function failure({ why, facts }: QueryWord & { kind: 'failed' }, places: readonly string[]): StocktakeError {
  const told = Object.fromEntries(
    Object.entries(facts).map(([name, text]) => [name, withoutPlaces(text, places)]),
  ) as typeof facts
  switch (why) {
    case 'usage':
      return new UsageError(told)
    case 'query':
      return new QueryError(told)
    case 'answer':
      return new QueryLimitError(told)
    case 'memory':
      return tooLarge()
  }
}

/** What DuckDB says names files; where they are on this machine is nobody's business. */
const withoutPlaces = (text: string, places: readonly string[]): string =>
  places.filter(place => place !== '').reduce((rest, place) => rest.replaceAll(place, '…'), text)

const tooLate = (timeMs: number): QueryLimitError =>
  new QueryLimitError({
    subject: 'query',
    expected: `an answer within ${formatDuration(timeMs)}`,
    got: 'none',
    fix: LESS,
  })

const tooLarge = (): QueryLimitError =>
  new QueryLimitError({ subject: 'query', got: 'it needs more memory than a query may have', fix: LESS })

/** By the system for want of memory; or DuckDB failed, as it seldom does. */
const fellOver = (): QueryLimitError =>
  new QueryLimitError({
    ...{ subject: 'query', got: 'its process ended: most likely it needs more memory than a query may have' },
    fix: LESS,
  })

const LESS = 'ask for less: one connector, a prefix, fewer columns'

function throwIfGone(signal: AbortSignal): void {
  if (signal.aborted) throw new InterruptedError({ subject: 'query', got: 'whoever asked has gone' })
}
