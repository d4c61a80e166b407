import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query'
import { getJson, type Query } from '../client.js'

export interface ApiOptions {
  /** Nothing is asked while false. */
  readonly enabled?: boolean
  /** Shows the answer to the question before while this one is on its way. */
  readonly keep?: boolean
  /** Milliseconds after which it is asked again, as long as the page is seen. */
  readonly every?: number
}

/** Reads a part of the API, and again when something has changed. Its key is `[path, query]`. */
export function useApi<T>(path: string, query: Query = {}, options: ApiOptions = {}): UseQueryResult<T> {
  return useQuery<T>({
    queryKey: [path, query],
    queryFn: ({ signal }) => getJson<T>(path, query, signal),
    enabled: options.enabled ?? true,
    ...(options.keep && { placeholderData: keepPreviousData as never }),
    ...(options.every !== undefined && { refetchInterval: options.every }),
  })
}
