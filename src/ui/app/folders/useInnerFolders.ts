import { useQueries } from '@tanstack/react-query'
import type { FolderPage } from '../../../api/folders.js'
import { folderQuery } from './folderQuery.js'
import { hasRoomInside, type MapTile } from './layoutMap.js'

/** Beyond these, tiles are too small to have parts that can be told apart. */
const MOST_PARTED = 10
const MOST_PARTS = 40

/** What lies in the tiles that are large enough to show it, by their folders' paths, as far as it is there. */
export function useInnerFolders(
  connector: string,
  at: string,
  tiles: readonly MapTile[],
): ReadonlyMap<string, FolderPage> {
  const paths = tiles
    .filter(hasRoomInside)
    .slice(0, MOST_PARTED)
    .flatMap(({ folder }) => folder?.path ?? [])
  const results = useQueries({
    queries: paths.map(parent => folderQuery({ connector, at, parent, sort: 'bytes', limit: MOST_PARTS })),
  })
  return new Map(results.flatMap(({ data }, i) => (data ? [[paths[i] ?? '', data] as const] : [])))
}
