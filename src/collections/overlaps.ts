import type { Collection } from '../lake/lakeCollections.js'
import type { FolderOf } from '../snapshot/folderSources.js'

/** The collections of a lake by their folders, to be asked which of them share keys. */
export interface OverlapIndex {
  /** The collections, by name, whose folders hold this one or lie in it; of a collection, the others. */
  readonly listOverlaps: (folder: FolderOf) => readonly Collection[]
}

/** Each collection is looked up by the folders above it, so that many cost little more than few. */
export function indexOverlaps(collections: readonly Collection[]): OverlapIndex {
  const at = new Map<string, Collection[]>()
  const below = new Map<string, Collection[]>()
  for (const each of collections) {
    for (const folder of pathsAbove(each.folder)) push(below, placeOf(each.connector, folder), each)
    push(at, placeOf(each.connector, each.folder), each)
  }
  return {
    listOverlaps: folder => {
      const above = pathsAbove(folder.folder).flatMap(path => at.get(placeOf(folder.connector, path)) ?? [])
      const place = placeOf(folder.connector, folder.folder)
      const found = [...above, ...(at.get(place) ?? []), ...(below.get(place) ?? [])]
      return found.filter(each => each !== folder).sort((a, b) => (a.name < b.name ? -1 : 1))
    },
  }
}

const placeOf = (connector: string, folder: string): string => `${connector}\n${folder}`

/** `a/b/` lies in the root and in `a/`. */
function pathsAbove(folder: string): string[] {
  const names = folder.split('/').slice(0, -1)
  return names.map((_, depth) => names.slice(0, depth).reduce((path, name) => `${path}${name}/`, ''))
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key)
  if (values) values.push(value)
  else map.set(key, [value])
}

/** In words: `"Weddings" (2021/) holds "Smith" (2021/Smith/)`; of two of one folder, or of folders that hold each other. */
export function overlapText(a: Collection, b: Collection): string {
  const verb = a.folder === b.folder ? 'is the same folder as' : b.folder.startsWith(a.folder) ? 'holds' : 'lies in'
  return `${textOf(a)} ${verb} ${textOf(b)}`
}

const textOf = ({ name, folder }: Collection): string =>
  `${JSON.stringify(name)} (${folder === '' ? 'the whole bucket' : folder})`
