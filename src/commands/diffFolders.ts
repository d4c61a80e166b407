import type { Column } from '../output/cells.js'
import { formatBytes, withSign } from '../output/quantities.js'
import { writeText } from '../output/textWriter.js'
import type { AskedPair } from '../snapshot/askedPair.js'
import type { FolderChanges } from '../snapshot/pairChanges.js'
import { type Remark, summedLines } from './diffFolderTable.js'
import { mostlyTexts } from './diffTexts.js'
import type { Context } from './globals.js'
import { isForPeople } from './shown.js'

/**
 * Writes what changed by folder. Data formats have a row for every folder down to the depth; people see each change once: the
 * folders that {@link partFolders} chooses, and a line with all of them.
 */
export async function writeFolderChanges(
  depth: number | undefined,
  changes: AskedPair,
  context: Context,
): Promise<void> {
  const rows = changes.ask<FolderChanges>('changes_by_folder', depth)
  if (!isForPeople(context.format)) return context.write(rows, FOLDER_COLUMNS)
  const first = await rows.next()
  if (first.done) return writeText(context.stdout, ['no changes\n'])
  const all = first.value
  const columns = shownColumns(all)
  const lines = shownLines(all, rows)
  if (context.format !== 'table') return context.write(lines, [...columns, REMARK])
  await writeText(context.stdout, summedLines(lines, columns, context))
}

/** A line of the table. */
export interface FolderLine {
  readonly folder: string
  /** As the lake has it; empty for the root. */
  readonly path: string
  /** Whether only what lies directly in the folder is meant. */
  readonly isDirect: boolean
  /** As in {@link FolderChanges}. */
  readonly mostly_in: string | null
  readonly mostly_in_share: number | null
  readonly new_count: bigint
  readonly modified_count: bigint
  readonly deleted_count: bigint
  readonly touched_count: bigint
  readonly size_change: bigint | null
  readonly remark: Remark | null
}

/**
 * Parts what changed into folders, so that each change is in one line. From the top: a folder all of whose changes lie in one
 * of its own gives way to that; one that has nine tenths of them in a deeper folder stands for all, and says so; any other is
 * parted into its folders and what lies directly in it, as deep as the rows go.
 * @param top the folder that all changes lie in
 * @param rows of the folders in it, in the order of their paths: a folder comes right before those in it
 */
export async function* partFolders(top: FolderChanges, rows: AsyncIterable<FolderChanges>): AsyncGenerator<FolderLine> {
  let above: FolderChanges | undefined = top
  let done: string | undefined
  for await (const row of rows) {
    if (done !== undefined && row.path.startsWith(done)) continue
    done = undefined
    if (above && !row.path.startsWith(above.path)) yield wholeLine(above)
    else if (above && row.change_count < above.change_count) {
      if (above !== top && isDense(above)) {
        yield wholeLine(above)
        done = above.path
        above = undefined
        continue
      }
      if (above.direct_change_count > 0n) yield directLine(above)
    }
    above = row
  }
  if (above) yield wholeLine(above)
}

/** Where so much lies in one folder, what else there is would only be in the way. */
const isDense = ({ mostly_in_share }: FolderChanges): boolean => mostly_in_share !== null && mostly_in_share >= 0.9

const wholeLine = (row: FolderChanges): FolderLine => ({
  ...row,
  folder: row.path === '' ? ROOT : row.path,
  isDirect: false,
  remark:
    row.mostly_in === null || row.mostly_in_share === null
      ? null
      : mostlyTexts(row.mostly_in, row.mostly_in_share, row.path),
})

const directLine = (row: FolderChanges): FolderLine => ({
  folder: row.path === '' ? ROOT : row.path,
  path: row.path,
  isDirect: true,
  mostly_in: null,
  mostly_in_share: null,
  new_count: row.direct_new_count,
  modified_count: row.direct_modified_count,
  deleted_count: row.direct_deleted_count,
  touched_count: row.direct_touched_count,
  size_change: row.direct_size_change,
  remark: row.path === '' ? null : ['← directly in it'],
})

/** No folder has such a name, as theirs end in a slash. */
const ROOT = '(at the root)'

async function* shownLines(top: FolderChanges, rows: AsyncIterable<FolderChanges>): AsyncGenerator<FolderLine> {
  yield* partFolders(top, rows)
  yield { ...top, folder: 'all', isDirect: false, remark: null }
}

/** A column of changes of one kind; where there is none of them the cell is empty. */
const countColumn = (name: keyof FolderLine & `${string}_count`, title: string): Column<FolderLine> => ({
  name,
  title,
  kind: 'count',
  value: row => row[name] || null,
})

const shownColumns = ({ touched_count }: FolderChanges): Column<FolderLine>[] => [
  { name: 'folder', title: '' },
  countColumn('new_count', 'new'),
  countColumn('modified_count', 'modified'),
  countColumn('deleted_count', 'deleted'),
  ...(touched_count > 0n ? [countColumn('touched_count', 'touched')] : []),
  {
    name: 'size_change',
    title: 'size',
    kind: 'bytes',
    value: ({ size_change }) => (size_change ? withSign(size_change, formatBytes) : null),
  },
]

const REMARK: Column<FolderLine> = { name: 'remark', title: '', value: ({ remark }) => remark?.[0] ?? null }

const FOLDER_COLUMNS: readonly Column<FolderChanges>[] = [
  'path',
  'parent',
  'depth',
  'change_count',
  'new_count',
  'modified_count',
  'deleted_count',
  'touched_count',
  'object_count_before',
  'object_count_after',
  'size_before',
  'size_after',
  'size_change',
  'direct_change_count',
  'direct_new_count',
  'direct_modified_count',
  'direct_deleted_count',
  'direct_touched_count',
  'direct_size_change',
  'mostly_in',
  'mostly_in_share',
].map(name => ({ name }))
