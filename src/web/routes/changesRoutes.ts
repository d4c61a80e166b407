import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { change, changeFolder, changeFoldersQuery, changePage, changeSummary, changesQuery } from '../../api/changes.js'
import { guidParam } from '../../api/shapes.js'
import { jsonText } from '../../output/cells.js'
import { askPair, type FolderChanges } from '../../snapshot/pairChanges.js'
import { openAnswerCache } from '../answerCache.js'
import {
  type ComparedPair,
  findPair,
  formatChangeFolders,
  formatChanges,
  listChangesOf,
  parseCursor,
  readChangePage,
  readChangeSummary,
  requireSame,
  withChanges,
} from '../changes.js'
import { answerTagged, makeTag } from '../etags.js'
import type { LakeMoment } from '../lakeReader.js'
import { problemAnswers } from '../problems.js'
import { answerFile, tableTexts } from '../tableAnswer.js'
import type { AddRoutes } from '../webApp.js'
import type { WebWorld } from '../webWorld.js'

const tags = ['changes']
const answers = (schema: typeof changePage | typeof changeSummary) =>
  ({
    200: {
      description: 'what differs',
      content: {
        'application/json': { schema },
        'text/csv': { schema: { type: 'string' } },
        'application/sql': { schema: { type: 'string' } },
      },
    },
    304: { description: 'as it was' },
    ...problemAnswers(400, 404),
  }) as const

const changesRoute = createRoute({
  ...{ method: 'get', path: '/api/connectors/{guid}/changes', tags },
  summary: 'What differs between two snapshots, key by key',
  request: { params: guidParam, query: changesQuery },
  responses: answers(changePage),
})

const summaryRoute = createRoute({
  ...{ method: 'get', path: '/api/connectors/{guid}/changes/summary', tags },
  summary: 'What differs between two snapshots, added up, and by folder',
  request: { params: guidParam, query: changeFoldersQuery },
  responses: answers(changeSummary),
})

export const addChangesRoutes: AddRoutes = (app, world) => {
  const cache = openAnswerCache(CACHED_CHARACTERS)
  const answerCached = (c: Context, compared: ComparedPair, { version }: LakeMoment, make: () => Promise<unknown>) => {
    const tag = makeTag(world.version, version, jsonText(compared.to))
    return answerTagged(c, tag, async () => {
      const text = await cache.get(`${tag}${c.req.url}`, async () => jsonText(await make()))
      return c.body(text, 200, { 'content-type': 'application/json; charset=utf-8' })
    })
  }
  app.openapi(summaryRoute, async c => {
    const query = c.req.valid('query')
    const moment = await world.reader.look()
    const compared = await findPair(c.req.valid('param').guid, query, moment, world)
    if (query.format) return (await answerFolders(c, compared, query.depth, query.format, world)) as never
    return (await answerCached(c, compared, moment, () => readChangeSummary(compared, query, world))) as never
  })
  app.openapi(changesRoute, async c => {
    const query = c.req.valid('query')
    const moment = await world.reader.look()
    const cursor = query.cursor === undefined ? undefined : parseCursor(query.cursor)
    const compared = await findPair(c.req.valid('param').guid, { ...query, ...cursor }, moment, world)
    if (cursor) requireSame(compared, cursor)
    if (query.format) return (await answerChanges(c, compared, query.change, query.format, world)) as never
    return (await answerCached(c, compared, moment, () =>
      readChangePage(compared, query, cursor?.after, world),
    )) as never
  })
}

/** A few dozen pages; comparisons that no import has made take a while. */
const CACHED_CHARACTERS = 8_000_000

type Format = 'json' | 'csv' | 'sql'

const CHANGE_COLUMNS = Object.keys(change.shape).map(name => ({ name }))
const FOLDER_COLUMNS = Object.keys(changeFolder.shape).map(name => ({ name }))

const fileName = ({ pair }: ComparedPair, what: string): string =>
  `${pair.to.connector} ${pair.fromName} ${pair.to.snapshot} ${what}`

function answerChanges(
  c: Context,
  compared: ComparedPair,
  kind: Parameters<typeof listChangesOf>[0],
  format: Format,
  world: WebWorld,
): Promise<Response> {
  const file = { name: fileName(compared, kind ?? 'changes'), format }
  if (format === 'sql') return answerFile(c, file, write => write([formatChanges(compared, kind)]))
  return answerFile(c, file, write =>
    withChanges(
      compared,
      world,
      (changes, effects) => write(tableTexts(listChangesOf(kind, changes, effects), CHANGE_COLUMNS, format)),
      c.req.raw.signal,
    ),
  )
}

function answerFolders(
  c: Context,
  compared: ComparedPair,
  depth: number,
  format: Format,
  world: WebWorld,
): Promise<Response> {
  const file = { name: fileName(compared, 'folders'), format }
  if (format === 'sql') return answerFile(c, file, write => write([formatChangeFolders(compared, depth)]))
  return answerFile(c, file, write =>
    withChanges(
      compared,
      world,
      (changes, effects) =>
        write(tableTexts(askPair<FolderChanges>('changes_by_folder', changes, effects, depth), FOLDER_COLUMNS, format)),
      c.req.raw.signal,
    ),
  )
}
