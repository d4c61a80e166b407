import { QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './client.js'

const isRefusal = (error: unknown): boolean => error instanceof ApiError && error.problem.status >= 400

/** Answers are old after 10 s, and asked for again when the page is seen again; what was refused is not tried again. */
export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        const isLogin = error instanceof ApiError && error.problem.status === 401
        if (isLogin && query.queryKey[0] !== '/session') client.invalidateQueries({ queryKey: ['/session'] })
      },
    }),
    defaultOptions: {
      queries: { staleTime: 10_000, retry: (failures, error) => failures < 1 && !isRefusal(error) },
    },
  })
  return client
}
