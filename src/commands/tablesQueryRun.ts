import { relative } from 'node:path'
import { withExactFigures } from '../engine/figures.js'
import { viewStatements } from '../engine/namedView.js'
import { NotFoundError } from '../errors.js'
import type { Table } from '../iceberg/catalog.js'
import type { Snapshot } from '../iceberg/metadata.js'
import type { ModelParam } from '../models/modelParams.js'
import { countText, formatBytes } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import { listNamedViews, registerViews } from '../snapshot/lakeViews.js'
import type { MoreViews } from '../snapshot/moreViews.js'
import { formatReport, type Report } from '../snapshot/report.js'
import { findState, parseStateRef, type StateRef } from '../tables/findState.js'
import { fillQuery, namesTable, type QueryReading, runTableQuery, type TableAnswer } from '../tables/runTableQuery.js'
import { tableCommand } from '../tables/tableCommand.js'
import { getTableQuery, isKnownQueryParam, listTableQueries, type TableQuery } from '../tables/tableQueries.js'
import type { Context } from './globals.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { writeReportTable } from './reportTable.js'
import { isForPeople, shownTime } from './shown.js'
import { shortened, timed } from './slowQuery.js'
import { chooseTables, specFolders, type TableFlags } from './tablesSession.js'
import { tableViewsOf } from './tableViewsOf.js'

interface QueryOptions extends TableFlags {
  readonly name: string
  readonly table?: string
  readonly param?: readonly string[]
  readonly asOf?: string
  readonly sql?: boolean
}

/** Writes which queries there are; warns of files that can't be one. */
export async function listQueries(options: TableFlags & { readonly table?: string }, context: Context): Promise<void> {
  const tables = await chooseTables(options.table, options, context)
  const { queries, refused } = await listTableQueries(tables, ownFolder(context))
  for (const error of refused) context.log.warn(error.message)
  await context.write(queries, [
    { name: 'query', value: ({ model }) => model.name },
    { name: 'table', value: ({ declared }) => declared.name },
    { name: 'question', value: ({ model }) => model.question ?? null },
    { name: 'params', value: ({ model }) => typedParams(model.params).join(', ') || null },
    { name: 'file', value: ({ path }) => (path === undefined ? null : relative(context.cwd, path)) },
  ])
}

/** Runs a query and writes its rows; or its SQL. @throws {NotFoundError} for one, or a table or state, that isn't there */
export async function showQuery(options: QueryOptions, context: Context): Promise<void> {
  const tables = await chooseTables(options.table, options, context)
  const query = await getTableQuery(options.name, tables, ownFolder(context))
  const report = fillQuery(query, options.param ?? [])
  const ref = options.asOf === undefined ? undefined : parseStateRef(options.asOf, '--as-of')
  if (options.sql) return writeText(context.stdout, [formatReport(report)])
  const act = async (session: LakeSession): Promise<void> => {
    const table = await loadTable(query, session)
    const state = ref && findState(table.metadata, ref, query.declared)
    if (state) context.log.notice(`as of ${shownState(state)}`)
    const others = await tableViewsOf(session.catalog, context, options)
    const reading = await answer(query, report, { table, ref, state, others }, session, context)
    if (!namesTable(query)) return
    context.log.notice(readingText(reading))
    if (reading.tableFileCount === 0)
      context.log.notice(`${query.declared.name} ${state ? 'had no rows by then' : 'has no rows'}`)
  }
  await withLake(context, act, { use: 'query' })
}

/** A person's own queries are in folders beside their own specs. */
const ownFolder = (context: Context): string => specFolders(context)[0] ?? ''

const typedParams = (params: readonly ModelParam[]): string[] =>
  params
    .filter(param => !isKnownQueryParam(param))
    .map(({ name, fallback }) => (fallback === undefined || fallback === '' ? name : `${name}=${fallback}`))

async function loadTable({ declared }: TableQuery, { catalog }: LakeSession): Promise<Table> {
  const table = await catalog.load(declared.table)
  if (table) return table
  const fix = tableCommand(declared, 'create')
  throw new NotFoundError({ subject: `table ${declared.table}`, got: 'none in this lake', fix })
}

interface Asked {
  readonly table: Table
  /** How the state was named, and which that is. */
  readonly ref: StateRef | undefined
  readonly state: Snapshot | undefined
  /** The other tables that it may name. */
  readonly others: MoreViews
}

/** Writes the rows. */
async function answer(
  query: TableQuery,
  report: Report,
  { table, ref, state, others }: Asked,
  session: LakeSession,
  context: Context,
): Promise<QueryReading> {
  const asOf = ref?.kind === 'time' ? ref.at : undefined
  const registerOthers = (sql: string) => registerNamed(sql, query, { asOf, others }, session)
  const timedQuery = { tables: [table.name], name: query.model.name, detail: detailOf(query, report) }
  return timed(timedQuery, context, async timer => {
    const options = { registerOthers, ...(state && { state }) }
    const run = () => runTableQuery(query, report, table, options, session.engine)
    const { rows, ...result } = await timer.during(run)
    await writeRows(query, { ...result, rows: timer.awaiting(rows) }, context)
    return result.reading
  })
}

/** Other views than the table itself, which a person's own query may name. */
async function registerNamed(
  sql: string,
  { declared }: TableQuery,
  { asOf, others }: { readonly asOf: Date | undefined; readonly others: MoreViews },
  session: LakeSession,
): Promise<void> {
  const views = listNamedViews(sql)
  if (views.length > 0) await registerViews(views, session, asOf)
  const names = others.find(sql).filter(name => name !== declared.table)
  const named = await others.load(names, { isNamed: true, ...(asOf && { asOf }) })
  for (const statement of named.flatMap(viewStatements)) await session.engine.run(statement)
}

/** Decimals are figures where these say what they are: in JSON beside others that are numbers, too. */
async function writeRows({ model, path }: TableQuery, { rows, columns }: TableAnswer, context: Context): Promise<void> {
  const subject = path ?? `query ${model.name}`
  if (isForPeople(context.format)) {
    const count = await writeReportTable({ rows, columns }, { shownAs: model.shownAs, subject, leftOut: [] }, context)
    if (count === 0 && model.shownAs.none !== undefined) context.log.notice(escapeControls(model.shownAs.none))
  } else await context.write(context.format === 'arrow' ? rows : withExactFigures(rows, columns), columns)
}

const shownState = (state: Snapshot): string =>
  `${shownTime(new Date(state['timestamp-ms']))}: snapshot ${state['snapshot-id']}`

/** Columns that nobody asked for aren't read; those of a table that is joined with itself are read twice. */
function readingText({ fileCount, tableFileCount, filesBytes, readBytes }: QueryReading): string {
  const size = fileCount === 0 ? '' : ` (${formatBytes(filesBytes)}), at most ${formatBytes(readBytes)} of columns`
  return `read ${fileCount} of ${countText(tableFileCount, 'file')}${size}`
}

const detailOf = ({ model }: TableQuery, { params }: Report): Readonly<Record<string, string>> => ({
  query: model.name,
  params: shortened(
    model.params
      .filter(param => !isKnownQueryParam(param) && params[param.name] !== null)
      .map(({ name }) => `${name}=${params[name]}`)
      .join(' '),
  ),
})
