import { StocktakeError } from '../errors.js'
import type { JobType } from '../jobs/job.js'
import { enqueueJob, listOpenJobs } from '../jobs/jobQueue.js'
import { openLakeStore } from './lakeSession.js'
import type { PublishContext } from './publishSession.js'
import { userName } from './snapshotSession.js'
import { documentEffects } from './tasksOfLake.js'

/**
 * Publishes the lake after a command has changed it, where the configuration says so. What was done is done: a failure is told,
 * and whatever publishes next makes up for it.
 */
export async function publishAfter(context: PublishContext): Promise<void> {
  if (!context.config.publish.afterImport) return
  try {
    const [{ publishHere }, { requirePublished }] = await Promise.all([
      import('./publishRun.js'),
      import('../publish/publish.js'),
    ])
    requirePublished(await publishHere(false, context))
  } catch (error) {
    if (context.signal.aborted || !(error instanceof StocktakeError)) throw error
    context.log.warn(`not published: ${error.message}; stocktake publish does it again`)
  }
}

/** Jobs that change what others see of the lake. */
const CHANGING: readonly JobType[] = ['import', 'scan', 'refresh', 'reconcile', 'maintain']

/**
 * As {@link publishAfter}, for a job: another job publishes, which is tried again, and counted, by itself. One that waits
 * already will do.
 */
export async function queuePublish(type: JobType, context: PublishContext): Promise<void> {
  if (!context.config.publish.afterImport || !CHANGING.includes(type)) return
  try {
    const store = await openLakeStore(context)
    for await (const job of listOpenJobs(store))
      if (job.type === 'publish' && job.state !== 'running' && job.due <= context.now()) return
    const order = { type: 'publish', connector: null, params: {}, due: context.now(), created_by: userName() } as const
    await enqueueJob(order, { ...documentEffects(context), store })
  } catch (error) {
    if (context.signal.aborted || !(error instanceof StocktakeError)) throw error
    context.log.warn(`not to be published now: ${error.message}`)
  }
}
