import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Job, JobList } from '../../../api/jobs.js'
import { apiUrl } from '../client.js'

/**
 * Follows the jobs while the page is seen (a browser has few connections to a server for all its tabs): those that pages show
 * are brought up to date, and what a job has changed is read again when it has ended.
 */
export function useJobEvents(isOn: boolean): void {
  const client = useQueryClient()
  useEffect(() => {
    if (!isOn) return
    let events: EventSource | undefined
    const told: Told = new Map()
    let hasFollowed = false
    const open = () => {
      if (hasFollowed) readMissed(client, told)
      hasFollowed = true
    }
    const follow = () => {
      events?.close()
      events = document.hidden ? undefined : new EventSource(apiUrl('/jobs/events'))
      events?.addEventListener('open', open)
      events?.addEventListener('job', event => takeJob(client, told, JSON.parse(event.data) as Job))
    }
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      document.removeEventListener('visibilitychange', follow)
      events?.close()
    }
  }, [client, isOn])
}

const isEnded = ({ state }: Pick<Job, 'state'>): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'cancelled'

/**
 * The states of open jobs as the events told them: what pages know of a job may be newer, read between two events, and still
 * nothing else was read again since it ended.
 */
type Told = Map<string, Job['state']>

function takeJob(client: QueryClient, told: Told, job: Job): void {
  const before = told.get(job.job_id) ?? findKnown(client, job.job_id)?.state
  if (isEnded(job)) told.delete(job.job_id)
  else told.set(job.job_id, job.state)
  client.setQueryData([`/jobs/${job.job_id}`, {}], job)
  client.setQueriesData<JobList>({ queryKey: ['/jobs'] }, list => list && putJob(list, job))
  if (before === job.state) return
  const isNews = isEnded(job) && before !== undefined && !isEnded({ state: before })
  if (isNews) client.invalidateQueries()
  else readJobs(client)
}

/** What happened while nothing was told: jobs that were open then may have ended, and changed anything. */
function readMissed(client: QueryClient, told: Told): void {
  if (told.size > 0) client.invalidateQueries()
  else readJobs(client)
  told.clear()
}

/** Reads again what says whether something runs. */
const readJobs = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ predicate: ({ queryKey }) => SHOW_JOBS.test(String(queryKey[0])) })

const SHOW_JOBS = /^\/(jobs|overview|connectors|collections)(\/[^/]+)?(\/inventory\/status)?$/

const findKnown = (client: QueryClient, id: string): Job | undefined =>
  client.getQueryData<Job>([`/jobs/${id}`, {}]) ??
  client
    .getQueriesData<JobList>({ queryKey: ['/jobs'] })
    .flatMap(([, list]) => list?.jobs ?? [])
    .find(({ job_id }) => job_id === id)

/** A job that the list has is replaced where it stands; the next reading puts it into its place. */
function putJob(list: JobList, job: Job): JobList {
  const isThere = list.jobs.some(({ job_id }) => job_id === job.job_id)
  return {
    ...list,
    jobs: isThere ? list.jobs.map(each => (each.job_id === job.job_id ? job : each)) : [job, ...list.jobs],
  }
}
