import { type DuckDB, openDuckDB } from '../engine/duckdb.js'
import { OutOfMemoryError, QueryError, type ResultColumn, type Row } from '../engine/engine.js'
import { HttpfsAbsentError, loadHttpfs, openS3Access } from '../engine/httpfs.js'
import { lockEngine, requireHarmless } from '../engine/sandbox.js'
import { splitStatements } from '../engine/splitStatements.js'
import { UsageError } from '../errors.js'
import { dataText, jsonText } from '../output/cells.js'
import { formatBytes } from '../output/quantities.js'
import { csvLine } from '../output/rows.js'
import { explainedBy, requireSelect } from '../snapshot/lakeQuery.js'
import type { QueryOrder, QueryWord, S3Order } from './queryOrder.js'

/**
 * Runs a query in an engine of its own that can read the files of the order's views and nothing else. What is beyond an
 * engine's power, the time it takes and the memory of the process, is for whoever started that.
 * @returns lines, each with its end, as src/web/queryOrder.ts has them
 * @throws what is no error of the query
 */
export async function* answerQuery(order: QueryOrder, signal: AbortSignal): AsyncGenerator<string> {
  const { engineBytes: memoryBytes, threads, tempFolder } = order
  try {
    const engine = await openDuckDB({ memoryBytes, threads, tempFolder, signal })
    try {
      yield wordLine(yield* rowLines(order, engine))
    } finally {
      engine.close()
    }
  } catch (error) {
    yield wordLine(failedWord(error))
  }
}

/** @returns the last word */
async function* rowLines(order: QueryOrder, engine: DuckDB): AsyncGenerator<string, QueryWord> {
  const { sql, limit, format, answerBytes } = order
  await engine.set('allow_persistent_secrets', 'false') // those that a person keeps for other DuckDBs
  if (order.s3) await openS3(engine, order.s3)
  await lockEngine(engine, order.views, order.tempBytes)
  const { columns, rows } = await engine.query(await planStatement(sql, limit, engine))
  yield wordLine({ kind: 'columns', columns: [...columns] })
  if (format === 'csv') yield `${jsonText(csvLine(columns.map(({ name }) => name)))}\n`
  let count = 0
  let bytes = 0
  for await (const row of rows) {
    if (count === limit) return { kind: 'done', isCut: true }
    const line = rowLine(row, columns, format)
    bytes += Buffer.byteLength(line)
    if (bytes > answerBytes) return tooMuch(answerBytes)
    count++
    yield line
  }
  return { kind: 'done', isCut: false }
}

/**
 * The statement that runs. One that is ordered as a whole, and has no LIMIT, gets one: then the first rows are kept, and the
 * others are not sorted.
 * @throws {UsageError} for what may not run
 */
async function planStatement(sql: string, limit: number, engine: DuckDB): Promise<string> {
  if (sql.includes('\0')) throw new UsageError({ subject: 'query', expected: 'text', got: 'a NUL character in it' })
  await requireSelect(sql, engine)
  const explained = explainedBy(sql)
  const { isOrderedWhole } = await requireHarmless(explained ?? sql, engine)
  if (explained !== undefined) requirePlanOnly(sql)
  return isOrderedWhole && explained === undefined ? withLimit(sql, limit + 1) : sql
}

/** What was measured of a query that ran names the lake's files. @throws {UsageError} */
function requirePlanOnly(sql: string): void {
  if (!/^\s*explain\s+analyze\b/i.test(sql)) return
  throw new UsageError({ subject: 'query', expected: 'EXPLAIN, or the query itself', got: 'EXPLAIN ANALYZE' })
}

/** One statement, perhaps with a semicolon and comments around it. */
function withLimit(sql: string, limit: number): string {
  const { statements, rest } = splitStatements(sql)
  return `${statements[0] ?? rest}\nlimit ${limit}`
}

function rowLine(row: Row, columns: readonly ResultColumn[], format: QueryOrder['format']): string {
  const values = columns.map(({ name }) => row[name])
  return format === 'json' ? `${jsonText(values)}\n` : `${jsonText(csvLine(values.map(dataText)))}\n`
}

const wordLine = (word: QueryWord): string => `${jsonText(word)}\n`

const tooMuch = (bytes: number): QueryWord => ({
  kind: 'failed',
  why: 'answer',
  facts: { subject: 'query', expected: `rows of ${formatBytes(bytes)} at most`, got: 'more', fix: 'ask for fewer' },
})

/** @throws what is no error of the query */
function failedWord(error: unknown): QueryWord {
  if (!(error instanceof UsageError || error instanceof QueryError)) throw error
  const { subject, expected, got, fix } = error.facts
  const told = {
    subject,
    ...(expected !== undefined && { expected }),
    ...(got !== undefined && { got: plainText(got) }),
  }
  const why = error instanceof UsageError ? 'usage' : error instanceof OutOfMemoryError ? 'memory' : 'query'
  return { kind: 'failed', why, facts: { ...told, ...(fix !== undefined && { fix }) } }
}

/** Without the addresses of DuckDB's own code, and its advice for who can change its settings. */
const plainText = (message: string): string =>
  message.split(/\n+(?:Stack Trace|Possible solutions|Please try installing)/)[0] ?? ''

async function openS3(engine: DuckDB, { extensions, credentials, retries, timeoutMs, ...access }: S3Order) {
  const found = await loadHttpfs(engine, extensions)
  if (found.kind === 'absent') throw new HttpfsAbsentError({ subject: 'httpfs', got: found.reason })
  await openS3Access(engine, { ...access, credentials: async () => credentials }, { retries, timeoutMs })
}
