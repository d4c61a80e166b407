import { createRoute } from '@hono/zod-openapi'
import { type InventoryStatus, inventoryStatus } from '../../api/folders.js'
import { guidParam } from '../../api/shapes.js'
import { connectorGuid } from '../../config/connector.js'
import { findChain } from '../../jobs/chains.js'
import { chainTimes } from '../../jobs/chainTimes.js'
import type { Job } from '../../jobs/job.js'
import { importChainName } from '../../jobs/wantedChains.js'
import { latestReceipts } from '../../snapshot/currentSources.js'
import { connectorName } from '../../snapshot/findSnapshot.js'
import type { Answer } from '../answer.js'
import { answerByContent } from '../contentAnswer.js'
import { createLakeJobs, type LakeJobs } from '../lakeJobs.js'
import type { LakeMoment } from '../lakeReader.js'
import { problemAnswers } from '../problems.js'
import { toShownSnapshot } from '../shownSnapshot.js'
import type { AddRoutes } from '../webApp.js'
import type { WebWorld } from '../webWorld.js'

const statusRoute = createRoute({
  ...{ method: 'get', path: '/api/connectors/{guid}/inventory/status', tags: ['inventory'] },
  summary: 'What is known of a connector: its newest snapshot, the import that runs, the next one',
  request: { params: guidParam },
  responses: {
    200: { description: 'as it stands', content: { 'application/json': { schema: inventoryStatus } } },
    304: { description: 'as it was' },
    ...problemAnswers(404),
  },
})

export const addStatusRoutes: AddRoutes = (app, world) => {
  const jobs = createLakeJobs(world.store)
  app.openapi(statusRoute, async c => {
    const moment = await world.reader.look()
    const name = connectorName(c.req.valid('param').guid, moment.connectors, moment.receipts)
    return (await answerByContent<InventoryStatus>(c, await findStatus(name, moment, jobs, world))) as never
  })
}

async function findStatus(
  name: string,
  { receipts, connectors }: LakeMoment,
  jobs: LakeJobs,
  { store, now }: WebWorld,
): Promise<Answer<InventoryStatus>> {
  const guid = connectorGuid(name)
  const [listed, chain] = await Promise.all([jobs.list(), findChain(store, importChainName({ guid }))])
  const isOurs = isImportOf(name, guid)
  const running = listed.open.find(job => isOurs(job) && job.state === 'running')
  const waiting = listed.open.find(job => isOurs(job) && job.state === 'queued')
  const [ended] = await listed.ended(isOurs, 1)
  const last = latestReceipts(receipts.filter(({ connector }) => connector === name))[0]
  const times = chainTimes(chain)
  const job = running ?? waiting
  // Someone may have imported since, without a job.
  const failure = ended?.state === 'failed' && !(last && last.imported_at > (ended.ended_at ?? ended.due)) && ended
  const idle = last || ended ? 'idle' : 'never'
  return {
    connector: name,
    state: running ? 'running' : waiting ? 'queued' : failure ? 'failed' : idle,
    job_id: job?.job_id ?? null,
    progress: running?.progress ? toProgress(running.progress) : null,
    error: failure ? (failure.error?.message ?? 'failed, and nothing is known of it') : null,
    last: last
      ? toShownSnapshot(
          last,
          connectors.find(connector => connector.name === name),
          now(),
        )
      : null,
    last_ended_at: latest(ended?.ended_at ?? null, latest(times.last_ended_at, last?.imported_at ?? null)),
    next_due_at: times.next_due_at,
  }
}

/** What makes snapshots of the whole bucket: a connector without reports has scans. */
const isImportOf =
  (name: string, guid: string) =>
  ({ type, connector, params }: Job): boolean =>
    (connector === name || connector === guid) &&
    (type === 'import' || (type === 'scan' && (params.prefix ?? '') === ''))

const toProgress = ({ phase, done, total, rate, unit }: NonNullable<Job['progress']>) => ({
  ...{ phase, done, total, rate, unit },
})

const latest = (a: Date | null, b: Date | null): Date | null => (a && b ? (a > b ? a : b) : (a ?? b))
