import { isEnded, type Job } from '../jobs/job.js'
import { findEnded } from '../jobs/jobArchive.js'
import { DONE_FOLDER, OPEN_FOLDER, openPlace, parseOpenName } from '../jobs/jobPlaces.js'
import { makeJobId } from '../jobs/jobQueue.js'
import { DocumentFormatError } from '../lake/documentFormat.js'
import { readNewest } from '../lake/documentNumbers.js'
import { type ListedDocument, listDocuments, loadDocument } from '../lake/documents.js'
import { ObjectNotFoundError, type ObjectStore } from '../lake/objectStore.js'
import type { WebWorld } from './webWorld.js'

/** What was seen of a lake's jobs, look by look. */
export interface JobLook {
  /**
   * Looks again: two listings, and a read for each job that has changed.
   * @returns the jobs that are others than at the look before; at the first, all that are open. One that fails leaves all as it
   *   was, and the next tells what it missed
   */
  changed(): Promise<Job[]>
  /** Those that were open at the last look. */
  open(): Job[]
}

interface SeenJob {
  /** Of the newest number, as it was listed: while that is the same, the job is. */
  readonly key: string
  /** Nothing for one that can't be read. */
  readonly job: Job | undefined
}

/** By the names of their folders. */
type SeenJobs = ReadonlyMap<string, SeenJob>

/** Jobs that were made so lately are looked for among the ended, too: one may begin and end between two looks. */
const QUICK_MS = 600_000

export function createJobLook({ store, now }: Pick<WebWorld, 'store' | 'now'>): JobLook {
  let seen: SeenJobs = new Map()
  let endedLately: ReadonlySet<string> | undefined
  return {
    open: () => [...seen.values()].flatMap(({ job }) => (job && !isEnded(job) ? [job] : [])),
    async changed() {
      const next = await lookAtOpen(store, seen)
      const lately = await listEndedSince(store, new Date(now().getTime() - QUICK_MS))
      const changed = [...next].flatMap(([name, { key, job }]) => (job && seen.get(name)?.key !== key ? [job] : []))
      const told = new Set(
        [...seen.values(), ...next.values()].flatMap(({ job }) => (job && isEnded(job) ? [job.job_id] : [])),
      )
      for (const id of new Set([...listGone(seen, next), ...listNew(endedLately, lately)])) {
        const job = told.has(id) ? undefined : await findEnded(store, id)
        if (job) changed.push(job)
      }
      seen = next
      endedLately = lately
      return changed
    },
  }
}

/** The open ones; of those that haven't changed what was seen before. */
async function lookAtOpen(store: ObjectStore, seen: SeenJobs): Promise<SeenJobs> {
  const next = new Map<string, SeenJob>()
  for await (const listed of listDocuments(store, OPEN_FOLDER)) {
    if (!parseOpenName(listed.name)) continue
    const key = listed.numbers.at(-1)?.key ?? ''
    const before = seen.get(listed.name)
    next.set(listed.name, before?.key === key ? before : { key, job: await readJob(store, listed) })
  }
  return next
}

async function readJob(store: ObjectStore, { name, numbers }: ListedDocument): Promise<Job | undefined> {
  const place = openPlace(store, name)
  try {
    return (await readNewest(place, numbers)).value
  } catch (error) {
    if (error instanceof DocumentFormatError) return undefined // a later Stocktake's
    if (!(error instanceof ObjectNotFoundError)) throw error
    return loadDocument(place) // there is a later number since it was listed, or none
  }
}

/** The ids of ended jobs that were made since. */
async function listEndedSince(store: ObjectStore, since: Date): Promise<Set<string>> {
  const oldest = makeJobId(since, new Uint8Array(10))
  const ids = new Set<string>()
  for await (const { key } of store.list(`${DONE_FOLDER}/`, `${DONE_FOLDER}/${oldest}`)) {
    const id = /^(job_[0-9a-f]{32})\.json$/.exec(key.slice(DONE_FOLDER.length + 1))?.[1]
    if (id !== undefined) ids.add(id)
  }
  return ids
}

/** The ids of those that aren't among the open any more. */
const listGone = (seen: SeenJobs, next: SeenJobs): string[] =>
  [...seen].flatMap(([name, { job }]) => (job && !next.has(name) ? [job.job_id] : []))

/** Nothing at the first look: they had ended before. */
const listNew = (before: ReadonlySet<string> | undefined, now: ReadonlySet<string>): string[] =>
  before ? [...now].filter(id => !before.has(id)) : []
