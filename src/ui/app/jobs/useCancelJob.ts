import { useMutation, useQueryClient } from '@tanstack/react-query'
import { sendJson } from '../client.js'

/** Asks a job to end: one that waits ends at once, one that runs when it comes to a place where nothing is half done. */
export function useCancelJob() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (jobId: string) => sendJson('POST', `/jobs/${jobId}/cancel`),
    onSettled: () => client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith('/jobs') }),
  })
}
