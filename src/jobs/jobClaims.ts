import { randomUUID } from 'node:crypto'
import { DocumentFormatError } from '../lake/documentFormat.js'
import { type LoadedDocument, putNext, readNewest } from '../lake/documentNumbers.js'
import { type ListedDocument, listDocuments } from '../lake/documents.js'
import { isAhead, isLeaseHeld, type Lease, LONGEST_LEASE_MS, leaseEnd, makeLease } from '../lake/lease.js'
import { ObjectNotFoundError } from '../lake/objectStore.js'
import type { ProcessFacts } from '../lake/processFacts.js'
import { isEnded, type Job, type JobProgress, type JobType } from './job.js'
import { archiveIfPossible, changeJob, findEnded, isArchived, removeOpen } from './jobArchive.js'
import { formatDue, OPEN_FOLDER, type OpenName, openName, openPlace, parseOpenName } from './jobPlaces.js'
import type { QueueEffects } from './jobQueue.js'
import { asCancelled, asHandedBack, asSucceeded, asTried, type JobError, neverHeardOf } from './jobStates.js'

/** A job in the hands of an agent. */
export interface Claim {
  /** As it was when it was claimed: running, with the owner's lease. */
  readonly job: Job
  /** Random, of this claim. */
  readonly owner: string
}

export interface ClaimOptions {
  readonly runner: ProcessFacts
  /** The machine, for people. */
  readonly host: string
  /** All where it isn't said. */
  readonly types?: readonly JobType[]
  /** Ids of jobs that are passed over. */
  readonly skip?: ReadonlySet<string>
}

/** How many that are due are looked at together. */
const WINDOW = 16

/**
 * Takes the earliest due job that is free; one whose lease has run out, or whose processes are certainly dead, too. When
 * another agent is faster, it goes on with any other of the next few, so that agents don't run after each other.
 * @returns nothing where none is free. What is due later is not looked at.
 */
export async function claimJob(options: ClaimOptions, effects: QueueEffects): Promise<Claim | undefined> {
  let window: Due[] = []
  for await (const due of listDue(options, effects)) {
    if (window.push(due) < WINDOW) continue
    const claim = await claimOneOf(window, options, effects)
    if (claim) return claim
    window = []
  }
  return claimOneOf(window, options, effects)
}

/** A job that is due by its name. */
interface Due extends ListedDocument, OpenName {}

async function* listDue({ skip }: ClaimOptions, { store, now }: QueueEffects): AsyncIterable<Due> {
  const latest = formatDue(now())
  for await (const listed of listDocuments(store, OPEN_FOLDER)) {
    const name = parseOpenName(listed.name)
    if (!name) continue
    if (name.due > latest) return
    if (!skip?.has(name.jobId)) yield { ...listed, ...name }
  }
}

async function claimOneOf(
  window: readonly Due[],
  options: ClaimOptions,
  effects: QueueEffects,
): Promise<Claim | undefined> {
  const left = [...window]
  let isRacing = false
  while (left.length > 0) {
    const [due] = left.splice(isRacing ? Math.floor(effects.random() * left.length) : 0, 1)
    const outcome = due && (await claimDue(due, options, effects))
    if (typeof outcome === 'object') return outcome
    if (outcome === 'lost') isRacing = true
  }
  return undefined
}

/** Takes one job if it is free; what it meets that has ended is put away. */
async function claimDue(due: Due, options: ClaimOptions, effects: QueueEffects): Promise<Claim | 'taken' | 'lost'> {
  const { store } = effects
  const base = await loadDue(due, effects)
  const job = base?.value
  if (!base || !job) return 'taken'
  if (isEnded(job)) {
    await archiveIfPossible(store, job)
    return 'taken'
  }
  if (options.types && !options.types.includes(job.type)) return 'taken'
  const now = effects.now()
  if (!(await isFree(job, now))) return 'taken'
  if (await isArchived(store, due.jobId)) {
    await removeOpen(store, due.name) // left behind by a writer that came too late
    return 'taken'
  }
  const owner = randomUUID()
  const next = planTake(job, makeLease(owner, options.runner, options.host, now), effects)
  const taken = await putNext(openPlace(store, due.name), base, next)
  if (!taken) return 'lost'
  if (!isEnded(taken.value)) return { job: taken.value, owner }
  await archiveIfPossible(store, taken.value)
  return 'taken'
}

/** The job; nothing where it went since it was listed, or can't be read: a later Stocktake may have made it. */
async function loadDue({ name, numbers }: Due, { store }: QueueEffects): Promise<LoadedDocument<Job> | undefined> {
  try {
    return await readNewest(openPlace(store, name), numbers)
  } catch (error) {
    if (error instanceof ObjectNotFoundError || error instanceof DocumentFormatError) return undefined
    throw error
  }
}

async function isFree({ state, lease, not_before }: Job, now: Date): Promise<boolean> {
  if (state === 'running') return lease === null || !(await isLeaseHeld(lease, now))
  return not_before === null || !isAhead(not_before, now, LONGEST_LEASE_MS)
}

/** What a free job becomes: running, or ended if it was begun too often already or a person wants it to end. */
function planTake(job: Job, lease: Lease, { now, random }: QueueEffects): Job {
  const abandoned = { ...job, lease: null }
  if (job.cancel) return asCancelled(abandoned, now())
  if (job.attempts >= job.max_attempts) return asTried(abandoned, neverHeardOf(job), now(), random)
  return {
    ...job,
    state: 'running',
    not_before: null,
    attempts: job.attempts + 1,
    started_at: now(),
    ended_at: null,
    progress: null,
    lease,
  }
}

/**
 * Says that the job is still worked on, by which process, and how far it is.
 * @returns the job as it is now, whose `cancel` may be set; nothing where it is lost: another has it, or it has ended
 */
export function renewClaim(
  claim: Claim,
  { worker, progress }: { readonly worker?: ProcessFacts; readonly progress?: JobProgress },
  effects: QueueEffects,
): Promise<Job | undefined> {
  return changeOwn(
    claim,
    (job, lease, now) => ({
      ...job,
      ...(progress && { progress }),
      lease: { ...lease, until: leaseEnd(now), ...(worker && { worker }) },
    }),
    effects,
  )
}

/** Commits what came of the job. @returns nothing where it is lost: nothing counts then */
export const succeedClaim = (
  claim: Claim,
  result: NonNullable<Job['result']>,
  effects: QueueEffects,
): Promise<Job | undefined> => endOwn(claim, (job, _, now) => asSucceeded(job, result, now), effects)

/** Records that the attempt failed: the job is tried again later, or has failed. @returns nothing where it is lost */
export const failClaim = (claim: Claim, error: JobError, effects: QueueEffects): Promise<Job | undefined> =>
  endOwn(claim, (job, _, now) => asTried(job, error, now, effects.random), effects)

/** Ends the job as a person wanted. @returns nothing where it is lost */
export const cancelClaim = (claim: Claim, effects: QueueEffects): Promise<Job | undefined> =>
  endOwn(claim, (job, _, now) => asCancelled(job, now), effects)

/** Lets another have the job, as if this attempt had not been. @returns nothing where it is lost */
export const handBackClaim = (claim: Claim, effects: QueueEffects, notBefore?: Date): Promise<Job | undefined> =>
  endOwn(claim, (job, _, now) => asHandedBack(job, now, notBefore ?? null), effects)

type OwnPlan = (job: Job, lease: Lease, now: Date) => Job

/** Changes the job if it is still in the hands of this claim. */
async function changeOwn(
  { job: { job_id, due }, owner }: Claim,
  plan: OwnPlan,
  effects: QueueEffects,
): Promise<Job | undefined> {
  const changed = await changeJob(
    { store: effects.store, name: openName({ job_id, due }), jobId: job_id },
    job => (job.state === 'running' && job.lease?.owner === owner ? plan(job, job.lease, effects.now()) : undefined),
    effects,
  )
  return changed?.isChanged ? changed.job : undefined
}

/** Ends this claim. Where it had ended the job already, and didn't hear of it, the job is as it ended then. */
async function endOwn(claim: Claim, plan: OwnPlan, effects: QueueEffects): Promise<Job | undefined> {
  const changed = await changeOwn(claim, plan, effects)
  if (changed) return changed
  // Another may have archived it before its end was told here.
  const ended = await findEnded(effects.store, claim.job.job_id)
  return ended?.lease?.owner === claim.owner ? ended : undefined
}
