import { useQuery } from '@tanstack/react-query'
import { folderQuery } from './folderQuery.js'
import { PAGE_ROWS } from './useFolderTree.js'

/** A folder, and the largest in it: as many as a map can show. The folder before stays until they are there. */
export function useLargestFolders(connector: string, at: string, path: string) {
  const own = folderQuery({ connector, at, parent: path, sort: 'bytes', limit: PAGE_ROWS })
  return useQuery({
    ...own,
    placeholderData: (before, query) => (query?.queryKey[0] === own.queryKey[0] ? before : undefined),
  })
}
