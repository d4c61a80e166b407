import type { Collection, Suggestions } from '../../../api/collections.js'
import { parseName } from '../../../collections/collectionName.js'
import { UsageError } from '../../../errors.js'
import { foldName } from '../../../lake/foldName.js'
import { foldersAbove } from './folderPlace.js'

/** A folder that is to become a collection, with the name as it is typed. */
export interface NameDraft {
  readonly folder: string
  readonly name: string
}

/** What to say beside the field of a name. */
export interface NameNote {
  /** Why it can't be had. */
  readonly mistake?: string
  /** Names of the collections, and folders of the drafts, that have files of this folder, too: allowed, and said. */
  readonly overlaps: readonly string[]
}

/**
 * What is to be said of each draft: as the server would, who has the last word.
 * @param collections all there are, of any connector: a name is one's in the whole lake
 * @param suggestions of the same folders, which tell with what they overlap
 * @returns a note for each draft, in their order
 */
export function noteNames(
  drafts: readonly NameDraft[],
  collections: readonly Pick<Collection, 'name' | 'connector' | 'folder'>[],
  suggestions: Suggestions['suggestions'],
): NameNote[] {
  const taken = new Map(collections.map(each => [foldName(each.name), each]))
  const overlaps = new Map(suggestions.map(each => [each.folder, each.overlaps]))
  const within = findNested(drafts)
  const wanted = new Map<string, NameDraft[]>()
  for (const draft of drafts) {
    const fold = foldName(draft.name)
    wanted.set(fold, [...(wanted.get(fold) ?? []), draft])
  }
  return drafts.map(draft => {
    const other = taken.get(foldName(draft.name))
    const twin = wanted.get(foldName(draft.name))?.find(each => each !== draft)
    const mistake =
      findMistake(draft.name) ??
      (other && `taken: ${other.connector}, ${folderText(other.folder)}`) ??
      (twin && `also the name of ${folderText(twin.folder)} here`)
    return {
      ...(mistake !== undefined && { mistake }),
      overlaps: [...(overlaps.get(draft.folder) ?? []), ...(within.get(draft.folder) ?? []).map(folderText)],
    }
  })
}

const folderText = (folder: string): string => (folder === '' ? 'the whole bucket' : folder)

function findMistake(name: string): string | undefined {
  try {
    parseName(name)
    return undefined
  } catch (error) {
    if (error instanceof UsageError) return `a name needs ${error.facts.expected}`
    throw error
  }
}

/** Of each draft's folder, those of the others that hold it or lie in it. */
function findNested(drafts: readonly NameDraft[]): Map<string, string[]> {
  const folders = new Set(drafts.map(({ folder }) => folder))
  const nested = new Map<string, string[]>()
  const add = (folder: string, other: string) => nested.set(folder, [...(nested.get(folder) ?? []), other])
  for (const folder of folders)
    for (const above of foldersAbove(folder))
      if (folders.has(above)) {
        add(folder, above)
        add(above, folder)
      }
  return nested
}

/** Parts of a list of folders, each short enough for the query of a URL. */
export function partsForUrl(folders: readonly string[], mostCharacters = 6000): string[][] {
  const parts: string[][] = []
  const encoder = new TextEncoder()
  let length = mostCharacters
  for (const folder of folders) {
    const own = encoder.encode(folder).length * '%2F'.length + '&folder='.length // at most
    if (length + own > mostCharacters) {
      parts.push([])
      length = 0
    }
    parts.at(-1)?.push(folder)
    length += own
  }
  return parts
}
