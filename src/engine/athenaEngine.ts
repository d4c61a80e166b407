import { randomUUID } from 'node:crypto'
import type { QueryExecution, StartQueryExecutionInput } from '@aws-sdk/client-athena'
import { formatBytes } from '../output/quantities.js'
import { type AthenaApi, type AthenaApiEffects, type AthenaApiOptions, openAthenaApi } from './athenaApi.js'
import { type AthenaPrice, athenaStats, readAthenaResult } from './athenaResult.js'
import { type RemoteEngine, type RemoteOptions, RemoteQueryError } from './remoteEngine.js'
import { interrupted, remoteMistake, SCAN_FIX } from './remoteErrors.js'
import { findPlace } from './sqlPlace.js'

export interface AthenaOptions extends AthenaApiOptions, AthenaPrice {
  readonly workgroup: string
  /** Where results go, `s3://bucket/prefix`; what the workgroup says unless given. */
  readonly output?: string
  readonly catalog: string
  /** Glue's, where names of tables are looked for. */
  readonly database: string
  /** A query of which Athena says beforehand that it reads more is not begun; one that has read more is ended. */
  readonly maxScanBytes?: number
}

/** Athena as an engine. Nothing is asked of it yet. @throws {RemoteRefusedError} where nothing names a region */
export async function openAthena(options: AthenaOptions, effects: AthenaApiEffects): Promise<RemoteEngine> {
  const api = await openAthenaApi(options, effects)
  const running = new Set<string>()
  const athena: Athena = { api, options, effects, running }
  return {
    kind: 'athena',
    async query(sql, asked = {}) {
      if (options.maxScanBytes !== undefined) await requireFewBytes(sql, options.maxScanBytes, asked, athena)
      return readAthenaResult(await finish(sql, asked, athena), options, api, asked.signal)
    },
    async run(sql, asked = {}) {
      return athenaStats(await finish(sql, asked, athena), options)
    },
    async close() {
      await Promise.all([...running].map(id => api.stop(id)))
    },
  }
}

interface Athena {
  readonly api: AthenaApi
  readonly options: AthenaOptions
  readonly effects: AthenaApiEffects
  /** Ids of queries that Athena is at work on. */
  readonly running: Set<string>
}

/** Runs a statement to its end; one that nobody waits for any more is stopped. @throws {RemoteQueryError} */
async function finish(sql: string, asked: RemoteOptions, athena: Athena): Promise<QueryExecution> {
  const { api, options, effects, running } = athena
  requireShort(sql)
  const signal = asked.signal ? AbortSignal.any([effects.signal, asked.signal]) : effects.signal
  if (signal.aborted) throw interrupted(signal.reason)
  const id = await api.start(requestOf(sql, asked, options))
  running.add(id)
  try {
    const execution = await awaitEnd(id, asked, { ...athena, effects: { ...effects, signal } })
    running.delete(id)
    if (execution.Status?.State !== 'SUCCEEDED') throw failureOf(execution, sql)
    return execution
  } catch (error) {
    if (running.delete(id)) await api.stop(id)
    throw signal.aborted ? interrupted(signal.reason) : error
  }
}

// The token makes a request that is sent again, as nobody knows whether it got through, the same query.
const requestOf = (sql: string, asked: RemoteOptions, options: AthenaOptions): StartQueryExecutionInput => ({
  QueryString: sql,
  ClientRequestToken: randomUUID(),
  QueryExecutionContext: { Catalog: asked.catalog ?? options.catalog, Database: asked.schema ?? options.database },
  WorkGroup: options.workgroup,
  ...(options.output !== undefined && { ResultConfiguration: { OutputLocation: options.output } }),
})

/** @throws {RemoteQueryError} for one that has read more than it may, and goes on */
async function awaitEnd(id: string, { progress }: RemoteOptions, { api, options, effects }: Athena) {
  const { maxScanBytes = Infinity } = options
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 1.5)) {
    const execution = await api.find(id)
    const state = execution.Status?.State ?? ''
    if (ENDED.has(state)) return execution
    const bytes = execution.Statistics?.DataScannedInBytes ?? 0
    if (bytes > maxScanBytes) throw tooMuch(maxScanBytes, `${formatBytes(bytes)} so far, and it is not over`)
    progress?.({ state: state === 'QUEUED' ? 'queued' : 'running', bytes })
    await effects.sleep(waitMs, effects.signal)
  }
}

const ENDED = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED'])

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 3000

function failureOf({ Status, QueryExecutionId }: QueryExecution, sql: string): RemoteQueryError {
  const reason =
    Status?.StateChangeReason ?? Status?.AthenaError?.ErrorMessage ?? `${Status?.State}, and no reason given`
  const [, code = ''] = /^([A-Z][A-Z_]+): /.exec(reason) ?? []
  if (Status?.State === 'CANCELLED')
    return new RemoteQueryError(
      { subject: `query ${QueryExecutionId}`, got: `cancelled on Athena: ${reason}` },
      'CANCELLED',
    )
  return remoteMistake(code, reason, sql, findPlace(reason))
}

/** What Athena takes. */
const MOST_SQL_BYTES = 262_144

function requireShort(sql: string): void {
  const bytes = Buffer.byteLength(sql)
  if (bytes <= MOST_SQL_BYTES) return
  const facts = { subject: 'query', expected: `${MOST_SQL_BYTES} bytes at most, as Athena takes them`, got: `${bytes}` }
  throw new RemoteQueryError(facts)
}

/**
 * Asks Athena what it expects to read, which costs nothing. It says so of tables that it has statistics of: where it doesn't,
 * what the query has read decides while it runs.
 * @throws {RemoteQueryError} where it expects more
 */
async function requireFewBytes(sql: string, maxScanBytes: number, asked: RemoteOptions, athena: Athena): Promise<void> {
  const expected = await estimateBytes(sql, asked, athena)
  if (expected !== undefined && expected > maxScanBytes)
    throw tooMuch(maxScanBytes, `${formatBytes(expected)}, as Athena expects before it begins`)
}

const tooMuch = (maxScanBytes: number, got: string): RemoteQueryError =>
  new RemoteQueryError(
    {
      subject: 'query',
      expected: `no more than ${formatBytes(maxScanBytes)} to be scanned`,
      got,
      fix: SCAN_FIX,
    },
    'EXCEEDED_SCAN_LIMIT',
  )

async function estimateBytes(sql: string, asked: RemoteOptions, athena: Athena): Promise<number | undefined> {
  try {
    const { progress: _, ...quiet } = asked
    const execution = await finish(`EXPLAIN (TYPE IO, FORMAT JSON) ${sql}`, quiet, athena)
    const explained = await readAthenaResult(execution, athena.options, athena.api, quiet.signal)
    let text = ''
    for await (const [line] of explained.exactRows) text += `${line}\n`
    return sumEstimates(JSON.parse(text))
  } catch (error) {
    // What can't be explained says itself what is wrong with it, or is a statement that reads nothing.
    if (error instanceof RemoteQueryError || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** What each table gives, as the plan has it; `undefined` where it doesn't know of one. */
function sumEstimates(plan: unknown): number | undefined {
  const tables = field(plan, 'inputTableColumnInfos')
  if (!Array.isArray(tables)) return undefined
  const sizes = tables.map(table => field(field(table, 'estimate'), 'outputSizeInBytes'))
  return sizes.every(size => typeof size === 'number') ? sizes.reduce((sum, size) => sum + size, 0) : undefined
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
