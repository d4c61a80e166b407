import type { Job } from '../jobs/job.js'
import { findEnded } from '../jobs/jobArchive.js'
import { listEndedIds, listOpenJobs } from '../jobs/jobQueue.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { shareNext } from './shareNext.js'

/** The jobs of a lake, for many who ask. */
export interface LakeJobs {
  /** As they are now. */
  list(): Promise<ListedJobs>
}

export interface ListedJobs {
  /** Those first that are due first. */
  readonly open: readonly Job[]
  /**
   * Those that have ended, those first that ended last.
   * @param isWanted is asked of the newest thousand
   * @param most how many of them; `until` what ends it before
   */
  ended(isWanted: (job: Job) => boolean, most: number, until?: (job: Job) => boolean): Promise<Job[]>
}

/** Ended jobs that are looked at for one answer, and that are kept: they don't change. */
const MOST_LOOKED = 1_000
const MOST_KEPT = 2_000
/** Reads at once. */
const READ_WIDTH = 16

export function createLakeJobs(store: ObjectStore): LakeJobs {
  const kept = new Map<string, Job>()

  async function find(jobId: string): Promise<Job | undefined> {
    const job = kept.get(jobId) ?? (await findEnded(store, jobId))
    if (!job) return undefined
    kept.delete(jobId) // what was asked for last goes last
    kept.set(jobId, job)
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break
      kept.delete(oldest)
    }
    return job
  }

  async function* endedJobs(ids: readonly string[]): AsyncGenerator<Job> {
    for (let start = 0; start < Math.min(ids.length, MOST_LOOKED); start += READ_WIDTH)
      for (const job of await Promise.all(ids.slice(start, start + READ_WIDTH).map(find))) if (job) yield job
  }

  const list = shareNext(async (): Promise<ListedJobs> => {
    const open: Job[] = []
    const left: Job[] = []
    for await (const job of listOpenJobs(store, undefined, job => left.push(job))) open.push(job)
    const known = new Set([...open, ...left].map(({ job_id }) => job_id)) // one may end while they are listed
    const ids = (await listEndedIds(store)).filter(id => !known.has(id))
    return {
      open,
      async ended(isWanted, most, until = () => false) {
        const taken = left.filter(isWanted).slice(0, most)
        if (taken.length === most) return taken
        for await (const job of endedJobs(ids)) {
          if (until(job)) break
          if (isWanted(job) && taken.push(job) === most) break
        }
        return taken
      },
    }
  })
  return { list }
}
