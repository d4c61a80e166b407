import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { sqlAnswer, sqlRequest, type ViewList, viewList } from '../../api/results.js'
import { QueryError } from '../../engine/engine.js'
import { type NamedView, shownAs, viewStatements } from '../../engine/namedView.js'
import { jsonText } from '../../output/cells.js'
import { LAKE_VIEWS, loadViewStatements } from '../../snapshot/lakeViews.js'
import { answerJson } from '../answer.js'
import { answerTagged, makeTag } from '../etags.js'
import { problemAnswers, RequestRefusedError } from '../problems.js'
import { QueriesBusyError, type QueryRequest } from '../queryProcess.js'
import { toShownColumn } from '../resultColumns.js'
import { openSpool } from '../spool.js'
import { countUnread, type UnreadAnswers } from '../unreadAnswers.js'
import type { AddRoutes } from '../webApp.js'
import type { WebWorld } from '../webWorld.js'

const tags = ['query']

const queryRoute = createRoute({
  ...{ method: 'post', path: '/api/query', tags, summary: 'Run a SELECT over the views' },
  description:
    "One SELECT in DuckDB's SQL, in a process that can read the lake's tables and nothing else: no other file, no network, no " +
    'settings. It has 30 seconds, and as much memory as one query may have. CSV is written once all of it is there; where ' +
    'there are more than a million rows, its name says so. An answer can be read for ten minutes.',
  request: { body: { required: true, content: { 'application/json': { schema: sqlRequest } } } },
  responses: {
    200: {
      description: 'its rows',
      content: { 'application/json': { schema: sqlAnswer }, 'text/csv': { schema: z.string() } },
    },
    ...problemAnswers(400, 422, 429),
  },
})

const viewsRoute = createRoute({
  ...{ method: 'get', path: '/api/views', tags, summary: 'The views that a SELECT can ask, and their columns' },
  responses: { 200: { description: 'them', content: { 'application/json': { schema: viewList } } } },
})

/** Rows of CSV: more would be a table to download in parts. */
const MOST_CSV_ROWS = 1_000_000
/** What may wait to be read, of all answers: on disk, and in memory. */
const UNREAD_BYTES = { csv: 2_000_000_000, rows: 64_000_000 }

export const addQueryRoutes: AddRoutes = (app, world) => {
  const unread = { csv: countUnread(UNREAD_BYTES.csv, world), rows: countUnread(UNREAD_BYTES.rows, world) }
  app.openapi(queryRoute, async c => {
    const { sql, limit, format } = c.req.valid('json')
    unread[format].requireRoom()
    const answer =
      format === 'csv' ? answerCsv(c, sql, unread.csv, world) : answerRows(c, sql, limit, unread.rows, world)
    return (await answer.catch(refuse)) as never
  })
  app.openapi(viewsRoute, async c => {
    // Of what they are: tables of others have changes that the lake's version doesn't tell.
    const views = await listViews(world, c.req.raw.signal)
    return (await answerTagged(c, makeTag(jsonText(views)), () => answerJson<ViewList>(c, { views }))) as never
  })
}

async function answerRows(
  c: Context,
  sql: string,
  limit: number,
  unread: UnreadAnswers,
  world: WebWorld,
): Promise<Response> {
  const startedAt = world.now().getTime()
  const rows: string[] = []
  const request: QueryRequest = { sql, limit, format: 'json' }
  const { columns, isCut } = await world.queryProcess.run(request, row => void rows.push(row), c.req.raw.signal)
  const facts = {
    columns: columns.map(column => toShownColumn(column)),
    is_cut: isCut,
    duration_ms: Math.max(0, world.now().getTime() - startedAt),
  }
  // The rows are JSON already, with whole numbers that JSON.parse would round.
  const text = `{"rows":[${rows.join(',')}],${jsonText(facts).slice(1)}`
  const bytes = new TextEncoder().encode(text)
  return c.body(unread.hold(inParts(bytes), bytes.length, c.req.raw.signal), 200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(bytes.length),
    'cache-control': 'no-store',
  })
}

/** At the pace of who reads them. */
function inParts(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + PART_BYTES))
      at += PART_BYTES
    },
  })
}

const PART_BYTES = 1 << 16

/** The rows wait on disk until all are there: so a query that fails is a problem, and not half a file. */
async function answerCsv(c: Context, sql: string, unread: UnreadAnswers, world: WebWorld): Promise<Response> {
  const spool = await openSpool(world.tempFolder)
  try {
    const request: QueryRequest = { sql, limit: MOST_CSV_ROWS, format: 'csv' }
    const { isCut } = await world.queryProcess.run(request, row => spool.write(row), c.req.raw.signal)
    const name = isCut ? `query-first-${MOST_CSV_ROWS}-rows.csv` : 'query.csv'
    const text = await spool.read()
    return c.body(unread.hold(text, spool.sizeBytes(), c.req.raw.signal), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${name}"`,
      'content-length': String(spool.sizeBytes()),
      'cache-control': 'no-store',
    })
  } catch (error) {
    await spool.close()
    throw error
  }
}

/** What is wrong with a person's SQL is for them to know, as is that it takes too much. */
function refuse(error: unknown): never {
  if (error instanceof QueriesBusyError) throw new RequestRefusedError(429, error.facts)
  if (error instanceof QueryError) throw new RequestRefusedError(422, error.facts)
  throw error
}

/** Each view with the names of its columns: the lake's, in the order that people meet them in the documentation, and others. */
const listViews = ({ reader, store, moreViews }: WebWorld, signal: AbortSignal): Promise<ViewList['views']> =>
  reader.read(async ({ catalog, engine }) => {
    const more = await moreViews(catalog)
    const { views: own } = await loadViewStatements(LAKE_VIEWS, { catalog, engine, store })
    const [others, named] = [await more.load(more.names, { isNamed: false }), await more.list()]
    const views: ViewList['views'] = []
    for (const view of [...own, ...others] as readonly NamedView[]) {
      for (const statement of viewStatements(view)) await engine.run(statement)
      const name = view.schema === undefined ? view.name : `${view.schema}.${view.name}`
      if (view.schema !== undefined && !named.includes(name)) continue // it has a short name, too
      const rows = await engine.rows(`select column_name from (describe ${shownAs(view)})`)
      views.push({ name, columns: rows.map(({ column_name }) => String(column_name)) })
    }
    return views
  }, signal)
