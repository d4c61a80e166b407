import { copyCollections } from '../collections/copyCollections.js'
import { AUDIT_FOLDER } from '../lake/audit.js'
import { listAuditDays, mergeAuditDay } from '../lake/auditDays.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { sweepNumbers, sweepObjects } from '../lake/sweepState.js'
import { sweepTemporary } from '../lake/sweepTemporary.js'
import { retireTasks } from '../reconcile/retireTasks.js'
import { sweepRegistered } from '../snapshot/registeredReport.js'
import { sweepForgotten } from '../snapshot/sweepForgotten.js'
import { COLLECTIONS } from '../snapshot/tables.js'
import { pruneJobs } from './jobQueue.js'
import { row, type Step } from './maintainStep.js'

/** Removes old numbers of the documents under `state/`. */
export const sweepDocuments: Step = async ({ store, dryRun, storeTime: now }) => {
  const { count, sizeBytes } = await sweepNumbers(store, 'state', { now, dryRun })
  return [row('remove old documents', { count, unit: 'documents', sizeBytes })]
}

/** Mends the copy of the collections that other engines read, where a change of them was cut short. */
export const copyOfCollections: Step = async effects => {
  const count = await copyCollections({ dryRun: effects.dryRun }, effects)
  return [row('copy collections', { subject: COLLECTIONS.name, count, unit: 'rows' })]
}

/** Removes the documents of tasks that are over: the table has what became of them. */
export const retire: Step = async ({ store, dryRun, storeTime: now }) => {
  const { tasks, sizeBytes } = await retireTasks(store, { now, dryRun })
  return [row('retire tasks', { count: tasks, unit: 'tasks', sizeBytes })]
}

export const prune: Step = async ({ store, dryRun, limits }) => {
  const count = await pruneJobs({ keptMs: limits.jobsMs, least: limits.jobs, dryRun }, { store })
  return [row('prune jobs', { count, unit: 'jobs' })]
}

/** Puts each day of the audit that is over into one file. No record of it ever goes. */
export const mergeAudit: Step = async ({ store, dryRun, limits, storeTime }) => {
  const today = storeTime.toISOString().slice(0, 10)
  const days = (await listAuditDays(store)).filter(day => day < today)
  let count = 0
  for (const day of days)
    count += dryRun
      ? await countUnmerged(store, day)
      : (await mergeAuditDay(store, day, { graceMs: limits.graceMs }, { now: () => storeTime })).mergedCount
  return [row('merge audit', { count, unit: 'records' })]
}

/** Records of a day that hasn't been put into a file yet; of one that has been, what came later isn't told. */
async function countUnmerged(store: ObjectStore, day: string): Promise<number> {
  if (await store.find(`${AUDIT_FOLDER}/${day}.1.ndjson`)) return 0
  let count = 0
  for await (const { key } of store.list(`${AUDIT_FOLDER}/${day}/`)) if (key.endsWith('.json')) count++
  return count
}

/** Removes names of seconds that killed scans had claimed. */
export const sweepClaims: Step = async ({ store, dryRun, limits, storeTime: now }) => {
  const options = { now, dryRun, olderThanMs: limits.graceMs }
  const { count, sizeBytes } = await sweepObjects(store, 'state/scans/', options)
  return [row('remove claims of scans', { count, unit: 'claims', sizeBytes })]
}

/** Removes unfinished files of killed writers, and work that nobody on this machine goes on with. */
export const sweepUnfinished: Step = async ({ store, workRoot, dryRun, limits, storeTime: now }) => {
  const temporary = await sweepTemporary(store, { now, dryRun, olderThanMs: limits.graceMs })
  const work = await sweepForgotten(workRoot, { now, dryRun })
  return [
    row('remove temporary files', { count: temporary.count, unit: 'files', sizeBytes: temporary.sizeBytes }),
    row('remove unfinished work', { count: work.count, unit: 'folders', sizeBytes: work.sizeBytes }),
  ]
}

/** Removes what killed imports of other engines had made to read a report by; no row where the lake can have none. */
export const sweepElsewhere: Step = async ({ store, glue, dryRun, limits, storeTime: now }) => {
  if (!glue) return []
  const options = { now, dryRun, olderThanMs: limits.graceMs }
  const { tables, lists, sizeBytes } = await sweepRegistered(options, { store, ...glue })
  return [
    row('remove tables of imports', { count: tables, unit: 'tables' }),
    row('remove lists of files', { count: lists, unit: 'files', sizeBytes }),
  ]
}
