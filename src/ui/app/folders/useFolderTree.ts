import { type QueryClient, useQueries, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { FolderPage } from '../../../api/folders.js'
import type { FolderSort } from './folderPlace.js'
import { folderQuery } from './folderQuery.js'
import type { Branch } from './treeRows.js'

export interface FolderTreeQuestion {
  readonly connector: string
  /** A snapshot by its name: what was read of it stays right, and its pages fit together. */
  readonly at: string
  readonly sort: FolderSort
  /** Where given, the only branch is what was found, as if it lay in the root. */
  readonly search: string
  /** Paths of the folders that are wanted with what lies in them. */
  readonly opened: readonly string[]
}

export interface FolderTree {
  /** By path; a folder isn't there as long as nothing of it was read. */
  readonly branches: ReadonlyMap<string, Branch>
  /** Reads more of a folder, or again what failed. */
  readMore(parent: string): void
  /** Puts away what is shown of a folder, and shows what follows. */
  moveOn(parent: string): void
  moveBack(parent: string): void
}

export const PAGE_ROWS = 200
/** So much of a folder is there at once: a million others can lie directly in it. */
const MOST_PAGES = 10

/** How far a folder was read. */
interface Reach {
  /** Where what is shown begins, after where each part before it did. */
  readonly starts: readonly [Start, ...Start[]]
  readonly pages: number
}
interface Start {
  readonly cursor: string | null
  readonly before: number
}

const FIRST: Reach = { starts: [{ cursor: null, before: 0 }], pages: 1 }

/** What lies in opened folders, page after page as it is asked for. */
export function useFolderTree(question: FolderTreeQuestion): FolderTree {
  const client = useQueryClient()
  const { connector, at, sort, search, opened } = question
  const subject = JSON.stringify([connector, at, sort, search])
  const [reached, setReached] = useState<{ subject: string; reaches: ReadonlyMap<string, Reach> }>()
  const reaches = reached?.subject === subject ? reached.reaches : new Map<string, Reach>() // cursors are of one order
  const chains = opened.map(parent => planChain(question, parent, reaches.get(parent) ?? FIRST, client))
  const results = useQueries({ queries: chains.flatMap(({ queries }) => queries) })
  let from = 0
  const read = new Map(
    chains.map(chain => {
      const own = results.slice(from, from + chain.queries.length)
      from += chain.queries.length
      return [chain.parent, { chain, own }]
    }),
  )
  const setReach = (parent: string, reach: Reach) =>
    setReached({ subject, reaches: new Map(reaches).set(parent, reach) })
  const branches = new Map<string, Branch>()
  for (const { chain, own } of read.values()) {
    const pages = own.flatMap(({ data }) => data ?? [])
    const error = own.find(result => result.error)?.error
    if (pages.length > 0 || error) branches.set(chain.parent, branchOf(pages, chain.reach, error))
  }
  return {
    branches,
    readMore(parent) {
      const { chain, own } = read.get(parent) ?? {}
      const failed = own?.find(({ error }) => error)
      if (failed) void failed.refetch()
      else if (chain && own?.every(({ isSuccess }) => isSuccess) && branches.get(parent)?.hasMore)
        setReach(parent, { ...chain.reach, pages: chain.queries.length + 1 })
    },
    moveOn(parent) {
      const { chain, own } = read.get(parent) ?? {}
      const cursor = own?.at(-1)?.data?.next
      const branch = branches.get(parent)
      if (!chain || !branch || !cursor) return
      const start = { cursor, before: branch.before + branch.folders.length }
      setReach(parent, { starts: [...chain.reach.starts, start], pages: 1 })
    },
    moveBack(parent) {
      const { starts } = reaches.get(parent) ?? FIRST
      const [first, ...others] = starts
      setReach(parent, { starts: [first, ...others.slice(0, -1)], pages: MOST_PAGES })
    },
  }
}

interface Chain {
  readonly parent: string
  readonly reach: Reach
  readonly queries: ReturnType<typeof folderQuery>[]
}

/** The pages of a folder, as far as their cursors are known: each is in the page before. */
function planChain(question: FolderTreeQuestion, parent: string, reach: Reach, client: QueryClient): Chain {
  const { connector, at, sort, search } = question
  const queries: Chain['queries'] = []
  let cursor: string | null | undefined = reach.starts.at(-1)?.cursor ?? null
  while (cursor !== undefined && queries.length < reach.pages) {
    const query = folderQuery({ connector, at, parent, sort, search, cursor, limit: PAGE_ROWS })
    queries.push(query)
    cursor = client.getQueryData<FolderPage>(query.queryKey)?.next ?? undefined
  }
  return { parent, reach, queries }
}

function branchOf(pages: readonly FolderPage[], { starts }: Reach, error: unknown): Branch {
  const last = pages.at(-1)
  const isMore = last !== undefined && last.next !== null
  return {
    folders: pages.flatMap(({ folders }) => folders),
    total: pages[0]?.total ?? 0,
    before: starts.at(-1)?.before ?? 0,
    hasMore: isMore && pages.length < MOST_PAGES,
    isFull: isMore && pages.length >= MOST_PAGES,
    ...(error !== undefined && error !== null && { error }),
  }
}
