import { createRoute } from '@hono/zod-openapi'
import { type Job as ApiJob, job } from '../../api/jobs.js'
import { orderSnapshot, type SnapshotOrder } from '../../jobs/snapshotOrders.js'
import { doRecorded } from '../../lake/deeds.js'
import { answerJson } from '../answer.js'
import { deedEffects } from '../changeKnown.js'
import { toJobAnswer } from '../jobAnswer.js'
import { problemAnswers } from '../problems.js'
import type { AddRoutes } from '../webApp.js'

const reconcileRoute = createRoute({
  ...{ method: 'post', path: '/api/reconcile', tags: ['gaps'], summary: 'Compare with what should be there, now' },
  description:
    'Queues a comparison of all connectors with `data_inventory.yaml`; no task is run. An agent does it. 422 where there is no such ' +
    'file, or mistakes are in it.',
  responses: {
    202: {
      description: 'the job, which waits or runs: the same one where one waits already',
      headers: { Location: { schema: { type: 'string' as const }, description: 'where the job is' } },
      content: { 'application/json': { schema: job } },
    },
    ...problemAnswers(422),
  },
})

const RECONCILE: SnapshotOrder = { type: 'reconcile', connector: null, params: {} }

export const addReconcileRoutes: AddRoutes = (app, world) => {
  app.openapi(reconcileRoute, async c => {
    await world.expectations.check()
    const { job } = await doRecorded(
      { action: 'reconcile order', subject: 'data_inventory.yaml' },
      () => orderSnapshot(RECONCILE, c.get('who'), world),
      ({ job, isNew }) => ({ objects: null, outcome: isNew ? 'done' : 'unchanged', detail: { job: job.job_id } }),
      deedEffects(c, world),
    )
    c.header('location', `/api/jobs/${job.job_id}`)
    return answerJson<ApiJob>(c, toJobAnswer(job), 202) as never
  })
}
