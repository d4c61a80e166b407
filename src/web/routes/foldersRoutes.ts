import { createRoute, type z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { folderPage, foldersQuery } from '../../api/folders.js'
import { guidParam } from '../../api/shapes.js'
import { UsageError } from '../../errors.js'
import type { Collection } from '../../lake/lakeCollections.js'
import { jsonText } from '../../output/cells.js'
import { momentOf } from '../../snapshot/currentSources.js'
import { type FoundSnapshot, pickSnapshot } from '../../snapshot/findSnapshot.js'
import { folderPath } from '../../snapshot/folderListing.js'
import type { LakeEffects } from '../../snapshot/lakeTables.js'
import type { Receipt } from '../../snapshot/receipts.js'
import { parseSnapshotName } from '../../snapshot/snapshotName.js'
import { openAnswerCache } from '../answerCache.js'
import { keepCollections } from '../collectionsKept.js'
import { answerTagged, makeTag } from '../etags.js'
import { collectionsByFolder, folderName, type ReadFolderPage, withCollections } from '../folderPages.js'
import type { LakeMoment } from '../lakeReader.js'
import { problemAnswers } from '../problems.js'
import {
  formatShownFolders,
  listShownFolders,
  makeFolderViews,
  requireShownFolder,
  type ShownFolder,
  type ShownFoldersQuestion,
  selectFolderViews,
} from '../shownFolders.js'
import { toShownSnapshot } from '../shownSnapshot.js'
import { answerTable } from '../tableAnswer.js'
import type { AddRoutes } from '../webApp.js'
import type { WebWorld } from '../webWorld.js'

const foldersRoute = createRoute({
  ...{ method: 'get', path: '/api/connectors/{guid}/inventory/folders', tags: ['inventory'] },
  summary: 'Folders of a snapshot, with what changed since its base',
  request: { params: guidParam, query: foldersQuery },
  responses: {
    200: {
      description: 'the folders directly in a folder, or all below it that have a text in their path',
      content: {
        'application/json': { schema: folderPage },
        'text/csv': { schema: { type: 'string' } },
        'application/sql': { schema: { type: 'string' } },
      },
    },
    304: { description: 'as it was' },
    ...problemAnswers(400, 404),
  },
})

type Query = z.output<typeof foldersQuery>

export const addFoldersRoutes: AddRoutes = (app, world) => {
  const collectionsAt = keepCollections(world)
  const cache = openAnswerCache(CACHED_CHARACTERS)
  app.use('/api/*', async (_, next) => {
    await next()
    world.folders.prepare().catch(() => undefined) // of a snapshot that came just now; whoever asks is told what is wrong
  })
  app.openapi(foldersRoute, async c => {
    const query = c.req.valid('query')
    const moment = await world.reader.look()
    const question = findQuestion(c.req.valid('param').guid, query, moment)
    if (query.format) return (await answerWhole(c, query.format, question, world)) as never
    const snapshot = jsonText(shownSnapshot(question.receipt, moment, world.now()))
    const tag = makeTag(world.version, moment.version, snapshot)
    return (await answerTagged(c, tag, async () => {
      const make = async () =>
        makePage({ question, snapshot, moment, collections: await collectionsAt(moment) }, world.folders.readPage)
      const text = await cache.get(`${tag}${c.req.url}`, make)
      return c.body(text, 200, { 'content-type': 'application/json; charset=utf-8' })
    })) as never
  })
}

/** A hundred pages: those of an index are made as soon as they are found here. */
const CACHED_CHARACTERS = 4_000_000

/** @throws {NotFoundError} {@link UsageError} for a cursor that none of our answers had */
function findQuestion(connector: string, query: Query, moment: LakeMoment): ShownFoldersQuestion {
  const { search, sort, at, cursor: from, limit } = query
  const cursor = from === undefined ? undefined : parseCursor(from)
  const found = pickSnapshot({ connector, ...(at !== undefined && { at }) }, moment.connectors, moment.receipts)
  const pinned = cursor ? pinSnapshot(cursor, found, moment) : found
  const parent = folderPath(query.parent)
  return {
    ...pinned,
    ...{ parent, sort, first: cursor?.first ?? 0 },
    ...(search !== undefined && search !== '' && { search }),
    ...(query.format === undefined && { count: limit }),
  }
}

interface Cursor {
  readonly importId: string
  /** The import that changes are told against; empty where there is none. */
  readonly baseId: string
  readonly first: number
}

function parseCursor(text: string): Cursor {
  const [, importId = '', baseId = '', first] = /^([0-9a-f-]{36})\.([0-9a-f-]{36})?\.(\d{1,9})$/.exec(text) ?? []
  if (first === undefined) throw new UsageError({ subject: 'cursor', expected: '`next` of the page before', got: text })
  return { importId, baseId, first: Number(first) }
}

/** The pages of one list are of one snapshot and one base, also where a newer one came in between. @throws {UsageError} */
function pinSnapshot({ importId, baseId }: Cursor, found: FoundSnapshot, moment: LakeMoment): FoundSnapshot {
  const pinned = found.receipt.import_id === importId ? found : findImport(importId, found, moment)
  if (pinned && baseIdOf(pinned) === baseId) return pinned
  throw new UsageError({
    subject: 'cursor',
    got: 'of a snapshot that was imported again, or removed',
    fix: 'begin again without a cursor',
  })
}

const baseIdOf = ({ base }: Pick<FoundSnapshot, 'base'>): string => base?.import_id ?? ''

function findImport(importId: string, found: FoundSnapshot, { receipts }: LakeMoment): FoundSnapshot | undefined {
  const ofConnector = receipts.filter(each => each.connector === found.receipt.connector && each.scope === '')
  const receipt = ofConnector.find(({ import_id }) => import_id === importId)
  if (!receipt) return undefined
  const base = ofConnector.find(({ snapshot }) => snapshot === receipt.base_snapshot)
  return { receipt, ...(base && { base }) }
}

interface PageParts {
  readonly question: ShownFoldersQuestion
  /** As JSON. */
  readonly snapshot: string
  readonly moment: LakeMoment
  readonly collections: readonly Collection[]
}

async function makePage(parts: PageParts, readPage: ReadFolderPage): Promise<string> {
  const { question, snapshot, moment } = parts
  const collections = collectionsByFolder(parts.collections, question)
  const { parent, folders, total } = await readPage(question)
  const end = question.first + folders.length
  const next = folders.length > 0 && end < total ? `${question.receipt.import_id}.${baseIdOf(question)}.${end}` : null
  const texts = folders.map(text => withCollections(text, collections)).join(',')
  return (
    `{"snapshot":${snapshot},"parent":${withCollections(parent, collections)},"folders":[${texts}],` +
    `"total":${total},"newer_scans":${jsonText(newerScans(question.receipt, moment))},"next":${jsonText(next)}}`
  )
}

const shownSnapshot = (receipt: Receipt, { connectors }: LakeMoment, now: Date) =>
  toShownSnapshot(
    receipt,
    connectors.find(({ name }) => name === receipt.connector),
    now,
  )

/** Scans of folders that were made since: `objects_current` has them laid over the snapshot; the folders haven't. */
const newerScans = (receipt: Receipt, { receipts }: LakeMoment) =>
  receipts
    .filter(
      ({ connector, scope, sample_rate }) => connector === receipt.connector && scope !== '' && sample_rate === null,
    )
    .filter(scan => momentOf(scan) > momentOf(receipt))
    .map(({ scope: folder, snapshot }) => ({ folder, snapshot, taken_at: parseSnapshotName(snapshot) }))

async function answerWhole(
  c: Context,
  format: NonNullable<Query['format']>,
  question: ShownFoldersQuestion,
  { reader }: WebWorld,
): Promise<Response> {
  const { receipt, parent } = question
  async function* rows(effects: LakeEffects): AsyncGenerator<ShownFolder> {
    await makeFolderViews(await selectFolderViews(question, effects), effects.engine)
    await requireShownFolder(question, parent, effects)
    yield* listShownFolders(question, effects.engine)
  }
  const name = `${receipt.connector} ${receipt.snapshot} folders ${parent}`
  return answerTable(c, { name, format, columns: COLUMNS, sql: () => formatShownFolders(question), rows }, reader)
}

const COLUMNS = [
  { name: 'guid' },
  { name: 'path' },
  { name: 'name', value: ({ path }: ShownFolder) => folderName(String(path)) },
  ...['parent', 'depth', 'object_count', 'total_size_bytes', 'direct_object_count', 'direct_size_bytes'].map(named),
  ...['noncurrent_object_count', 'noncurrent_size_bytes', 'last_modified', 'folder_count', 'change'].map(named),
  ...['new_count', 'modified_count', 'deleted_count', 'object_count_change', 'size_change'].map(named),
]

function named(name: string): { name: string } {
  return { name }
}
