import type { Engine, Params, QueryResult } from '../engine/engine.js'
import { UsageError } from '../errors.js'
import type { LakeEffects } from './lakeTables.js'
import { findViewNames, registerViews } from './lakeViews.js'

/**
 * Runs a person's query over the views of a lake: one statement that only reads, in DuckDB's SQL.
 * @throws {UsageError} for no statement, several, or one that is no SELECT; nothing has run then
 * @throws {QueryError} with DuckDB's own message
 */
export async function queryLake(sql: string, effects: LakeEffects): Promise<QueryResult> {
  await requireSelect(sql, effects.engine)
  await registerViews(findViewNames(sql), effects)
  return effects.engine.query(sql)
}

/** As {@link queryLake}, over what the engine knows, without a lake. */
export async function queryEngine(sql: string, engine: Engine): Promise<QueryResult> {
  await requireSelect(sql, engine)
  return engine.query(sql)
}

const requireSelect = (sql: string, engine: Engine): Promise<void> =>
  requireOneSelect(EXPLAIN.exec(sql)?.groups?.explained ?? sql, sql, engine)

/**
 * Runs a report over the views of a lake: a SELECT with parameters.
 * @param subject what errors are about
 * @throws {UsageError} for no statement, several, or one that is no SELECT; nothing has run then
 * @throws {QueryError} with DuckDB's own message
 */
export async function runSelect(
  sql: string,
  params: Params,
  subject: string,
  effects: LakeEffects,
): Promise<QueryResult> {
  await requireOneSelect(sql, sql, effects.engine, subject)
  await registerViews(findViewNames(sql), effects)
  return effects.engine.query(sql, params)
}

const EXPLAIN = /^\s*explain\s+(?:analyze\s+)?(?<explained>.*)$/is

/** DuckDB's parser says what a statement is. What it can't parse is not run: the parser says where it stumbles. */
async function requireOneSelect(sql: string, whole: string, engine: Engine, subject = 'query'): Promise<void> {
  const [row] = await engine.rows('select json_serialize_sql(cast($sql as varchar)) as parsed', { sql })
  const parsed = JSON.parse(String(row?.parsed)) as Serialized
  if (parsed.error_type === 'parser') await engine.countStatements(whole) // throws what the parser says
  if (parsed.error)
    throw new UsageError({
      subject,
      expected: 'a SELECT, as a lake is only written to by imports',
      got: JSON.stringify(firstWords(sql)),
      fix: 'FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE and EXPLAIN can be had, too; of PIVOT the one with IN (…)',
    })
  const count = parsed.statements?.length ?? 0
  if (count !== 1) throw new UsageError({ subject, expected: 'one statement', got: count === 0 ? 'none' : `${count}` })
}

/** What `json_serialize_sql` gives, as far as it is looked at. */
interface Serialized {
  readonly error: boolean
  readonly error_type?: string
  readonly statements?: readonly unknown[]
}

const firstWords = (sql: string): string => {
  const text = sql.trim().replace(/\s+/g, ' ')
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
