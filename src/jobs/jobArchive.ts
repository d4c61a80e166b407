import { formatDocument, parseDocument } from '../lake/documentFormat.js'
import { listNumbers, removeNumbers } from '../lake/documentNumbers.js'
import { changeDocument, type DocumentEffects } from '../lake/documents.js'
import { ObjectNotFoundError, type ObjectStore } from '../lake/objectStore.js'
import { isEnded, type Job, jobSchema } from './job.js'
import { doneKey, openName, openPlace } from './jobPlaces.js'

// A job ends by a change of its document, which nobody changes after that. Then it is put among those that have ended, and only
// then are its numbers removed, in ascending order. So whoever still writes the number after one that it loaded long ago
// finds that one gone, or finds the job among the ended: nothing that has ended comes back.

/** @returns the job as it ended; nothing for one that isn't known to have. */
export async function findEnded(store: ObjectStore, jobId: string): Promise<Job | undefined> {
  const key = doneKey(jobId)
  try {
    return parseDocument(await store.read(key), jobSchema, `${store.url}/${key}`)
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined
    throw error
  }
}

export const isArchived = async (store: ObjectStore, jobId: string): Promise<boolean> =>
  (await store.find(doneKey(jobId))) !== undefined

/** Puts a job that has ended among those that have, and removes its numbers. May be done again by anybody, after a crash. */
export async function archiveJob(store: ObjectStore, job: Job): Promise<void> {
  await store.putIfAbsent(doneKey(job.job_id), formatDocument(job))
  await removeOpen(store, openName(job))
}

/** Removes what is left of a job among the open ones, which is among the ended. @returns whether nothing is left */
export async function removeOpen(store: ObjectStore, name: string): Promise<boolean> {
  const place = openPlace(store, name)
  return removeNumbers(place, await listNumbers(place))
}

/**
 * Changes an open job, and archives it if that ended it.
 * @param plan gets the job as it is; nothing changes nothing
 * @returns the job as it is now, and whether this changed it; nothing where it isn't open any more
 */
export async function changeJob(
  { store, name, jobId }: { readonly store: ObjectStore; readonly name: string; readonly jobId: string },
  plan: (job: Job) => Job | undefined | Promise<Job | undefined>,
  effects: DocumentEffects,
): Promise<{ readonly job: Job; readonly isChanged: boolean } | undefined> {
  const { current, isChanged } = await changeDocument(
    openPlace(store, name),
    // What was left behind by a writer that came too late looks open.
    async job => (job && !isEnded(job) && !(await isArchived(store, jobId)) ? plan(job) : undefined),
    effects,
  )
  if (!current) return undefined
  if (isEnded(current)) await archiveIfPossible(store, current)
  else if (!isChanged && (await isArchived(store, jobId))) {
    await removeOpen(store, name)
    return undefined
  }
  return { job: current, isChanged }
}

/** That it has ended is recorded already: who comes by next can archive it as well. */
export async function archiveIfPossible(store: ObjectStore, job: Job): Promise<void> {
  await archiveJob(store, job).catch(() => undefined)
}
