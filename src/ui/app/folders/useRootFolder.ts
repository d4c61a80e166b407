import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { FolderPage } from '../../../api/folders.js'
import { getJson } from '../client.js'
import type { FolderSort } from './folderPlace.js'
import { folderQuery } from './folderQuery.js'
import { PAGE_ROWS } from './useFolderTree.js'

const LOOK_EVERY_MS = 30_000

/**
 * The root with what lies in it, of a snapshot or of the newest, which is looked for again every now and then. It names the
 * snapshot that all else on the page is asked of.
 */
export function useRootFolder(connector: string, at: string | undefined, sort: FolderSort) {
  const client = useQueryClient()
  const ofSnapshot = (snapshot: string | undefined) =>
    folderQuery({ connector, parent: '', sort, limit: PAGE_ROWS, ...(snapshot !== undefined && { at: snapshot }) })
  const own = ofSnapshot(at)
  return useQuery({
    ...own,
    async queryFn({ signal, queryKey }) {
      const [path, query] = queryKey
      const page = await getJson<FolderPage>(path, query, signal)
      // The tree begins with the same page.
      if (page.snapshot.snapshot !== at) client.setQueryData(ofSnapshot(page.snapshot.snapshot).queryKey, page)
      return page
    },
    refetchInterval: at === undefined ? LOOK_EVERY_MS : false,
    placeholderData: (before, query) => (query?.queryKey[0] === own.queryKey[0] ? before : undefined),
  })
}
