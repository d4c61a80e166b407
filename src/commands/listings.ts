import { UsageError } from '../errors.js'
import type { Column } from '../output/cells.js'
import { countText, formatBytes, withSign } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import { filesReport, listFiles } from '../snapshot/fileListing.js'
import { type FoundSnapshot, getSnapshot } from '../snapshot/findSnapshot.js'
import {
  type FolderRow,
  type FolderSort,
  findFolder,
  folderPath,
  foldersReport,
  getFolder,
  listFolders,
  type StoredFolder,
} from '../snapshot/folderListing.js'
import { formatReport } from '../snapshot/report.js'
import { parseSnapshotName } from '../snapshot/snapshotName.js'
import type { Context } from './globals.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { isForPeople, shownTime, timeColumn } from './shown.js'

interface Wanted {
  readonly connector: string
  readonly at?: string
  readonly sql?: boolean
}

interface FoldersOptions extends Wanted {
  readonly path: string
  readonly depth: number
  readonly sort: FolderSort
}

/** Writes the folders below a folder. @throws {NotFoundError} for one that isn't there */
export const showFolders = (options: FoldersOptions, context: Context): Promise<void> =>
  withSnapshot(options, context, async (found, session) => {
    requireDepth(options.depth)
    const question = { ...found, path: folderPath(options.path), depth: options.depth, sort: options.sort }
    if (options.sql) return writeText(context.stdout, [formatReport(foldersReport(question))])
    const above = await getFolder(found.receipt, question.path, session)
    context.log.notice(`${heading(found)}  ${folderText(above)}`)
    const rows = await listFolders(question, session)
    await context.write(rows, isForPeople(context.format) ? shownFolderColumns(found, context) : FOLDER_COLUMNS)
  })

interface FilesOptions extends Wanted {
  readonly path: string
  readonly recursive?: boolean
  readonly versions?: boolean
}

/** Writes the objects in a folder, or whose keys start with a text. @throws {NotFoundError} where there are none */
export const showFiles = (options: FilesOptions, context: Context): Promise<void> =>
  withSnapshot(options, context, async (found, session) => {
    const { receipt } = found
    const folder = await findFolder(receipt, folderPath(options.path), session)
    const prefix = folder ? folderPath(options.path) : options.path
    const { recursive = false, versions = false } = options
    const question = { receipt, prefix, recursive, versions }
    if (options.sql) return writeText(context.stdout, [formatReport(filesReport(question))])
    let count = 0
    async function* counted() {
      if (folder && folder.direct_object_count === 0n && !recursive && !versions) return // without reading any
      for await (const row of listFiles(question, session)) {
        count++
        yield row
      }
      if (count === 0) await getFolder(receipt, folderPath(options.path), session)
    }
    await context.write(counted(), fileColumns(versions, context))
    if (count === 0 && folder) context.log.notice(nothingText(folder))
  })

const withSnapshot = (
  { connector, at }: Wanted,
  context: Context,
  act: (found: FoundSnapshot, session: LakeSession) => Promise<void>,
): Promise<void> =>
  withLake(context, async session => {
    const wanted = { connector, ...(at !== undefined && { at }) }
    await act(await getSnapshot(wanted, context.config.connectors, session), session)
  })

function requireDepth(depth: number): void {
  if (!Number.isInteger(depth) || depth < 1)
    throw new UsageError({ subject: '--depth', expected: 'a whole number from 1', got: String(depth) })
}

/** `demo 2026-01-20 01:00` */
const heading = ({ receipt }: FoundSnapshot): string =>
  `${receipt.connector} ${shownTime(parseSnapshotName(receipt.snapshot))}`

const folderText = ({ path, total_size_bytes, object_count }: StoredFolder): string =>
  `${path === '' ? 'all' : escapeControls(path)}: ${formatBytes(total_size_bytes)} in ${countText(object_count, 'object')}`

/** What to say of a folder without objects of its own. */
function nothingText({ path, total_size_bytes, object_count, noncurrent_object_count }: StoredFolder): string {
  const where = path === '' ? 'at the root' : `in ${escapeControls(path)}`
  if (object_count > 0n)
    return `no objects directly ${where}; below it ${formatBytes(total_size_bytes)} in ${countText(object_count, 'object')}: --recursive`
  return `no objects ${where}; ${countText(noncurrent_object_count, 'old version')}: --recursive --versions`
}

const FOLDER_COLUMNS: readonly Column<FolderRow>[] = [
  'guid',
  'path',
  'parent',
  'depth',
  'object_count',
  'total_size_bytes',
  'direct_object_count',
  'direct_size_bytes',
  'noncurrent_object_count',
  'noncurrent_size_bytes',
  'delete_marker_count',
  'last_modified',
  'discovered_at',
  'object_count_change',
  'size_change',
].map(name => ({ name }))

const shownFolderColumns = ({ base }: FoundSnapshot, { format }: Context): Column<FolderRow>[] => [
  { name: 'total_size_bytes', title: 'size', kind: 'bytes' },
  { name: 'object_count', title: 'objects', kind: 'count' },
  ...(base ? [sizeChange] : []),
  {
    name: 'noncurrent_size_bytes',
    title: 'old versions',
    kind: 'bytes',
    value: row => row.noncurrent_size_bytes || null,
  },
  timeColumn('last_modified', 'modified', format),
  { name: 'path' },
]

const sizeChange: Column<FolderRow> = {
  name: 'size_change',
  title: 'change',
  kind: 'bytes',
  value: ({ size_change }) => (size_change ? withSign(size_change, formatBytes) : null),
}

function fileColumns(versions: boolean, { format }: Context): Column[] {
  if (!isForPeople(format)) return FILE_COLUMNS
  return [
    { name: 'size', kind: 'bytes' },
    timeColumn('last_modified_date', 'modified', format),
    { name: 'storage_class', title: 'class' },
    ...(versions
      ? [
          { name: 'version_id', title: 'version' },
          { name: 'state', value: stateText },
        ]
      : []),
    { name: 'key' },
  ]
}

const FILE_COLUMNS: Column[] = [
  'key',
  'version_id',
  'is_latest',
  'is_delete_marker',
  'size',
  'last_modified_date',
  'e_tag',
  'storage_class',
].map(name => ({ name }))

const stateText = (row: object): string =>
  Reflect.get(row, 'is_delete_marker') ? 'delete marker' : Reflect.get(row, 'is_latest') ? 'current' : 'old'
