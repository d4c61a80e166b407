import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import {
  type Connector as ApiConnector,
  type CheckList,
  type ConnectorList,
  checkList,
  connector,
  connectorList,
  connectorSettings,
  newConnector,
  schedule,
} from '../../api/connectors.js'
import { guidParam } from '../../api/shapes.js'
import { findChain, listChains } from '../../jobs/chains.js'
import { chainTimes } from '../../jobs/chainTimes.js'
import { importChainName } from '../../jobs/wantedChains.js'
import { planAdd, planRemove, planSet, requireFreeName, requireOfLake } from '../../lake/connectorChanges.js'
import type { StoredSettings } from '../../lake/lakeConnectors.js'
import { answerJson } from '../answer.js'
import { answerChanged, changeKnown } from '../changeKnown.js'
import { answerConnector, toConnectorAnswer } from '../connectorAnswer.js'
import { answerByContent } from '../contentAnswer.js'
import type { Deeds } from '../deeds.js'
import { getKnownConnector, type KnownConnector, loadKnownConnectors } from '../knownConnectors.js'
import { problemAnswers } from '../problems.js'
import { shareRecent } from '../shareRecent.js'
import { createConnectorTests } from '../testConnector.js'
import type { AddRoutes, WebApp, WebEnv } from '../webApp.js'
import type { WebWorld } from '../webWorld.js'

const tags = ['connectors']
const json = <T>(schema: T) => ({ content: { 'application/json': { schema } } })
const body = <T>(schema: T) => ({ required: true, ...json(schema) })

const listRoute = createRoute({
  ...{
    method: 'get',
    path: '/api/connectors',
    tags,
    summary: 'The connectors, and when they were and will be imported',
  },
  responses: { 200: { description: 'declared ones, then those of the lake, by name', ...json(connectorList) } },
})

const addRoute = createRoute({
  ...{ method: 'post', path: '/api/connectors', tags, summary: 'Make one that lives in the lake' },
  request: { body: body(newConnector) },
  responses: { 201: { description: 'it was made', ...json(connector) }, ...problemAnswers(403, 409, 422) },
})

const getRoute = createRoute({
  ...{ method: 'get', path: '/api/connectors/{guid}', tags, summary: 'One connector' },
  request: { params: guidParam },
  responses: { 200: { description: 'it', ...json(connector) }, ...problemAnswers(404) },
})

const patchRoute = createRoute({
  ...{ method: 'patch', path: '/api/connectors/{guid}', tags, summary: 'Change some settings' },
  description: 'A merge patch (RFC 7396) of the settings as stocktake.yaml spells them: NULL takes one away.',
  request: { params: guidParam, body: body(connectorSettings) },
  responses: { 200: { description: 'as it is now', ...json(connector) }, ...problemAnswers(403, 404, 409, 412, 422) },
})

const removeRoute = createRoute({
  ...{
    method: 'delete',
    path: '/api/connectors/{guid}',
    tags,
    summary: 'Remove one from the lake; its snapshots stay',
  },
  request: { params: guidParam },
  responses: { 204: { description: 'it is gone' }, ...problemAnswers(404, 409, 412) },
})

const scheduleRoute = createRoute({
  ...{ method: 'put', path: '/api/connectors/{guid}/schedule', tags, summary: 'How often it is imported' },
  request: { params: guidParam, body: body(schedule) },
  responses: { 200: { description: 'as it is now', ...json(connector) }, ...problemAnswers(404, 409, 412, 422) },
})

const testRoute = createRoute({
  ...{ method: 'post', path: '/api/connectors/{guid}/test', tags, summary: 'Whether its reports can be read' },
  description: 'Step by step; a step that fails is an answer, too. Nothing is changed.',
  request: { params: guidParam },
  responses: { 200: { description: 'what was looked at', ...json(checkList) }, ...problemAnswers(404, 429) },
})

export const addConnectorsRoutes: AddRoutes = (app, world, deeds) => {
  addReads(app, world, deeds)
  addChanges(app, world)
  const tests = createConnectorTests(world)
  app.openapi(testRoute, async c => {
    const { connector } = await getKnownConnector(world, c.req.valid('param').guid)
    return answerJson<CheckList>(c, { checks: await tests.test(connector) }) as never
  })
}

function addReads(app: WebApp, world: WebWorld, deeds: Deeds): void {
  const load = shareRecent(
    () => Promise.all([loadKnownConnectors(world), listChains(world.store, () => {})]),
    deeds,
    world,
  )
  app.openapi(listRoute, async c => {
    const [known, chains] = await load()
    const chainOf = ({ connector }: KnownConnector) => chains.find(({ name }) => name === importChainName(connector))
    const connectors = known.map(each => toConnectorAnswer(each, chainOf(each)))
    return (await answerByContent<ConnectorList>(c, { connectors })) as never
  })
  app.openapi(getRoute, async c => {
    const known = await getKnownConnector(world, c.req.valid('param').guid)
    const chain = await findChain(world.store, importChainName(known.connector))
    return (await answerConnector<ApiConnector>(c, known, toConnectorAnswer(known, chain), chainTimes(chain))) as never
  })
}

function addChanges(app: WebApp, world: WebWorld): void {
  app.openapi(addRoute, async c => {
    const { name, settings } = c.req.valid('json')
    requireFreeName(name)
    requireOfLake(name, world.declared)
    const plan = planAdd(name, settings as StoredSettings)
    return (await answerChanged({ name, verb: 'add', plan }, c, world)) as never
  })
  app.openapi(patchRoute, async c => {
    const patch = c.req.valid('json') as StoredSettings
    return (await set(c, world, c.req.valid('param').guid, patch)) as never
  })
  app.openapi(scheduleRoute, async c => (await set(c, world, c.req.valid('param').guid, c.req.valid('json'))) as never)
  app.openapi(removeRoute, async c => {
    const name = await nameOfLake(c.req.valid('param').guid, world)
    await changeKnown({ name, verb: 'remove', plan: planRemove(name) }, c, world)
    return c.body(null, 204) as never
  })
}

/** The name of a connector that lives in the lake. @throws {NotFoundError} {@link ConnectorDeclaredError} */
async function nameOfLake(nameOrGuid: string, world: WebWorld): Promise<string> {
  requireOfLake(nameOrGuid, world.declared)
  return (await getKnownConnector(world, nameOrGuid)).connector.name
}

/** Lays settings over those of a connector of the lake. */
async function set(c: Context<WebEnv>, world: WebWorld, nameOrGuid: string, patch: StoredSettings): Promise<Response> {
  const name = await nameOfLake(nameOrGuid, world)
  return answerChanged({ name, verb: 'set', plan: planSet(name, [patch]) }, c, world)
}
