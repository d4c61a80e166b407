import { NotFoundError, UsageError } from '../errors.js'
import type { Collection } from '../lake/lakeCollections.js'
import { folderPath, getFolder } from '../snapshot/folderListing.js'
import { requireKeyPrefix } from '../snapshot/keyPrefix.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import type { Receipt } from '../snapshot/receipts.js'
import { type CollectionEffects, type CollectionOrder, createCollections, type NewCollection } from './collections.js'
import { findAbsent } from './countFiles.js'
import { indexOverlaps, overlapText } from './overlaps.js'

/** Collections that were made. */
export interface MappedFolders {
  /** In the order of the folders. */
  readonly created: readonly Collection[]
  /** Which of them share files with which others, in words. */
  readonly warnings: readonly string[]
}

/**
 * Gives names to folders of one connector: to all or none. Folders that overlap may be mapped, which is told.
 * @param receipts of the lake: a folder that a newest snapshot doesn't have isn't mapped
 * @throws {NotFoundError} for folders without a file
 * @throws {NameTakenError} {@link UsageError}
 */
export async function mapFolders(
  order: CollectionOrder,
  receipts: readonly Receipt[],
  effects: CollectionEffects & LakeEffects,
): Promise<MappedFolders> {
  const folders = order.folders.map(each => ({ ...each, folder: parseFolder(each.folder) }))
  requireOnce(folders)
  await requirePresent(
    order.connector,
    folders.map(({ folder }) => folder),
    receipts,
    effects,
  )
  const { created, all } = await createCollections({ ...order, folders }, effects)
  return { created, warnings: overlapWarnings(created, all) }
}

/** A folder's path with its slash. @throws {UsageError} for what no key of S3 can start with */
export function parseFolder(typed: string): string {
  return requireKeyPrefix(folderPath(typed), 'folder')
}

/** Two names for one folder can be had, one after the other; in one go they would be a mistake. */
function requireOnce(folders: readonly NewCollection[]): void {
  const seen = new Set<string>()
  for (const { folder } of folders) {
    if (seen.has(folder))
      throw new UsageError({ subject: `folder ${JSON.stringify(folder)}`, expected: 'it once', got: 'it again' })
    seen.add(folder)
  }
}

/** @throws {NotFoundError} for folders that the newest snapshots have no file of */
export async function requirePresent(
  connector: string,
  folders: readonly string[],
  receipts: readonly Receipt[],
  effects: LakeEffects,
): Promise<void> {
  const wanted = folders.map(folder => ({ connector, folder }))
  const absent = await findAbsent(wanted, receipts, effects)
  const [first] = absent
  if (!first) return
  if (absent.length === 1) await getFolder(first.receipt, first.folder, effects) // names a likely one
  throw new NotFoundError({
    subject: `${connector} ${first.receipt.snapshot}`,
    expected: 'files in each folder',
    got: `none in ${listed(absent.map(({ folder }) => JSON.stringify(folder)))}`,
  })
}

function overlapWarnings(created: readonly Collection[], all: readonly Collection[]): string[] {
  const { listOverlaps } = indexOverlaps(all)
  const isNew = new Set(created)
  const pairs = created.flatMap((each, i) =>
    listOverlaps(each)
      .filter(other => !isNew.has(other) || created.indexOf(other) > i)
      .map(other => overlapText(each, other)),
  )
  const others = pairs.length - MOST_WARNINGS
  return others > 1 ? [...pairs.slice(0, MOST_WARNINGS), `and ${others} other overlaps`] : pairs
}

const MOST_WARNINGS = 20

const listed = (texts: readonly string[]): string =>
  texts.length > 10 ? `${texts.slice(0, 10).join(', ')} and ${texts.length - 10} others` : texts.join(', ')
