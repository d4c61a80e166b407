import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { FileInfo, FilePage } from '../../../api/collections.js'
import { getJson } from '../client.js'

const PAGE_ROWS = 200
const MOST_PAGES = 25
/** So many are there at once: a collection can have millions. */
export const MOST_FILES = PAGE_ROWS * MOST_PAGES

export interface Files {
  /** Undefined before the first page. */
  readonly rows: readonly FileInfo[] | undefined
  /** Whether these are all there are. */
  readonly isWhole: boolean
  /** How many come before these, and were put away. */
  readonly before: number
  readonly error: unknown
  readonly isLoadingMore: boolean
  /** Fetches more; undefined where there are none, or no room for them. */
  readonly more: (() => void) | undefined
  /** Puts these away and shows those that follow; undefined as long as there is room for more, or where none follow. */
  readonly moveOn: (() => void) | undefined
  readonly moveBack: () => void
  readonly retry: () => void
}

/** A collection's files by key, page after page. */
export function useFiles(path: string, search: string): Files {
  const subject = `${path} ${search}`
  const [moved, setMoved] = useState<{ readonly subject: string; readonly starts: readonly string[] }>()
  const starts = moved?.subject === subject ? moved.starts : []
  const start = starts.at(-1)
  const query = { limit: PAGE_ROWS, ...(search !== '' && { search }) }
  const asked = useInfiniteQuery({
    queryKey: [path, query, start ?? ''],
    queryFn: ({ pageParam, signal }) => getJson<FilePage>(path, { ...query, cursor: pageParam }, signal),
    initialPageParam: start,
    getNextPageParam: page => page.next ?? undefined,
  })
  const pages = asked.data?.pages
  const next = pages?.at(-1)?.next ?? undefined
  const isFull = (pages?.length ?? 0) >= MOST_PAGES
  return {
    rows: pages?.flatMap(({ files }) => files),
    isWhole: start === undefined && pages !== undefined && next === undefined,
    before: starts.length * MOST_FILES,
    error: asked.error,
    isLoadingMore: asked.isFetchingNextPage,
    more: next !== undefined && !isFull ? () => void asked.fetchNextPage() : undefined,
    moveOn: next !== undefined && isFull ? () => setMoved({ subject, starts: [...starts, next] }) : undefined,
    moveBack: () => setMoved({ subject, starts: starts.slice(0, -1) }),
    retry: () => void (pages ? asked.fetchNextPage() : asked.refetch()),
  }
}
