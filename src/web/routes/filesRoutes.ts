import { createRoute, type z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { type FilePage, fileInfo, filePage, filesQuery } from '../../api/collections.js'
import { guidParam } from '../../api/shapes.js'
import { findFileInfo } from '../../collections/fileInfo.js'
import { type Collection, pickCollection } from '../../lake/lakeCollections.js'
import { jsonText } from '../../output/cells.js'
import type { Answer } from '../answer.js'
import { openAnswerCache } from '../answerCache.js'
import { keepCollections } from '../collectionsKept.js'
import { answerTagged, makeTag } from '../etags.js'
import { type FilePlan, type FileQuestion, formatFiles, listFiles, planFilePages, readFiles } from '../filePages.js'
import type { LakeMoment } from '../lakeReader.js'
import { problemAnswers } from '../problems.js'
import { answerTable } from '../tableAnswer.js'
import type { AddRoutes } from '../webApp.js'
import type { WebWorld } from '../webWorld.js'

const filesRoute = createRoute({
  ...{ method: 'get', path: '/api/collections/{guid}/files', tags: ['collections'] },
  summary: 'The files of a collection by its FileInfo, by key',
  request: { params: guidParam, query: filesQuery },
  responses: {
    200: {
      description: 'as the newest snapshot or scan of the folder has them; the bucket is not asked',
      content: {
        'application/json': { schema: filePage },
        'text/csv': { schema: { type: 'string' } },
        'application/sql': { schema: { type: 'string' } },
      },
    },
    304: { description: 'as it was' },
    ...problemAnswers(400, 404),
  },
})

type Query = z.output<typeof filesQuery>

export const addFilesRoutes: AddRoutes = (app, world) => {
  const collectionsAt = keepCollections(world)
  const planAt = keepPlans(world)
  const cache = openAnswerCache(CACHED_CHARACTERS)
  app.openapi(filesRoute, async c => {
    const { search, cursor, limit, format } = c.req.valid('query')
    const moment = await world.reader.look()
    const collection = pickCollection(await collectionsAt(moment), c.req.valid('param').guid)
    const question = { ...(search && { search }), ...(cursor !== undefined && { after: cursor }) }
    if (format) return (await answerWhole(c, format, collection, question, planAt(collection, moment), world)) as never
    const facts = findFileInfo(collection, moment.receipts, moment.connectors, world.now())
    const tag = makeTag(world.version, moment.version, collection.collection, jsonText(facts))
    return (await answerTagged(c, tag, async () => {
      const text = await cache.get(`${tag}${c.req.url}`, async () => {
        const plan = await planAt(collection, moment)
        const rows = await world.reader.read(effects => readFiles(plan, question, limit + 1, effects))
        const files = rows.slice(0, limit)
        const file_count = plan.counts?.file_count ?? null
        const total_size_bytes = plan.counts?.total_size_bytes ?? null
        const next = rows.length > limit ? (files.at(-1)?.key ?? null) : null
        return jsonText({
          file_info: { ...facts, file_count, total_size_bytes },
          files,
          next,
        } satisfies Answer<FilePage>)
      })
      return c.body(text, 200, { 'content-type': 'application/json; charset=utf-8' })
    })) as never
  })
}

const CACHED_CHARACTERS = 4_000_000

/** Makes the plan of a collection once for each state of the lake. */
function keepPlans({ reader }: WebWorld): (collection: Collection, moment: LakeMoment) => Promise<FilePlan> {
  const kept = new Map<string, Promise<FilePlan>>() // in the order they were asked for
  return (collection, { version, receipts }) => {
    const name = `${version} ${collection.collection}`
    const plan = kept.get(name) ?? reader.read(effects => planFilePages(collection, receipts, effects))
    kept.delete(name)
    kept.set(name, plan)
    plan.catch(() => kept.delete(name))
    const [oldest] = kept.keys()
    if (kept.size > MOST_PLANS && oldest !== undefined) kept.delete(oldest)
    return plan
  }
}

const MOST_PLANS = 50

async function answerWhole(
  c: Context,
  format: NonNullable<Query['format']>,
  collection: Collection,
  question: FileQuestion,
  planned: Promise<FilePlan>,
  { reader }: WebWorld,
): Promise<Response> {
  const plan = await planned
  const table = { name: collection.name, format, columns: COLUMNS, sql: () => formatFiles(collection, question) }
  return answerTable(c, { ...table, rows: effects => listFiles(plan, question, effects) }, reader)
}

const COLUMNS = Object.keys(fileInfo.shape).map(name => ({ name }))
