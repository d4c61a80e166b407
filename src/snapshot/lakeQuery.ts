import { type Engine, LOST_MESSAGE, type Params, QueryError, type QueryResult } from '../engine/engine.js'
import { type NamedView, viewStatements } from '../engine/namedView.js'
import { UsageError } from '../errors.js'
import { findViewNames, type LakeView, listNamedViews, loadViewStatements, type ViewEffects } from './lakeViews.js'
import type { MoreViews } from './moreViews.js'
import type { Receipt } from './receipts.js'

/**
 * Makes an engine ready to run a person's query once: it knows the views that the query names.
 * @param asOf the views hold no snapshot that was taken later
 * @param more other views that it may name
 * @returns the newest snapshots that are in the views, and which of the others it names
 * @throws {UsageError} for no statement, several, or one that is no SELECT
 * @throws {NotFoundError} where no snapshot was taken by then
 */
export async function prepareQuery(
  sql: string,
  effects: ViewEffects,
  asOf: Date | undefined,
  more: MoreViews,
): Promise<{ readonly latest: readonly Receipt[]; readonly named: readonly string[] }> {
  await requireSelect(sql, effects.engine)
  const { views, ...facts } = await loadQueryViews(sql, effects, asOf, more)
  for (const statement of views.flatMap(viewStatements)) await effects.engine.run(statement)
  return facts
}

/** The views that a query has. */
export interface QueryViews {
  /** In the order in which they are made. */
  readonly views: readonly NamedView[]
  /** The newest snapshots that are in them. */
  readonly latest: readonly Receipt[]
  /** Which of the others it names. */
  readonly named: readonly string[]
}

/**
 * Those that it names, of the lake and of the others; all, where it names none of any kind.
 * @throws {NotFoundError} where no snapshot was taken by then
 */
export async function loadQueryViews(
  sql: string,
  effects: ViewEffects,
  asOf: Date | undefined,
  more: MoreViews,
): Promise<QueryViews> {
  const named = more.find(sql)
  const isNamed = named.length > 0
  const names = isNamed || listNamedViews(sql).length > 0 ? named : more.names
  const others = names.length > 0 ? await more.load(names, { isNamed, ...(asOf && { asOf }) }) : []
  const own = isNamed ? listNamedViews(sql) : findViewNames(sql)
  const { views, latest } = own.length > 0 ? await loadViewStatements(own, effects, asOf) : { views: [], latest: [] }
  return { views: [...others, ...views], latest, named }
}

/** @throws {UsageError} for no statement, several, or one that is no SELECT, nor EXPLAIN of one */
export const requireSelect = (sql: string, engine: Engine): Promise<void> =>
  requireOneSelect(explainedBy(sql) ?? sql, sql, engine)

/** Whether the text asks how a query would run. */
export const isExplain = (sql: string): boolean => EXPLAIN.test(sql)

/** The query that a text asks about, with EXPLAIN before it; `undefined` where it asks nothing of the kind. */
export const explainedBy = (sql: string): string | undefined => EXPLAIN.exec(sql)?.groups?.explained

/**
 * Runs a report over the views of a lake: a SELECT with parameters.
 * @param subject what errors are about
 * @param register makes the engine know the views that it names
 * @throws {UsageError} for no statement, several, or one that is no SELECT; nothing has run then
 * @throws {QueryError} with DuckDB's own message
 */
export async function runSelect(
  sql: string,
  params: Params,
  subject: string,
  effects: Pick<ViewEffects, 'engine'>,
  register: (names: readonly LakeView[]) => Promise<unknown>,
): Promise<QueryResult> {
  await requireOneSelect(sql, sql, effects.engine, subject)
  await register(findViewNames(sql))
  return effects.engine.query(sql, params)
}

const EXPLAIN = /^\s*explain\s+(?:analyze\s+)?(?<explained>.*)$/is

/** DuckDB's parser says what a statement is. What it can't parse is not run: the parser says where it stumbles. */
async function requireOneSelect(sql: string, whole: string, engine: Engine, subject = 'query'): Promise<void> {
  const [row] = await engine.rows('select json_serialize_sql(cast($sql as varchar)) as parsed', { sql })
  const parsed = JSON.parse(String(row?.parsed)) as Serialized
  if (parsed.error_type === 'parser') await requireParsed(whole, parsed.error_message, engine)
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

/** @throws {QueryError} with the place where the parser stumbles; DuckDB's client loses that where it cuts a letter in two */
async function requireParsed(sql: string, message: string | undefined, engine: Engine): Promise<void> {
  try {
    await engine.countStatements(sql)
  } catch (error) {
    if (!(error instanceof QueryError) || error.facts.got !== LOST_MESSAGE || message === undefined) throw error
    throw new QueryError({ subject: 'query', got: `Parser Error: ${message}`, cause: error })
  }
}

/** What `json_serialize_sql` gives, as far as it is looked at. */
interface Serialized {
  readonly error: boolean
  readonly error_type?: string
  readonly error_message?: string
  readonly statements?: readonly unknown[]
}

const firstWords = (sql: string): string => {
  const text = sql.trim().replace(/\s+/g, ' ')
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
