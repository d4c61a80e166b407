import type { Collection } from '../lake/lakeCollections.js'
import { jsonText } from '../output/cells.js'
import type { FoundSnapshot } from '../snapshot/findSnapshot.js'
import { folderGuid } from './folderGuid.js'
import { makeGoneFolders, makeNoneGone, readFoundFolders } from './foundFolders.js'
import type { LakeReader } from './lakeReader.js'
import {
  type FolderViews,
  makeFolderViews,
  readShownFolders,
  requireShownFolder,
  type ShownFolder,
  type ShownFoldersQuestion,
  selectFolderViews,
} from './shownFolders.js'

/** A page of folders: each as JSON that begins with its GUID and doesn't have its collections yet. */
export interface FolderTexts {
  /** The folder above them. */
  readonly parent: string
  readonly folders: readonly string[]
  readonly total: number
}

/** What knows the folders of a snapshot. @throws {NotFoundError} where there is no such folder above */
export type ReadFolderPage = (question: ShownFoldersQuestion, signal?: AbortSignal) => Promise<FolderTexts>

/** Reads pages from the tables of the lake. */
export function folderPagesOfLake(reader: LakeReader): ReadFolderPage {
  let last: { readonly name: string; readonly views: FolderViews; readonly isNoneGone: boolean } | undefined
  return async (question, signal) => {
    const { version } = await reader.look()
    const name = [version, question.receipt.import_id, question.base?.import_id].join(' ')
    return reader.read(async effects => {
      const known = last?.name === name ? last : undefined
      const views = known?.views ?? (await selectFolderViews(question, effects))
      const kept = { name, views, isNoneGone: known?.isNoneGone ?? question.base === undefined }
      last = kept
      await makeFolderViews(views, effects.engine)
      const parent = await requireShownFolder(question, question.parent, effects)
      const { search } = question
      if (search !== undefined && !kept.isNoneGone) {
        const count = await makeGoneFolders(effects.engine)
        if (last === kept) last = { ...kept, isNoneGone: count === 0 }
      } else if (search !== undefined) await makeNoneGone(effects.engine)
      const { folders, total } = await (search === undefined
        ? readShownFolders(question, effects.engine)
        : readFoundFolders({ ...question, search }, effects.engine))
      return { parent: folderText(parent), folders: folders.map(folderText), total: Number(total) }
    }, signal)
  }
}

function folderText({ guid, path, ...others }: ShownFolder): string {
  return jsonText({ guid, path, name: folderName(String(path)), ...others })
}

/** Its last name, with the slash; of `/` that is all there is. */
export const folderName = (path: string): string => path.slice(path.slice(0, -1).lastIndexOf('/') + 1)

/** The GUIDs of the collections of each folder, by the folder's GUID. */
export type CollectionsOf = ReadonlyMap<string, readonly string[]>

export function collectionsByFolder(collections: readonly Collection[], { receipt }: FoundSnapshot): CollectionsOf {
  const found = new Map<string, string[]>()
  for (const { connector, folder, collection } of collections) {
    if (connector !== receipt.connector) continue
    const guid = folderGuid(connector, folder)
    found.set(guid, [...(found.get(guid) ?? []), collection])
  }
  return found
}

/** The folder as JSON, whole. */
export function withCollections(text: string, collections: CollectionsOf): string {
  const guids = collections.size === 0 ? undefined : collections.get(text.slice(GUID_START, GUID_END))
  return `${text.slice(0, -1)},"collections":${guids ? JSON.stringify(guids) : '[]'}}`
}

const GUID_START = '{"guid":"'.length
const GUID_END = GUID_START + 'fld_'.length + 26
