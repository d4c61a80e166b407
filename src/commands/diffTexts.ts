import { countText, formatBytes, formatCount, formatShare } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { shellLine } from '../setup/shellText.js'
import type { ChangeRow, MoveTotals } from '../snapshot/pairChanges.js'
import { isBackwards, type SnapshotPair } from '../snapshot/snapshotPair.js'
import type { DiffOptions } from './diffOptions.js'

/** `photos  2026-01-13T01-00Z → 2026-01-20T01-00Z`, with what is out of the ordinary about it. */
export function pairText(pair: SnapshotPair): string {
  const { to, fromName, prefix } = pair
  return [
    to.connector,
    `${fromName} → ${to.snapshot}`,
    ...(isBackwards(pair) ? ['back in time: what would undo the changes'] : []),
    ...(prefix === '' ? [] : [`keys that start with ${escapeControls(prefix)}`]),
  ].join('  ')
}

/** A sign and a word, as a sign alone can be read in either direction; all are as wide as the longest. */
export const changeText = (change: string): string => `${SIGNS[change] ?? ' '} ${change}`.padEnd('~ modified'.length)

const SIGNS: Readonly<Record<string, string>> = { new: '+', deleted: '-', modified: '~', touched: '=' }

/** What sizes don't show of a change: `STANDARD → GLACIER`; nothing where they do. */
export function hiddenText(row: ChangeRow): string | null {
  const { change, storage_class_before: before, storage_class_after: after } = row
  const sizes = [row.size_before, row.size_after]
  if (change === 'modified') return sizes[0] === sizes[1] || sizes.includes(null) ? 'other ETag' : null
  if (change !== 'touched') return null
  return before !== null && after !== null && before !== after ? `${before} → ${after}` : 'another date'
}

/** `58 deleted objects have the size and ETag of a new one, 382 MB: probably moved`, and how many of them are less certain. */
export function movesText({ moved_count, size_bytes, uncertain_count, empty_count }: MoveTotals): string {
  if (moved_count === 0n) return 'no moves: no deleted object has the size and ETag of a new one'
  const alike = uncertain_count - empty_count
  const parts = [
    ...(alike > 0n ? [`${formatCount(alike)} have others of the same content beside them`] : []),
    ...(empty_count > 0n ? [`${formatCount(empty_count)} are empty`] : []),
  ]
  const doubt = parts.length === 0 ? '' : `; less certain: ${parts.join(', ')}`
  const what = `${countText(moved_count, 'deleted object')} ${moved_count === 1n ? 'has' : 'have'} the size and ETag of a new one`
  return `${what}, ${formatBytes(size_bytes)}: probably moved${doubt}`
}

/** Both keys, of which what is the same is said once, folder by folder: `photos/{2020 → archive/2020}/a.jpg`. */
export function moveText(before: string, after: string): string {
  const [old, now] = [before.split('/'), after.split('/')]
  const fewest = Math.min(old.length, now.length)
  let start = 0
  while (start < fewest - 1 && old[start] === now[start]) start++
  let end = 0
  while (end < fewest - start - 1 && old.at(-1 - end) === now.at(-1 - end)) end++
  if (start + end === 0) return `${before} → ${after}`
  const middle = (names: readonly string[]) => names.slice(start, names.length - end).join('/')
  const [head, tail] = [old.slice(0, start), old.slice(old.length - end)]
  return [...head, `{${middle(old)} → ${middle(now)}}`, ...tail].join('/')
}

/** What of the deleted looks moved, and how to see it; `undefined` for nothing. */
export function movesHint(
  { moved_count, empty_count, first_key_after, last_key_after }: MoveTotals,
  options: DiffOptions,
): string | undefined {
  const count = moved_count - empty_count
  if (count === 0n) return undefined
  const folder = commonFolder(first_key_after ?? '', last_key_after ?? '')
  const what = count === 1n ? `looks like a move` : 'look like moves'
  return `${formatCount(count)} of the deleted ${what}${folder === '' ? '' : ` into ${escapeControls(folder)}`} (same size and ETag): ${movesCommand(options)}`
}

/** What lists the moves of the same two snapshots. */
export function movesCommand({ connector, from, to, prefix }: DiffOptions): string {
  const words = [connector, from, to, ...(prefix === undefined ? [] : ['--prefix', prefix]), '--moves']
  return escapeControls(`stocktake diff ${shellLine(words.filter(word => word !== undefined))}`)
}

/** The deepest folder that both keys, and all between them, lie in. */
function commonFolder(first: string, last: string): string {
  let end = 0
  for (let i = 0; i < first.length && first[i] === last[i]; i++) if (first[i] === '/') end = i + 1
  return first.slice(0, end)
}

/**
 * Where most of a folder's changes are, in less and less words: `← 98 % of it in 2020/Milledgeville, GA/`, and without what the
 * folder's own path says, `← 98 % in …/Milledgeville, GA/`.
 */
export function mostlyTexts(folder: string, share: number, path: string): string[] {
  const part = share === 1 ? 'all' : formatShare(Math.floor(share * 100) / 100)
  const rest = path === '' ? folder : `…/${folder.slice(path.length)}`
  return [`← ${part} of it in ${folder}`, `← ${part} of it in ${rest}`, `← ${part} in ${rest}`]
}
