import { queryOptions } from '@tanstack/react-query'
import type { FolderPage } from '../../../api/folders.js'
import { getJson } from '../client.js'
import type { FolderSort } from './folderPlace.js'

/** What a page of folders is asked by. */
export interface FolderQuestion {
  readonly connector: string
  /** The newest snapshot unless given. */
  readonly at?: string
  readonly parent: string
  readonly sort: FolderSort
  /** Folders anywhere below the parent whose path has this text, where there is any. */
  readonly search?: string
  readonly cursor?: string | null
  readonly limit: number
}

/** A page of folders. Those of a named snapshot don't change, but for the collections that are told of them. */
export function folderQuery(question: FolderQuestion) {
  const path = foldersPath(question.connector)
  const query = queryOf(question)
  return queryOptions({
    queryKey: [path, query] as const,
    queryFn: ({ signal }) => getJson<FolderPage>(path, query, signal),
    staleTime: question.at === undefined ? 0 : Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  })
}

/** Where the folders of a connector are read; how the keys of their queries begin. */
export const foldersPath = (connector: string): string =>
  `/connectors/${encodeURIComponent(connector)}/inventory/folders`

const queryOf = ({ at, parent, sort, search, cursor, limit }: FolderQuestion) => ({
  parent,
  sort,
  limit,
  ...(at !== undefined && { at }),
  ...(search && { search }),
  ...(cursor && { cursor }),
})
