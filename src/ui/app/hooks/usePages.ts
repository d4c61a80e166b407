import { useInfiniteQuery } from '@tanstack/react-query'
import { getJson, type Query } from '../client.js'

export interface Pages<Page> {
  /** Those that are here; undefined before the first. */
  readonly pages: readonly Page[] | undefined
  readonly error: unknown
  readonly isPending: boolean
  readonly isLoadingMore: boolean
  /** Fetches the next page; undefined where there is none. */
  readonly more: (() => void) | undefined
  readonly retry: () => void
}

/** Reads a list of the API page by page, as far as somebody wants to see it. Its key is `[path, query, 'pages']`. */
export function usePages<Page extends { readonly next: string | null }>(
  path: string,
  query: Query,
  isEnabled = true,
): Pages<Page> {
  const asked = useInfiniteQuery({
    queryKey: [path, query, 'pages'],
    queryFn: ({ pageParam, signal }) => getJson<Page>(path, { ...query, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next ?? undefined,
    enabled: isEnabled,
  })
  return {
    pages: asked.data?.pages,
    error: asked.error,
    isPending: asked.isPending,
    isLoadingMore: asked.isFetchingNextPage,
    more: asked.hasNextPage ? () => void asked.fetchNextPage() : undefined,
    retry: () => void asked.refetch(),
  }
}
