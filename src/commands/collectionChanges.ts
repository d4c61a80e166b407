import { type NewCollection, removeCollection, renameCollection } from '../collections/collections.js'
import { copyCollections } from '../collections/copyCollections.js'
import { countFiles } from '../collections/countFiles.js'
import { findFileInfo } from '../collections/fileInfo.js'
import { mapFolders } from '../collections/mapFolders.js'
import { getConnector } from '../config/connector.js'
import { StocktakeError, UsageError } from '../errors.js'
import { type Collection, getCollection, listCollections } from '../lake/lakeCollections.js'
import { escapeLines } from '../output/log.js'
import { countText, formatCount } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import { connectorName } from '../snapshot/findSnapshot.js'
import { listReceipts } from '../snapshot/receipts.js'
import { audited } from './audited.js'
import { collectionColumns, describe, quoted } from './collectionScreens.js'
import type { Context } from './globals.js'
import { type LakeSession, openLakeStore, withLake } from './lakeSession.js'
import { madeTeller, type TellMade } from './madeScreens.js'
import { scanInto } from './scanRun.js'
import { userName } from './snapshotSession.js'
import { documentEffects } from './tasksOfLake.js'

/**
 * Makes collections of folders of a connector: all or none.
 * @param names in the order of the folders; suggested ones where there are none
 * @throws {UsageError} {@link NotFoundError} {@link NameTakenError}
 */
export async function createOf(
  connector: string,
  folders: readonly string[],
  names: readonly string[],
  context: Context,
): Promise<void> {
  const wanted = pairNames(folders, names)
  await withLake(context, async session => {
    const receipts = await listReceipts(session)
    const name = connectorName(connector, context.config.connectors, receipts)
    const order = { connector: name, folders: wanted, by: userName() }
    const { created, warnings } = await audited(
      { action: 'collection create', subject: name },
      context,
      () => mapFolders(order, receipts, { ...documentEffects(context), ...session }),
      made => ({
        objects: made.created.length,
        detail: { collections: made.created.map(({ collection }) => collection) },
      }),
    )
    await copy(session, context)
    for (const warning of warnings) context.log.notice(escapeLines(warning))
    const described = await describe(created, await listCollections(session.store), session, context)
    if (context.format !== 'table') return context.write(described, collectionColumns(context))
    const lines = described.map(
      each => `  ${each.name}  ${each.folder === '' ? '(all)' : each.folder}  ${filesText(each)}`,
    )
    const example = quoted(created[0]?.name ?? '')
    const next = [`  stocktake report photo-stats --collection ${example}`]
    await writeText(context.stdout, [
      escapeLines(`${[`made ${countText(created.length, 'collection')} of ${name}`, ...lines, ...next].join('\n')}\n`),
    ])
  })
}

const filesText = ({ fileInfo: { file_count } }: Awaited<ReturnType<typeof describe>>[number]): string =>
  file_count === null ? 'not looked at yet' : countText(file_count, 'file')

function pairNames(folders: readonly string[], names: readonly string[]): NewCollection[] {
  if (names.length > 0 && names.length !== folders.length)
    throw new UsageError({
      subject: '--name',
      expected: `none, or one for each of ${countText(folders.length, 'folder')}`,
      got: String(names.length),
    })
  return folders.map((folder, i) => ({ folder, ...(names[i] !== undefined && { name: names[i] }) }))
}

/** Gives a collection another name. @throws {NotFoundError} {@link NameTakenError} {@link UsageError} */
export const renameTo = (guidOrName: string, name: string, context: Context): Promise<void> =>
  withLake(context, async session => {
    const { before, collection, isChanged } = await audited(
      { action: 'collection rename', subject: (await getCollection(session.store, guidOrName)).collection },
      context,
      () => renameCollection({ guidOrName, name }, { ...documentEffects(context), store: session.store }),
      ({ before, collection, isChanged }) => ({
        objects: null,
        outcome: isChanged ? 'done' : 'unchanged',
        detail: { before: before.name, after: collection.name },
      }),
    )
    await copy(session, context)
    const line = isChanged ? `renamed ${before.name} to ${collection.name}` : `${collection.name} is as it was`
    await tell(collection, line, session, context)
  })

/**
 * Forgets a collection; its folder and files stay.
 * @throws {NotFoundError}
 * @throws {UsageError} where nobody can be asked
 */
export async function removeOne(
  guidOrName: string,
  { yes = false }: { yes?: boolean },
  context: Context,
): Promise<void> {
  const found = await getCollection(await openLakeStore(context), guidOrName)
  if (!yes && !(await isWanted(found, context))) throw new StocktakeError({ subject: 'nothing was changed' })
  await withLake(context, async session => {
    await audited(
      { action: 'collection remove', subject: found.collection },
      context,
      () => removeCollection({ guidOrName: found.collection }, { ...documentEffects(context), store: session.store }),
      ({ name, connector, folder }) => ({ objects: null, detail: { name, connector, folder } }),
    )
    await copy(session, context)
    if (context.format !== 'table') return context.write([found], [{ name: 'collection' }, { name: 'name' }])
    await writeText(context.stdout, [escapeLines(`removed ${found.name}; the folder stays as it is\n`)])
  })
}

async function isWanted({ name }: Collection, { ask, progress }: Context): Promise<boolean> {
  progress.clear()
  if (ask) return ask(`remove collection ${escapeControls(name)}? its folder stays as it is`)
  throw new UsageError({
    subject: 'collections remove',
    expected: 'a terminal to ask on, or --yes',
    got: 'neither',
    fix: 'nothing was changed',
  })
}

/** Lists a collection's folder: its FileInfo is of that then. @throws {NotFoundError} for one whose connector is gone */
export async function refreshOne(
  guidOrName: string,
  { queue = false }: { queue?: boolean },
  context: Context,
): Promise<void> {
  const found = await getCollection(await openLakeStore(context), guidOrName)
  if (queue) {
    const { queueRefresh } = await import('./queueJob.js')
    return queueRefresh(found, context)
  }
  const connector = getConnector(context.config.connectors, found.connector)
  const told = tellEmptied(found, madeTeller(connector, context), context)
  await scanInto(connector, { scope: found.folder, rate: 1 }, context, told)
}

/** Warns, after all else, where a listing found nothing and files were known: the connector may look elsewhere now. */
const tellEmptied =
  (collection: Collection, tellMade: TellMade, { config, now, log }: Context): TellMade =>
  async (made, session) => {
    const before = await listReceipts(session)
    let isEmpty = false
    await tellMade(
      watch(made, ({ receipt }) => {
        isEmpty = receipt.object_count === 0n
      }),
      session,
    )
    if (!isEmpty) return
    const [known] = await countFiles([collection], before, session)
    const { snapshot } = findFileInfo(collection, before, config.connectors, now())
    if (known && known.file_count > 0n && snapshot !== null)
      log.warn(`found no files; ${snapshot} had ${formatCount(known.file_count)} there`)
  }

async function* watch<T>(all: AsyncIterable<T>, see: (each: T) => void): AsyncGenerator<T> {
  for await (const each of all) {
    see(each)
    yield each
  }
}

async function tell(collection: Collection, line: string, session: LakeSession, context: Context): Promise<void> {
  if (context.format === 'table') return writeText(context.stdout, [escapeLines(`${line}\n`)])
  const all = await listCollections(session.store)
  await context.write(await describe([collection], all, session, context), collectionColumns(context))
}

/** Lets other engines know; where that fails, `maintain` does it. */
async function copy(session: LakeSession, { now, log }: Context): Promise<void> {
  try {
    await copyCollections({}, { ...session, now })
  } catch (error) {
    if (!(error instanceof StocktakeError)) throw error
    log.warn(`other engines see the collections as they were until stocktake maintain: ${error.message}`)
  }
}
