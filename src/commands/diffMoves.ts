import type { Column } from '../output/cells.js'
import { formatCount } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import { type AskedPair, getMoveTotals } from '../snapshot/askedPair.js'
import type { MoveRow, MoveTotals } from '../snapshot/pairChanges.js'
import { movesText, moveText } from './diffTexts.js'
import type { Context } from './globals.js'
import { isForPeople } from './shown.js'

/** A row of the model `moves_by_folder`. */
interface FolderMoves {
  readonly folder_before: string
  readonly folder_after: string
  readonly moved_count: bigint
  readonly size_bytes: bigint
  readonly uncertain_count: bigint
}

/** How many pairs of folders people are told after the keys. */
const MOST_FOLDERS = 5

/** Writes the keys that look as if they had moved; people are told between which folders. */
export async function writeMoves(changes: AskedPair, context: Context): Promise<void> {
  if (!isForPeople(context.format)) return context.write(changes.ask<MoveRow>('moves'), MOVE_COLUMNS)
  const totals = await getMoveTotals(changes)
  if (totals.moved_count === 0n) return writeText(context.stdout, [`${movesText(totals)}\n`])
  await context.write(changes.ask<MoveRow>('moves'), SHOWN_MOVES)
  context.log.notice(movesText(totals))
  let told = 0
  for await (const row of changes.ask<FolderMoves>('moves_by_folder')) {
    if (told++ === MOST_FOLDERS) {
      context.log.notice('  … --by folder shows all')
      break
    }
    context.log.notice(
      `  ${formatCount(row.moved_count)}  ${escapeControls(`${folderText(row.folder_before)} → ${folderText(row.folder_after)}`)}`,
    )
  }
}

/** Writes between which folders keys look as if they had moved, and how many. */
export async function writeMovesByFolder(changes: AskedPair, context: Context): Promise<void> {
  const rows = changes.ask<FolderMoves>('moves_by_folder')
  if (!isForPeople(context.format)) return context.write(rows, FOLDER_MOVE_COLUMNS)
  const totals = await getMoveTotals(changes)
  if (totals.moved_count === 0n) return writeText(context.stdout, [`${movesText(totals)}\n`])
  await context.write(rows, SHOWN_FOLDER_MOVES)
  context.log.notice(movesText(totals))
}

/** Writes how many keys look as if they had moved. */
export async function writeMoveTotals(changes: AskedPair, context: Context): Promise<void> {
  const totals = await getMoveTotals(changes)
  if (context.format === 'table') return writeText(context.stdout, [`${movesText(totals)}\n`])
  await context.write([totals], MOVE_TOTAL_COLUMNS)
}

const folderText = (path: string): string => (path === '' ? '(the root)' : path)

/** How sure a pair is, in words; nothing where there is no doubt. */
function doubtText({ matched_by, deleted_count, new_count }: MoveRow): string | null {
  const alike = `${formatCount(deleted_count)} deleted and ${formatCount(new_count)} new are alike`
  switch (matched_by) {
    case 'content':
      return null
    case 'name':
      return `${alike}; same file name`
    case 'order':
      return `${alike}; in key order`
    case 'nothing':
      return 'empty'
  }
}

const SHOWN_MOVES: readonly Column<MoveRow>[] = [
  { name: 'size', kind: 'bytes' },
  { name: 'key_after', title: '- deleted → + new', value: row => moveText(row.key_before, row.key_after) },
  { name: 'matched_by', title: 'less certain', value: doubtText },
]

const SHOWN_FOLDER_MOVES: readonly Column<FolderMoves>[] = [
  { name: 'moved_count', title: 'moved', kind: 'count' },
  { name: 'size_bytes', title: 'size', kind: 'bytes' },
  { name: 'uncertain_count', title: 'less certain', kind: 'count', value: row => row.uncertain_count || null },
  { name: 'folder_before', title: 'from', value: row => folderText(row.folder_before) },
  { name: 'folder_after', title: 'to', value: row => folderText(row.folder_after) },
]

const MOVE_COLUMNS: readonly Column<MoveRow>[] = [
  'key_before',
  'key_after',
  'folder_before',
  'folder_after',
  'size',
  'e_tag',
  'matched_by',
  'deleted_count',
  'new_count',
].map(name => ({ name }))

const FOLDER_MOVE_COLUMNS: readonly Column<FolderMoves>[] = [
  'folder_before',
  'folder_after',
  'moved_count',
  'size_bytes',
  'uncertain_count',
].map(name => ({ name }))

const MOVE_TOTAL_COLUMNS: readonly Column<MoveTotals>[] = [
  'moved_count',
  'size_bytes',
  'uncertain_count',
  'empty_count',
  'first_key_after',
  'last_key_after',
].map(name => ({ name }))
