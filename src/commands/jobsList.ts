import type { Job } from '../jobs/job.js'
import { listEndedJobs, listOpenJobs } from '../jobs/jobQueue.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { Context } from './globals.js'
import { jobColumns } from './jobColumns.js'
import { openLakeStore } from './lakeSession.js'

/** Of jobs that ended: so many are shown unless all are wanted. */
const MOST_ENDED = 20

/** Writes the jobs that haven't ended, those first that are due first, and then those that ended last. */
export async function listJobs({ all = false }: { readonly all?: boolean }, context: Context): Promise<void> {
  const store = await openLakeStore(context)
  let count = 0
  async function* counted(): AsyncGenerator<Job> {
    for await (const job of listBoth(store, all ? Infinity : MOST_ENDED, context.log)) {
      count++
      yield job
    }
    if (count === 0) context.log.notice('no jobs yet: stocktake import CONNECTOR --queue makes one')
  }
  await context.write(counted(), jobColumns(context.format, context.now()))
}

async function* listBoth(store: ObjectStore, mostEnded: number, log: Context['log']): AsyncGenerator<Job> {
  const seen = new Set<string>() // one may end while it is listed
  const left: Job[] = []
  const unreadable = ({ message }: Error): void => log.warn(`left out: ${message}`)
  for await (const job of listOpenJobs(store, unreadable, job => left.push(job))) {
    seen.add(job.job_id)
    yield job
  }
  for (const job of left) {
    seen.add(job.job_id)
    yield job
  }
  let count = left.length
  for await (const job of listEndedJobs(store)) {
    if (count++ === mostEnded) return
    if (!seen.has(job.job_id)) yield job
  }
}
