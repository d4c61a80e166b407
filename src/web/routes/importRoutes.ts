import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { type Job as ApiJob, importRequest, job, scanRequest } from '../../api/jobs.js'
import { guidParam } from '../../api/shapes.js'
import type { Job } from '../../jobs/job.js'
import { orderSnapshot, planImport, planScan, type SnapshotOrder } from '../../jobs/snapshotOrders.js'
import { recordDeed } from '../../lake/deeds.js'
import { answerJson } from '../answer.js'
import { deedEffects } from '../changeKnown.js'
import { toJobAnswer } from '../jobAnswer.js'
import { getKnownConnector } from '../knownConnectors.js'
import { problemAnswers } from '../problems.js'
import type { AddRoutes, WebEnv } from '../webApp.js'
import type { WebWorld } from '../webWorld.js'

const tags = ['connectors']
const json = <T>(schema: T) => ({ content: { 'application/json': { schema } } })

const queued = {
  202: {
    description: 'the job, which waits or runs: the same one where it was asked for before',
    headers: { Location: { schema: { type: 'string' as const }, description: 'where the job is' } },
    ...json(job),
  },
}

const importRoute = createRoute({
  ...{ method: 'post', path: '/api/connectors/{guid}/inventory/import', tags, summary: 'Import now' },
  description: 'Queues an import: of the newest report, unless the body says of which. An agent runs it.',
  request: { params: guidParam, body: { required: false, ...json(importRequest) } },
  responses: { ...queued, ...problemAnswers(404, 422) },
})

const scanRoute = createRoute({
  ...{ method: 'post', path: '/api/connectors/{guid}/scan', tags, summary: 'List the bucket, or a part of it' },
  description:
    'Queues a scan, which makes LIST requests: of all objects or a sample, as the connector says unless the body does.',
  request: { params: guidParam, body: { required: false, ...json(scanRequest) } },
  responses: { ...queued, ...problemAnswers(404, 422) },
})

export const addImportRoutes: AddRoutes = (app, world) => {
  const turns = createTurns()
  const answerOrder = async (c: Context<WebEnv>, order: SnapshotOrder): Promise<Response> => {
    const found = await turns.wait(order.connector ?? '', () => placeOrder(c, order, world))
    c.header('location', `/api/jobs/${found.job_id}`)
    return answerJson<ApiJob>(c, toJobAnswer(found), 202)
  }
  app.openapi(importRoute, async c => {
    const { connector } = await getKnownConnector(world, c.req.valid('param').guid)
    return (await answerOrder(c, planImport(connector, c.req.valid('json') ?? {}))) as never
  })
  app.openapi(scanRoute, async c => {
    const { connector } = await getKnownConnector(world, c.req.valid('param').guid)
    return (await answerOrder(c, planScan(connector, c.req.valid('json') ?? {}))) as never
  })
}

async function placeOrder(c: Context<WebEnv>, order: SnapshotOrder, world: WebWorld): Promise<Job> {
  const { job, isNew } = await orderSnapshot(order, c.get('who'), world)
  if (isNew)
    await recordDeed(
      {
        action: `${order.type} order`,
        subject: job.connector ?? '',
        objects: null,
        outcome: 'done',
        detail: { job: job.job_id, ...order.params },
      },
      deedEffects(c, world),
    )
  return job
}

/** Orders of one connector, one after the other: who clicks twice finds the job of the first click. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>()
  return {
    async wait<T>(name: string, act: () => Promise<T>): Promise<T> {
      const turn = (last.get(name) ?? Promise.resolve()).then(act, act)
      last.set(name, turn)
      try {
        return await turn
      } finally {
        if (last.get(name) === turn) last.delete(name)
      }
    },
  }
}
