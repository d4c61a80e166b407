import { useQueries } from '@tanstack/react-query'
import type { Suggestions } from '../../../api/collections.js'
import { getJson } from '../client.js'
import { partsForUrl } from './mapping.js'

export interface SuggestedNames {
  /** In the order of the folders; nothing until all are there. */
  readonly suggestions: Suggestions['suggestions'] | undefined
  readonly error: unknown
}

/** Names for folders, and with what they overlap. */
export function useSuggestions(connector: string, folders: readonly string[]): SuggestedNames {
  const results = useQueries({
    queries: partsForUrl(folders).map(part => ({
      queryKey: ['/collections/suggest', connector, part],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        getJson<Suggestions>('/collections/suggest', { connector, folder: part }, signal),
    })),
  })
  const parts = results.flatMap(({ data }) => data ?? [])
  return {
    suggestions: parts.length === results.length ? parts.flatMap(({ suggestions }) => suggestions) : undefined,
    error: results.find(({ error }) => error)?.error ?? undefined,
  }
}
