import { findClashes } from '../collections/collections.js'
import { countFiles } from '../collections/countFiles.js'
import { type DescribedCollection, describeCollections } from '../collections/describeCollections.js'
import { parseFolder, requirePresent } from '../collections/mapFolders.js'
import { indexOverlaps, overlapText } from '../collections/overlaps.js'
import { suggestName } from '../collections/suggestName.js'
import { type Collection, listCollections, pickCollection } from '../lake/lakeCollections.js'
import type { Column } from '../output/cells.js'
import { escapeLines } from '../output/log.js'
import { countText, formatBytes } from '../output/quantities.js'
import { writeText } from '../output/textWriter.js'
import { planSources, selectFileInfo, selectFolder } from '../snapshot/fileInfoRows.js'
import { connectorName } from '../snapshot/findSnapshot.js'
import { fileInfoSources } from '../snapshot/folderSources.js'
import { listReceipts } from '../snapshot/receipts.js'
import { OBJECTS } from '../snapshot/tables.js'
import { loadVouchedLake } from '../snapshot/vouched.js'
import type { Context } from './globals.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { isForPeople, shownAge, shownTime, timeColumn } from './shown.js'

/** Writes the collections, by name, and how old what is known of their files is. */
export const listAll = (context: Context): Promise<void> =>
  withLake(context, async session => {
    const all = await listCollections(session.store)
    const described = await describe(all, all, session, context)
    if (all.length === 0 && isForPeople(context.format))
      context.log.notice('no collections yet: stocktake collections create CONNECTOR FOLDER')
    await context.write(described, collectionColumns(context))
  })

/** Describes collections by what the lake has of them now. */
export async function describe(
  collections: readonly Collection[],
  all: readonly Collection[],
  session: LakeSession,
  { config: { connectors }, now }: Pick<Context, 'config' | 'now'>,
): Promise<DescribedCollection[]> {
  const receipts = await listReceipts(session)
  const counts = await countFiles(collections, receipts, session)
  return describeCollections(collections, all, { receipts, connectors, now: now() }, counts)
}

/** A row for each: for programs all that is known, for people what tells them apart. */
export function collectionColumns({ format, now }: Pick<Context, 'format' | 'now'>): Column<DescribedCollection>[] {
  const columns: Column<DescribedCollection>[] = [
    { name: 'name' },
    { name: 'connector' },
    { name: 'folder', value: ({ folder }) => (folder === '' && isForPeople(format) ? '(all)' : folder) },
    { name: 'file_count', title: 'files', kind: 'count', value: ({ fileInfo }) => fileInfo.file_count },
    { name: 'total_size_bytes', title: 'size', kind: 'bytes', value: ({ fileInfo }) => fileInfo.total_size_bytes },
    { name: 'source', title: 'by', value: ({ fileInfo }) => fileInfo.source },
  ]
  if (isForPeople(format))
    return [
      ...columns,
      { name: 'age', title: 'age', value: ({ fileInfo: { updated_at } }) => updated_at && shownAge(updated_at, now()) },
      { name: 'warning', title: 'to bear in mind', value: ({ fileInfo }) => fileInfo.warning },
    ]
  return [
    { name: 'collection' },
    ...columns,
    { name: 'snapshot', value: ({ fileInfo }) => fileInfo.snapshot },
    { name: 'updated_at', kind: 'time', value: ({ fileInfo }) => fileInfo.updated_at },
    { name: 'freshness', value: ({ fileInfo }) => fileInfo.freshness },
    { name: 'warning', value: ({ fileInfo }) => fileInfo.warning },
    { name: 'overlaps', value: ({ overlaps }) => overlaps.map(({ name }) => name) },
    { name: 'created_at', kind: 'time' },
    { name: 'created_by' },
  ]
}

/**
 * Writes what is known of one collection; or its files.
 * @throws {NotFoundError}
 */
export const showCollection = (
  guidOrName: string,
  { files = false }: { readonly files?: boolean },
  context: Context,
): Promise<void> =>
  withLake(context, async session => {
    const all = await listCollections(session.store)
    const collection = pickCollection(all, guidOrName)
    if (files) return writeFiles(collection, session, context)
    const [described] = await describe([collection], all, session, context)
    if (!described) return
    if (context.format !== 'table') return context.write([described], collectionColumns(context))
    await writeText(context.stdout, [escapeLines(`${collectionLines(described, context.now()).join('\n')}\n`)])
  })

function collectionLines(described: DescribedCollection, now: Date): string[] {
  const { name, connector, folder, fileInfo, collection, created_at, created_by, overlaps } = described
  const { file_count, total_size_bytes, warning } = fileInfo
  return [
    `${name}  ${connector} ${folder === '' ? '(all of it)' : folder}`,
    ...(file_count === null ? [] : [`  ${countText(file_count, 'file')}, ${formatBytes(total_size_bytes ?? 0n)}`]),
    `  ${sourceText(described, now)}`,
    ...(warning === null ? [] : [`  ${warning}`]),
    ...overlaps.map(other => `  ${overlapText(described, other)}`),
    `  ${collection}, made ${shownTime(created_at)} by ${created_by}`,
    `  stocktake report photo-stats --collection ${quoted(name)}`,
  ]
}

/** `from the inventory of 2026-01-20 01:00, 9 h old` */
export function sourceText({ fileInfo }: Pick<DescribedCollection, 'fileInfo'>, now: Date): string {
  const { source, updated_at } = fileInfo
  if (source === null || updated_at === null) return 'no FileInfo yet'
  const age = now.getTime() - updated_at.getTime() < 1000 ? '' : shownAge(updated_at, now)
  const from = source === 'api' ? 'from a listing of S3' : 'from the inventory'
  return `${from} of ${shownTime(updated_at)}${age === '' ? '' : `, ${age} old`}`
}

/** As a shell takes it. */
export const quoted = (name: string): string => (/^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`)

async function writeFiles(collection: Collection, session: LakeSession, context: Context): Promise<void> {
  const { receipts, tables } = await loadVouchedLake(session)
  const objects = tables.get(OBJECTS.name)
  const sources = fileInfoSources(collection, receipts)
  const selects = objects ? selectFolder(collection, sources, objects, await planSources(objects, sources)) : []
  const { rows } = await session.engine.query(`${selectFileInfo(selects)} order by key`)
  await context.write(rows, [
    { name: 'key' },
    { name: 'size', kind: 'bytes' },
    timeColumn('last_modified', 'modified', context.format),
    { name: 'etag' },
    { name: 'storage_class', title: 'class' },
    { name: 'checksum_algorithm', title: 'checksum' },
    { name: 'source', title: 'by' },
    timeColumn('updated_at', 'updated', context.format),
  ])
}

/** Writes the names that folders suggest, and what has them already. */
export const suggestNames = (connector: string, folders: readonly string[], context: Context): Promise<void> =>
  withLake(context, async session => {
    const all = await listCollections(session.store)
    const receipts = await listReceipts(session)
    const name = connectorName(connector, context.config.connectors, receipts)
    const paths = folders.map(parseFolder)
    await requirePresent(name, paths, receipts, session)
    const suggested = paths.map(folder => ({ folder, name: suggestName(folder, name) }))
    const clashes = new Map(findClashes(suggested, all).map(clash => [clash.folder, clash.with]))
    const { listOverlaps } = indexOverlaps(all)
    const rows = suggested.map(each => ({
      ...each,
      clash: clashes.get(each.folder) ?? null,
      overlaps: listOverlaps({ connector: name, folder: each.folder }).map(other => other.name),
    }))
    await context.write(rows, [
      { name: 'folder' },
      { name: 'name' },
      { name: 'clash', title: 'taken by' },
      {
        name: 'overlaps',
        title: 'shares files with',
        value: ({ overlaps }) => (isForPeople(context.format) ? overlaps.join(', ') || null : overlaps),
      },
    ])
  })
