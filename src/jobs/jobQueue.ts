import { randomBytes } from 'node:crypto'
import { NotFoundError } from '../errors.js'
import type { DocumentFormatError } from '../lake/documentFormat.js'
import { putNext } from '../lake/documentNumbers.js'
import { type DocumentEffects, loadDocument } from '../lake/documents.js'
import { loadReadable } from '../lake/lake.js'
import { isLeaseHeld } from '../lake/lease.js'
import type { ObjectStore, StoredObject } from '../lake/objectStore.js'
import { formatImportId } from '../snapshot/importId.js'
import { isEnded, type Job, type JobType, jobSchema } from './job.js'
import { changeJob, findEnded, removeOpen } from './jobArchive.js'
import { DONE_FOLDER, doneKey, findOpenName, OPEN_FOLDER, openName, openPlace, parseOpenName } from './jobPlaces.js'
import { asCancelled } from './jobStates.js'

export interface QueueEffects extends DocumentEffects {
  /** The lake's. */
  readonly store: ObjectStore
}

/** A job that is to be. */
export interface JobOrder {
  readonly type: JobType
  /** NULL where it is about the whole lake. */
  readonly connector: string | null
  readonly params: Job['params']
  /** Not before. */
  readonly due: Date
  readonly created_by: string
  readonly chain?: Job['chain']
  /** Of one that was thought of before: the same id goes with the same `due`, always. */
  readonly job_id?: string
  /** 3 where it isn't said. */
  readonly max_attempts?: number
}

/** There is no job of that id. */
export class JobNotFoundError extends NotFoundError {}

const MAX_ATTEMPTS = 3

/**
 * A name for a job: `job_` and a UUID of version 7 without dashes, so that ids sort by time.
 * @param random ten random bytes
 */
export const makeJobId = (now: Date, random: Uint8Array): string =>
  `job_${formatImportId(now, random).replaceAll('-', '')}`

/**
 * Puts a job into the queue. With an id it may be done any number of times: there is one job of that id.
 * @returns the job as it is: the new one, or the one that was there, which may be running or have ended
 */
export async function enqueueJob(order: JobOrder, effects: QueueEffects): Promise<Job> {
  const { store } = effects
  const there = order.job_id === undefined ? undefined : await findJob(store, order.job_id)
  if (there) return there
  const job = makeJob(order, effects.now())
  const place = openPlace(store, openName(job))
  const made = await putNext(place, { number: 0, value: undefined, bytes: new Uint8Array(), numbers: [] }, job)
  // Where another made it at the same time, it may even have ended and been archived before this one was written.
  const ended = order.job_id === undefined ? undefined : await findEnded(store, job.job_id)
  if (ended) {
    if (made) await removeOpen(store, openName(job))
    return ended
  }
  return made?.value ?? getJob(store, job.job_id)
}

function makeJob(order: JobOrder, now: Date): Job {
  return {
    job_id: order.job_id ?? makeJobId(now, randomBytes(10)),
    type: order.type,
    connector: order.connector,
    params: order.params,
    state: order.due > now ? 'scheduled' : 'queued',
    due: order.due,
    not_before: null,
    attempts: 0,
    max_attempts: order.max_attempts ?? MAX_ATTEMPTS,
    created_at: now,
    created_by: order.created_by,
    started_at: null,
    ended_at: null,
    progress: null,
    result: null,
    error: null,
    cancel: null,
    chain: order.chain ?? null,
    lease: null,
  }
}

/** The job of that id, open or ended; `undefined` where there is none. Lists the names of all that are open. */
export async function findJob(store: ObjectStore, jobId: string): Promise<Job | undefined> {
  // First among the ended: of one of these something may be left among the open.
  return (await findEnded(store, jobId)) ?? (await findOpen(store, jobId)) ?? (await findEnded(store, jobId))
}

async function findOpen(store: ObjectStore, jobId: string): Promise<Job | undefined> {
  const name = await findOpenName(store, jobId)
  return name === undefined ? undefined : loadDocument(openPlace(store, name))
}

/** @throws {JobNotFoundError} */
async function getJob(store: ObjectStore, jobId: string): Promise<Job> {
  const job = await findJob(store, jobId)
  if (job) return job
  throw new JobNotFoundError({ subject: `job ${jobId}`, got: 'no such job', fix: '`stocktake jobs list` has them' })
}

/**
 * The jobs that haven't ended, those first that are due first. Those that can't be read are passed over, as agents do.
 * @param unreadable is told of each of them
 * @param left is told of those that have ended and that nobody has put among the ended yet
 */
export async function* listOpenJobs(
  store: ObjectStore,
  unreadable: (error: DocumentFormatError) => void = () => {},
  left: (job: Job) => void = () => {},
): AsyncIterable<Job> {
  for await (const { name, value } of loadReadable({ store, folder: OPEN_FOLDER, schema: jobSchema }, unreadable))
    if (parseOpenName(name)) {
      if (isEnded(value)) left(value)
      else yield value
    }
}

/** The jobs that have ended, those first that ended last. Reads one at a time, as they are asked for. */
export async function* listEndedJobs(store: ObjectStore): AsyncIterable<Job> {
  for (const jobId of await listEndedIds(store)) {
    const job = await findEnded(store, jobId)
    if (job) yield job
  }
}

/** The ids of the jobs that have ended, those first that ended last, without reading them: one listing. */
export const listEndedIds = async (store: ObjectStore): Promise<string[]> =>
  (await listArchived(store)).map(({ jobId }) => jobId)

/**
 * Cancels a job: one that waits has ended then; of one that runs it is recorded, and its agent ends it soon.
 * @param by who wants it, as people know them
 * @returns the job as it is then; one that had ended before as it was
 * @throws {JobNotFoundError}
 */
export async function cancelJob(jobId: string, by: string, effects: QueueEffects): Promise<Job> {
  const { store } = effects
  const ended = await findEnded(store, jobId)
  if (ended) return ended
  const name = await findOpenName(store, jobId)
  if (name === undefined) return getJob(store, jobId)
  const plan = async (job: Job): Promise<Job | undefined> => {
    const now = effects.now()
    const cancel = job.cancel ?? { by, at: now }
    const isRunning = job.state === 'running' && job.lease !== null && (await isLeaseHeld(job.lease, now))
    if (!isRunning) return asCancelled({ ...job, cancel, lease: null }, now)
    return job.cancel ? undefined : { ...job, cancel }
  }
  return (await changeJob({ store, name, jobId }, plan, effects))?.job ?? getJob(store, jobId)
}

/**
 * Removes jobs that ended long ago.
 * @param keptMs how long they stay after they ended, counted to the one that ended last
 * @param least how many stay in any case, those that ended last
 * @param dryRun only tells how many
 * @returns how many it removed
 */
export async function pruneJobs(
  { keptMs, least, dryRun }: { readonly keptMs: number; readonly least: number; readonly dryRun?: boolean },
  { store }: Pick<QueueEffects, 'store'>,
): Promise<number> {
  const archived = await listArchived(store)
  // By the store's own clock: that of a machine may be wrong by years.
  const newestMs = archived[0]?.lastModified.getTime() ?? 0
  const old = archived.slice(least).filter(({ lastModified }) => newestMs - lastModified.getTime() > keptMs)
  if (old.length === 0 || dryRun) return old.length
  const left = await listLeft(store)
  let removed = 0
  for (const { jobId } of old) {
    const name = left.get(jobId)
    if (name !== undefined && !(await removeOpen(store, name))) continue // without this one it would look open
    await store.remove(doneKey(jobId))
    removed++
  }
  return removed
}

interface Archived extends StoredObject {
  readonly jobId: string
}

/** The jobs that have ended, by their names alone, those first that ended last. */
async function listArchived(store: ObjectStore): Promise<Archived[]> {
  const archived: Archived[] = []
  for await (const object of store.list(`${DONE_FOLDER}/`)) {
    const jobId = /^(job_[0-9a-f]{32})\.json$/.exec(object.key.slice(DONE_FOLDER.length + 1))?.[1]
    if (jobId !== undefined) archived.push({ ...object, jobId })
  }
  return archived.reverse().sort((a, b) => b.lastModified.getTime() - a.lastModified.getTime())
}

/** The names of all jobs among the open ones, by their ids. */
async function listLeft(store: ObjectStore): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for await (const path of store.listFolders(`${OPEN_FOLDER}/`)) {
    const name = parseOpenName(path.slice(OPEN_FOLDER.length + 1, -1))
    if (name) names.set(name.jobId, name.name)
  }
  return names
}
