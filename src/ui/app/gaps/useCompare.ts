import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Job, JobList } from '../../../api/jobs.js'
import { sendJson } from '../client.js'
import { useApi } from '../hooks/useApi.js'

/** The comparison of what is there with what should be: a way to ask for one, and the one that waits, runs or was asked for here. */
export function useCompare() {
  const client = useQueryClient()
  const order = useMutation({
    mutationFn: async () => (await sendJson<Job>('POST', '/reconcile')).value,
    onSuccess(job) {
      client.setQueryData([`/jobs/${job.job_id}`, {}], job)
      client.invalidateQueries({ queryKey: ['/jobs'] })
    },
  })
  const open = useApi<JobList>('/jobs', { state: 'open', limit: 100 }).data
  const orderedId = order.data?.job_id ?? open?.jobs.find(isAsked)?.job_id
  const job = useApi<Job>(`/jobs/${orderedId ?? ''}`, {}, { enabled: orderedId !== undefined, every: 5_000 }).data
  return { order, job }
}

/** Not one that its schedule only means to make some day. */
const isAsked = ({ type, state, due }: Job): boolean =>
  type === 'reconcile' && (state === 'running' || Date.parse(due) <= Date.now())
