import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { CheckList, Connector, ConnectorList } from '../../../api/connectors.js'
import type { InventoryStatus } from '../../../api/folders.js'
import type { Job } from '../../../api/jobs.js'
import { sendJson } from '../client.js'
import { useApi } from '../hooks/useApi.js'

const pathOf = (name: string): string => `/connectors/${encodeURIComponent(name)}`

export const useConnectors = () => useApi<ConnectorList>('/connectors')

export const useConnector = (name: string) => useApi<Connector>(pathOf(name))

/** What its imports are about; often while one is on its way. */
export function useInventoryStatus(name: string) {
  return useApi<InventoryStatus>(`${pathOf(name)}/inventory/status`, {}, { every: 15_000 })
}

/** After a change everything is read again: the overview, the folders, the jobs. */
function useDeed<Input, Answer>(act: (input: Input) => Promise<{ value: Answer }>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (input: Input) => (await act(input)).value,
    // Also when another was first: what is shown is old then. Nobody waits for it: whoever asked may be gone after.
    onSettled() {
      client.invalidateQueries()
    },
  })
}

export const useCreateConnector = () =>
  useDeed((input: { name: string; settings: unknown }) => sendJson<Connector>('POST', '/connectors', input))

/** Changes settings, unless another was first. */
export const useChangeConnector = ({ name, etag }: Pick<Connector, 'name' | 'etag'>) =>
  useDeed((patch: unknown) =>
    sendJson<Connector>('PATCH', pathOf(name), patch, etag === null ? {} : { 'if-match': etag }),
  )

export const useRemoveConnector = ({ name, etag }: Pick<Connector, 'name' | 'etag'>) =>
  useDeed(() => sendJson('DELETE', pathOf(name), undefined, etag === null ? {} : { 'if-match': etag }))

/** Queues an import of the newest report; gives the job. */
export const useImport = (name: string) => useDeed(() => sendJson<Job>('POST', `${pathOf(name)}/inventory/import`, {}))

/** Queues a listing of the bucket, or of a sample; gives the job. */
export const useScan = (name: string) =>
  useDeed((wanted: { full: true } | { rate: number }) => sendJson<Job>('POST', `${pathOf(name)}/scan`, wanted))

/** Looks whether the reports can be read; nothing is changed, so nothing is read again. */
export const useTestConnector = (name: string) =>
  useMutation({
    mutationFn: async () => (await sendJson<CheckList>('POST', `${pathOf(name)}/test`)).value,
  })
