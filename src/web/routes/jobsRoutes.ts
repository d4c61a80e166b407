import { createRoute, z } from '@hono/zod-openapi'
import { type Job as ApiJob, type JobList, job, jobList, jobsQuery } from '../../api/jobs.js'
import { connectorGuid } from '../../config/connector.js'
import { ConflictError, NotFoundError } from '../../errors.js'
import { isEnded, type Job } from '../../jobs/job.js'
import { cancelJob, findJob } from '../../jobs/jobQueue.js'
import { recordDeed } from '../../lake/deeds.js'
import type { ObjectStore } from '../../lake/objectStore.js'
import { answerJson } from '../answer.js'
import { deedEffects } from '../changeKnown.js'
import { answerByContent } from '../contentAnswer.js'
import type { Deeds } from '../deeds.js'
import { toJobAnswer } from '../jobAnswer.js'
import { streamJobs } from '../jobStream.js'
import { createJobWatch, type JobWatch } from '../jobWatch.js'
import { createLakeJobs } from '../lakeJobs.js'
import { problemAnswers } from '../problems.js'
import type { AddRoutes } from '../webApp.js'

const tags = ['jobs']
const json = <T>(schema: T) => ({ content: { 'application/json': { schema } } })
const idParam = z.object({ id: z.string().min(1).describe('`job_…`') })

const listRoute = createRoute({
  ...{ method: 'get', path: '/api/jobs', tags, summary: 'Jobs that wait, run or have ended' },
  request: { query: jobsQuery },
  responses: { 200: { description: 'them', ...json(jobList) }, ...problemAnswers(400) },
})

const eventsRoute = createRoute({
  ...{ method: 'get', path: '/api/jobs/events', tags, summary: 'Jobs as they change' },
  description:
    'Server-sent events: `job`, with a Job as data, for each that is open when this begins, and then at each change. ' +
    'It ends after a quarter of an hour, and a browser then asks again by itself: load the list again when it does. It ends ' +
    'within 20 seconds when the token does.',
  responses: {
    200: { description: 'events, without end', content: { 'text/event-stream': { schema: z.string() } } },
    ...problemAnswers(429),
  },
})

const getRoute = createRoute({
  ...{ method: 'get', path: '/api/jobs/{id}', tags, summary: 'One job' },
  request: { params: idParam },
  responses: { 200: { description: 'it', ...json(job) }, ...problemAnswers(404) },
})

const cancelRoute = createRoute({
  ...{ method: 'post', path: '/api/jobs/{id}/cancel', tags, summary: 'Cancel a job' },
  description: 'One that waits has ended then; one that runs ends soon.',
  request: { params: idParam },
  responses: { 200: { description: 'as it is then', ...json(job) }, ...problemAnswers(404, 409) },
})

export const addJobsRoutes: AddRoutes = (app, world, deeds) => {
  const tell = (job: Job): ReturnType<typeof toJobAnswer> => {
    if (job.ended_at) world.reader.forget(job.ended_at) // who hears of it asks next for what it did
    return toJobAnswer(job)
  }
  const watch = notingDeeds(createJobWatch(world), deeds)
  const lakeJobs = createLakeJobs(world.store)
  app.openapi(listRoute, async c => {
    const { state, connector, limit } = c.req.valid('query')
    const isWanted = (job: Job): boolean => connector === undefined || isOf(job, connector)
    const { open, ended } = await lakeJobs.list()
    const jobs = [
      ...(state === 'ended' ? [] : open.filter(isWanted)),
      ...(state === 'open' ? [] : await ended(isWanted, limit)),
    ]
    return (await answerByContent<JobList>(c, { jobs: jobs.map(tell), runs_here: world.runsJobs })) as never
  })
  app.openapi(eventsRoute, c => streamJobs(c, { watch, tell }, c.get('isLetIn'), world) as never) // before the route of one job, which `events` could be
  app.openapi(getRoute, async c => {
    const found = await getJob(c.req.valid('param').id, world.store)
    return (await answerByContent<ApiJob>(c, tell(found))) as never
  })
  app.openapi(cancelRoute, async c => {
    const { id } = c.req.valid('param')
    const before = await getJob(id, world.store)
    const job = isEnded(before) ? before : await cancelJob(id, c.get('who'), world)
    if (isEnded(job) && (job.state !== 'cancelled' || before.state === 'cancelled')) throw overError(job)
    const { type, connector, state } = before
    const outcome = isEnded(job) ? 'cancelled' : 'done' // one that runs has been asked to end
    await recordDeed(
      { action: 'job cancel', subject: id, objects: null, outcome, detail: { type, connector, state } },
      deedEffects(c, world),
    )
    return answerJson<ApiJob>(c, tell(job)) as never
  })
}

/** @throws {NotFoundError} */
async function getJob(id: string, store: ObjectStore): Promise<Job> {
  const found = JOB_ID.test(id) ? await findJob(store, id) : undefined
  if (found) return found
  throw new NotFoundError({ subject: `job ${JSON.stringify(id.slice(0, 100))}`, got: 'no such job' })
}

const JOB_ID = /^job_[0-9a-f]{32}$/

const overError = ({ job_id, state }: Job): ConflictError =>
  new ConflictError({ subject: job_id, expected: 'a job that waits or runs', got: `one that ended before: ${state}` })

/** Whether a job is about the connector of that name or GUID; jobs may have either. */
const isOf = ({ connector }: Job, nameOrGuid: string): boolean =>
  connector !== null &&
  [connector, connectorGuid(connector)].some(each => [nameOrGuid, connectorGuid(nameOrGuid)].includes(each))

/** Whoever hears of a job reads again what it changed. */
const notingDeeds = (watch: JobWatch, deeds: Deeds): JobWatch => ({
  get count() {
    return watch.count
  },
  listen: (listener, ended) =>
    watch.listen(job => {
      deeds.note()
      listener(job)
    }, ended),
})
