import type { DocumentPlace } from '../lake/documentNumbers.js'
import { LEASE_TIMES } from '../lake/lease.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { type Job, jobSchema } from './job.js'

/**
 * Where the jobs of a lake lie:
 * - `state/jobs/open/<due>-<job id>/<n>.json`, the document of a job that hasn't ended; their names sort by when they are due
 * - `state/jobs/done/<job id>.json`, one that has
 */
export const OPEN_FOLDER = 'state/jobs/open'
export const DONE_FOLDER = 'state/jobs/done'

/** A job by the name of its folder. */
export interface OpenName {
  readonly name: string
  readonly jobId: string
  /** As names have it; sorts by time. */
  readonly due: string
}

/** `20260120T010000.000Z`. */
export const formatDue = (due: Date): string => due.toISOString().replace(/[-:]/g, '')

export const openName = ({ due, job_id }: Pick<Job, 'due' | 'job_id'>): string => `${formatDue(due)}-${job_id}`

/** What the name of a folder says; nothing for one that isn't a job's. */
export function parseOpenName(name: string): OpenName | undefined {
  const [, due, jobId] = /^(\d{8}T\d{6}\.\d{3}Z)-(job_[0-9a-f]{32})$/.exec(name) ?? []
  return due !== undefined && jobId !== undefined ? { name, jobId, due } : undefined
}

/**
 * The document of an open job. Each heartbeat is a number: they go after a minute, and all of them when the job has ended.
 */
export const openPlace = (store: ObjectStore, name: string): DocumentPlace<Job> => ({
  store,
  folder: `${OPEN_FOLDER}/${name}`,
  schema: jobSchema,
  keptMs: LEASE_TIMES.heldMs,
})

export const doneKey = (jobId: string): string => `${DONE_FOLDER}/${jobId}.json`

/** The name of an open job's folder; nothing where it has none. Lists the names of all that are open. */
export async function findOpenName(store: ObjectStore, jobId: string): Promise<string | undefined> {
  for await (const path of store.listFolders(`${OPEN_FOLDER}/`)) {
    const name = parseOpenName(path.slice(OPEN_FOLDER.length + 1, -1))
    if (name?.jobId === jobId) return name.name
  }
  return undefined
}
