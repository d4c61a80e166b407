import { createRoute } from '@hono/zod-openapi'
import { connector, type InventoryConfig, inventoryConfig } from '../../api/connectors.js'
import { guidParam } from '../../api/shapes.js'
import { NotFoundError } from '../../errors.js'
import { planAdd, planInventory, requireFreeName, requireOfLake } from '../../lake/connectorChanges.js'
import type { StoredSettings } from '../../lake/lakeConnectors.js'
import { answerChanged } from '../changeKnown.js'
import { answerConnector, toConfigAnswer } from '../connectorAnswer.js'
import { findKnownConnector, getKnownConnector } from '../knownConnectors.js'
import { problemAnswers } from '../problems.js'
import type { AddRoutes } from '../webApp.js'

const path = '/api/connectors/{guid}/inventory/config'
const tags = ['connectors']
const json = <T>(schema: T) => ({ content: { 'application/json': { schema } } })

const getRoute = createRoute({
  ...{ method: 'get', path, tags, summary: 'Where its reports are' },
  request: { params: guidParam },
  responses: { 200: { description: 'its inventory', ...json(inventoryConfig) }, ...problemAnswers(404) },
})

const putRoute = createRoute({
  ...{ method: 'put', path, tags, summary: 'Say where its reports are' },
  description:
    'Replaces what the form has; other settings stay, and fields, bucket and schedule where they are not said. ' +
    'Where there is no connector of that name, one is made of it.',
  request: { params: guidParam, body: { required: true, ...json(inventoryConfig) } },
  responses: {
    200: { description: 'the connector as it is now', ...json(connector) },
    201: { description: 'the connector that was made', ...json(connector) },
    ...problemAnswers(403, 404, 409, 412, 422),
  },
})

export const addInventoryConfigRoutes: AddRoutes = (app, world) => {
  app.openapi(getRoute, async c => {
    const known = await getKnownConnector(world, c.req.valid('param').guid)
    const config = toConfigAnswer(known)
    if (!config)
      throw new NotFoundError({
        subject: `connector ${known.connector.name}`,
        got: 'no inventory is configured for it',
      })
    return (await answerConnector<InventoryConfig>(c, known, config)) as never
  })
  app.openapi(putRoute, async c => {
    const { guid } = c.req.valid('param')
    const settings = toSettings(c.req.valid('json'))
    requireOfLake(guid, world.declared)
    const known = await findKnownConnector(world, guid)
    const name = known?.connector.name ?? guid
    if (!known) requireFreeName(name)
    const plan = known ? planInventory(name, settings) : planAdd(name, settings)
    return (await answerChanged({ name, verb: known ? 'set' : 'add', plan }, c, world)) as never
  })
}

/** As stocktake.yaml spells them: only what was said. */
function toSettings({ source_bucket, schedule, ...inventory }: InventoryConfig): StoredSettings {
  return {
    ...(source_bucket !== undefined && { source_bucket }),
    ...(schedule !== undefined && { schedule }),
    inventory,
  }
}
