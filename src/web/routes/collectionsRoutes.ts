import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import {
  type Collection as ApiCollection,
  type CreatedCollections,
  collection,
  collectionList,
  createdCollections,
  fromInventory,
  ofConnector,
  renameCollection as renameBody,
  type Suggestions,
  suggestions,
  suggestQuery,
} from '../../api/collections.js'
import { type Job as ApiJob, job } from '../../api/jobs.js'
import { guidParam } from '../../api/shapes.js'
import { findClashes, type NewCollection, removeCollection, renameCollection } from '../../collections/collections.js'
import { copyCollections } from '../../collections/copyCollections.js'
import { mapFolders, parseFolder, requirePresent } from '../../collections/mapFolders.js'
import { indexOverlaps } from '../../collections/overlaps.js'
import { suggestName } from '../../collections/suggestName.js'
import { planRefresh } from '../../jobs/refreshOrder.js'
import { orderSnapshot } from '../../jobs/snapshotOrders.js'
import { type DeedDone, doRecorded } from '../../lake/deeds.js'
import { type Collection, getCollection, listCollections } from '../../lake/lakeCollections.js'
import { jsonText } from '../../output/cells.js'
import { connectorName } from '../../snapshot/findSnapshot.js'
import { answerJson } from '../answer.js'
import { deedEffects } from '../changeKnown.js'
import { type CollectionTeller, changeSeen, fullTag, openCollectionTeller } from '../collectionAnswer.js'
import { answerByContent } from '../contentAnswer.js'
import type { Deeds } from '../deeds.js'
import { answerTagged } from '../etags.js'
import { toJobAnswer } from '../jobAnswer.js'
import { getKnownConnector } from '../knownConnectors.js'
import { problemAnswers } from '../problems.js'
import { shareRecent } from '../shareRecent.js'
import type { AddRoutes, WebApp, WebEnv } from '../webApp.js'
import type { WebWorld } from '../webWorld.js'

const tags = ['collections']
const json = <T>(schema: T) => ({ content: { 'application/json': { schema } } })
const body = <T>(schema: T) => ({ required: true, ...json(schema) })
const location = (description: string) => ({ Location: { schema: { type: 'string' as const }, description } })

const listRoute = createRoute({
  ...{ method: 'get', path: '/api/collections', tags, summary: 'The collections, and how old their FileInfo is' },
  responses: { 200: { description: 'by name', ...json(collectionList) }, 304: { description: 'as it was' } },
})

const createOneRoute = createRoute({
  ...{ method: 'post', path: '/api/collections', tags, summary: 'Give a folder a name' },
  request: { body: body(ofConnector) },
  responses: {
    201: { description: 'it was made', headers: location('where it is'), ...json(collection) },
    ...problemAnswers(404, 409, 422),
  },
})

const createManyRoute = createRoute({
  ...{
    method: 'post',
    path: '/api/collections/from-inventory',
    tags,
    summary: 'Give names to folders of an inventory',
  },
  description: 'All of them or none. Folders may overlap, which is told; names may not clash.',
  request: { body: body(fromInventory) },
  responses: {
    201: { description: 'they were made, in the order of the folders', ...json(createdCollections) },
    ...problemAnswers(404, 409, 422),
  },
})

const suggestRoute = createRoute({
  ...{ method: 'get', path: '/api/collections/suggest', tags, summary: 'Names that folders suggest' },
  request: { query: suggestQuery },
  responses: {
    200: { description: 'in the order of the folders', ...json(suggestions) },
    304: { description: 'as it was' },
    ...problemAnswers(400, 404),
  },
})

const getRoute = createRoute({
  ...{ method: 'get', path: '/api/collections/{guid}', tags, summary: 'One collection' },
  request: { params: guidParam },
  responses: {
    200: { description: 'it', ...json(collection) },
    304: { description: 'as it was' },
    ...problemAnswers(404),
  },
})

const patchRoute = createRoute({
  ...{ method: 'patch', path: '/api/collections/{guid}', tags, summary: 'Give it another name' },
  request: { params: guidParam, body: body(renameBody) },
  responses: { 200: { description: 'as it is now', ...json(collection) }, ...problemAnswers(404, 409, 412, 422) },
})

const removeRoute = createRoute({
  ...{ method: 'delete', path: '/api/collections/{guid}', tags, summary: 'Forget it; its folder stays as it is' },
  request: { params: guidParam },
  responses: { 204: { description: 'it is gone' }, ...problemAnswers(404, 409, 412) },
})

const refreshRoute = createRoute({
  ...{ method: 'post', path: '/api/collections/{guid}/refresh', tags, summary: 'List its folder now' },
  description: 'Queues a listing of the folder, which makes LIST requests. An agent runs it.',
  request: { params: guidParam },
  responses: {
    202: {
      description: 'the job, which waits or runs: the same one where it was asked for before',
      headers: location('where the job is'),
      ...json(job),
    },
    ...problemAnswers(404, 422),
  },
})

export const addCollectionsRoutes: AddRoutes = (app, world, deeds) => {
  const teller = openCollectionTeller(world)
  addSuggest(app, world) // its path is one that a collection could have
  addReads(app, world, deeds, teller)
  addCreate(app, world, teller)
  addChanges(app, world, teller)
  app.openapi(refreshRoute, async c => {
    const found = await getCollection(world.store, c.req.valid('param').guid)
    await getKnownConnector(world, found.connector) // of one that is gone nothing can be listed
    const { job } = await doRecorded(
      { action: 'collection refresh', subject: found.collection },
      () => orderSnapshot(planRefresh(found), c.get('who'), world),
      ({ job, isNew }) => ({ objects: null, outcome: isNew ? 'done' : 'unchanged', detail: { job: job.job_id } }),
      deedEffects(c, world),
    )
    c.header('location', `/api/jobs/${job.job_id}`)
    return answerJson<ApiJob>(c, toJobAnswer(job), 202) as never
  })
}

function addSuggest(app: WebApp, world: WebWorld): void {
  app.openapi(suggestRoute, async c => {
    const { connector: wanted, folder } = c.req.valid('query')
    const [{ connectors, receipts }, current] = await Promise.all([world.reader.look(), listCollections(world.store)])
    const connector = connectorName(wanted, connectors, receipts)
    const paths = folder.map(parseFolder)
    await world.reader.read(effects => requirePresent(connector, paths, receipts, effects), c.req.raw.signal)
    const folders = paths.map(path => ({ folder: path, name: suggestName(path, connector) }))
    const clashes = new Map(findClashes(folders, current).map(clash => [clash.folder, clash.with]))
    const { listOverlaps } = indexOverlaps(current)
    return (await answerByContent<Suggestions>(c, {
      suggestions: folders.map(each => ({
        ...each,
        clash: clashes.get(each.folder) ?? null,
        overlaps: listOverlaps({ connector, folder: each.folder }).map(({ name }) => name),
      })),
    })) as never
  })
}

function addReads(app: WebApp, world: WebWorld, deeds: Deeds, teller: CollectionTeller): void {
  const tellAll = shareRecent(() => teller.tell(), deeds, world)
  app.openapi(listRoute, async c => answerByContent(c, { collections: await tellAll() }) as never)
  app.openapi(getRoute, async c => {
    const found = await getCollection(world.store, c.req.valid('param').guid)
    return (await answerOne(c, found, teller)) as never
  })
}

async function answerOne(c: Context, found: Collection, teller: CollectionTeller): Promise<Response> {
  const [told] = await teller.tell([found])
  const text = jsonText(told)
  return answerTagged(c, fullTag(String(told?.etag), text), () =>
    c.body(text, 200, { 'content-type': 'application/json; charset=utf-8' }),
  )
}

function addCreate(app: WebApp, world: WebWorld, teller: CollectionTeller): void {
  const create = async (c: Context<WebEnv>, wanted: string, folders: readonly NewCollection[]) => {
    const { connectors, receipts } = await world.reader.look()
    const connector = connectorName(wanted, connectors, receipts)
    const order = { connector, folders, by: c.get('who') }
    const made = await doRecorded(
      { action: 'collection create', subject: connector },
      () => world.reader.read(effects => mapFolders(order, receipts, { ...world, ...effects })),
      ({ created }) => ({
        objects: created.length,
        detail: { collections: created.map(({ collection }) => collection) },
      }),
      deedEffects(c, world),
    )
    await afterChange(world)
    return { collections: await teller.tell(made.created), warnings: made.warnings }
  }
  app.openapi(createOneRoute, async c => {
    const { connector, ...folder } = c.req.valid('json')
    const { collections } = await create(c, connector, [folder])
    const [made] = collections
    c.header('location', `/api/collections/${made?.collection}`)
    return answerJson<ApiCollection>(c, made as never, 201) as never
  })
  app.openapi(createManyRoute, async c => {
    const { connector, folders } = c.req.valid('json')
    return answerJson<CreatedCollections>(c, await create(c, connector, folders), 201) as never
  })
}

function addChanges(app: WebApp, world: WebWorld, teller: CollectionTeller): void {
  app.openapi(patchRoute, async c => {
    const found = await getCollection(world.store, c.req.valid('param').guid)
    const { name } = c.req.valid('json')
    const { collection } = await changeSeen(c, found, ifVersion =>
      recorded(
        { action: 'collection rename', collection: found, c, world },
        () => renameCollection({ guidOrName: found.collection, name, ifVersion }, world),
        ({ before, collection, isChanged }) => ({
          objects: null,
          outcome: isChanged ? 'done' : 'unchanged',
          detail: { before: before.name, after: collection.name },
        }),
      ),
    )
    return (await answerOne(c, collection, teller)) as never
  })
  app.openapi(removeRoute, async c => {
    const found = await getCollection(world.store, c.req.valid('param').guid)
    await changeSeen(c, found, ifVersion =>
      recorded(
        { action: 'collection remove', collection: found, c, world },
        () => removeCollection({ guidOrName: found.collection, ifVersion }, world),
        ({ name, connector, folder }) => ({ objects: null, detail: { name, connector, folder } }),
      ),
    )
    return c.body(null, 204) as never
  })
}

interface CollectionDeed {
  readonly action: string
  readonly collection: Collection
  readonly c: Context<WebEnv>
  readonly world: WebWorld
}

/** Does something to a collection and puts it into the audit; the lake is looked at anew then. */
async function recorded<T>(
  { action, collection, c, world }: CollectionDeed,
  act: () => Promise<T>,
  describe: (result: T) => DeedDone,
): Promise<T> {
  const result = await doRecorded({ action, subject: collection.collection }, act, describe, deedEffects(c, world))
  await afterChange(world)
  return result
}

/** The lake is looked at anew, and other engines get to know what it has now. */
async function afterChange(world: WebWorld): Promise<void> {
  const { reader, store, catalog, log, now } = world
  reader.forget()
  try {
    await reader.read(({ engine }) => copyCollections({}, { store, now, catalog, engine }))
  } catch (error) {
    log.warn(`the table collections_v1 is as it was: ${error instanceof Error ? error.message : error}`)
  }
}
