import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { Connector } from '../config/connector.js'
import { UsageError } from '../errors.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { reportSource, wantedReports } from '../snapshot/importReports.js'
import { requireKeyPrefix } from '../snapshot/keyPrefix.js'
import type { Job } from './job.js'
import type { importParams, scanParams } from './jobParams.js'
import { enqueueJob, type JobOrder, listOpenJobs, type QueueEffects } from './jobQueue.js'

/** What a person wants done about a connector. */
export type SnapshotOrder = Pick<JobOrder, 'type' | 'connector' | 'params'>

/** An import, of what the options say. @throws {UsageError} for what no import could do */
export function planImport(
  connector: Connector,
  { manifest, at, all, again, engine }: z.output<typeof importParams>,
): SnapshotOrder {
  const named = { ...(manifest !== undefined && { manifest }), ...(at !== undefined && { at }), ...(all && { all }) }
  if (Object.keys(named).length > 1)
    throw new UsageError({
      subject: 'import',
      expected: 'one of manifest, at and all',
      got: Object.keys(named).join(', '),
    })
  if (wantedReports(named).which !== 'newest') reportSource(connector)
  const how = { ...(again && { again }), ...(engine !== undefined && engine !== 'duckdb' && { engine }) }
  return { type: 'import', connector: connector.name, params: { ...named, ...how } }
}

/** A scan, of what the options say. @throws {UsageError} for a share that is none, and a prefix that no key has */
export function planScan(connector: Connector, { rate, full, prefix }: z.output<typeof scanParams>): SnapshotOrder {
  if (rate !== undefined && !(rate > 0 && rate <= 1))
    throw new UsageError({ subject: 'rate', expected: 'a fraction above 0, up to 1', got: String(rate) })
  if (rate !== undefined && full)
    throw new UsageError({ subject: 'scan', expected: 'one of rate and full', got: 'both' })
  if (prefix !== undefined) requireKeyPrefix(prefix, 'prefix')
  const params = { ...(full && { full }), ...(rate !== undefined && { rate }), ...(prefix && { prefix }) }
  return { type: 'scan', connector: connector.name, params }
}

/**
 * Puts it into the queue, unless a job that does just that is about to.
 *
 * That is one with the same params that waits and may begin now; or an import that runs, as it would find the reports that
 * another finds. A scan that runs may have passed what has changed since, and so another one follows it. Two processes that
 * order at the same time may still make two jobs: of a connector one runs at a time, and the second import finds nothing to do.
 * @returns the job, and whether this made it
 */
export async function orderSnapshot(
  order: SnapshotOrder,
  by: string,
  effects: QueueEffects,
): Promise<{ readonly job: Job; readonly isNew: boolean }> {
  const now = effects.now()
  const found = await findSame(order, now, effects.store)
  if (found) return { job: found, isNew: false }
  return { job: await enqueueJob({ ...order, due: now, created_by: by }, effects), isNew: true }
}

async function findSame(order: SnapshotOrder, now: Date, store: ObjectStore): Promise<Job | undefined> {
  for await (const job of listOpenJobs(store)) if (isSame(job, order) && isAboutTo(job, now)) return job
  return undefined
}

const isSame = ({ type, connector, params }: Job, order: SnapshotOrder): boolean =>
  isDeepStrictEqual({ type, connector, params }, { ...order })

function isAboutTo({ type, state, due, not_before, cancel }: Job, now: Date): boolean {
  if (cancel) return false
  if (state === 'running') return type === 'import'
  return due <= now && (not_before === null || not_before <= now)
}
