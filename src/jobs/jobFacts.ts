import { type Connector, connectorGuid } from '../config/connector.js'
import { isEnded, type Job } from './job.js'
import type { EndedJob, LakeFacts } from './lakeFacts.js'

/** Of jobs that ended: the most that are read for facts, and how far back. */
export const MOST_ENDED = 100
const ENDED_MS = 86_400_000

/** What facts say of a job that has ended. */
export function toEndedJob(job: Job): EndedJob {
  const { job_id, type, connector, state, chain, started_at, ended_at, created_at, error, result } = job
  const numberOf = (name: string): number | null => {
    const value = result?.[name]
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null
  }
  return {
    ...{ job_id, type, connector, state, started_at },
    chain: chain?.name ?? null,
    ended_at: ended_at ?? started_at ?? created_at,
    exit_code: error?.exit_code ?? null,
    message: error?.message ?? null,
    list_requests: numberOf('list_requests'),
    get_requests: numberOf('get_requests'),
    bytes_read: numberOf('bytes_read'),
    peak_memory_bytes: numberOf('peak_memory_bytes'),
  }
}

/** The jobs of a lake. */
export interface LakeJobs {
  readonly open: AsyncIterable<Job>
  /** Those first that ended last; read no further than a day back. */
  readonly ended: AsyncIterable<Job>
}

/**
 * What facts say of a lake's jobs.
 * @param connectors whose names are said where a job names a GUID
 */
export async function collectJobs(
  { open, ended }: LakeJobs,
  connectors: readonly Pick<Connector, 'name'>[],
  now: Date,
): Promise<LakeFacts['jobs']> {
  const names = new Map(connectors.map(({ name }) => [connectorGuid(name), name]))
  const nameOf = (connector: string | null): string | null =>
    connector === null ? null : (names.get(connector) ?? connector)
  const counts = new Map<string, LakeFacts['jobs']['open'][number]>()
  const waiting = new Map<Job['type'], Date>()
  const running: LakeFacts['jobs']['running'] = []
  for await (const job of open) {
    const { job_id, type, state } = job
    if (isEnded(job)) continue // about to be put with the others
    const key = `${type} ${state}`
    counts.set(key, { type, state, count: (counts.get(key)?.count ?? 0) + 1 })
    const started_at = job.started_at ?? job.created_at
    if (state === 'running') running.push({ job_id, type, connector: nameOf(job.connector), started_at })
    else waiting.set(type, earlier(waiting.get(type), startOf(job)))
  }
  const newest = (await takeEnded(ended, now)).map(job => ({ ...job, connector: nameOf(job.connector) }))
  const since = [...waiting].map(([type, since]) => ({ type, since }))
  return { open: [...counts.values()], running, waiting: since, ended: newest }
}

/** When a job that waits may begin. */
const startOf = ({ due, not_before }: Job): Date => (not_before !== null && not_before > due ? not_before : due)

const earlier = (a: Date | undefined, b: Date): Date => (a !== undefined && a < b ? a : b)

async function takeEnded(jobs: AsyncIterable<Job>, now: Date): Promise<EndedJob[]> {
  const taken: EndedJob[] = []
  for await (const job of jobs) {
    const facts = toEndedJob(job)
    if (now.getTime() - facts.ended_at.getTime() > ENDED_MS) break
    taken.push(facts)
    if (taken.length === MOST_ENDED) break
  }
  return taken
}
