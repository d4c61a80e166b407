import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Job } from '../../../api/jobs.js'
import { sendJson } from '../client.js'
import { collectionPath } from './collectionPath.js'

/** Asks for a listing of a collection's folder; gives the job, which may have waited already. */
export function useRefresh(guid: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async () => (await sendJson<Job>('POST', `${collectionPath(guid)}/refresh`, {})).value,
    async onSuccess(job) {
      client.setQueryData([`/jobs/${job.job_id}`, {}], job)
      await client.invalidateQueries({ queryKey: [collectionPath(guid)] })
    },
  })
}
