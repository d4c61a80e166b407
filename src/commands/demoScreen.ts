import type { MadeDemo } from '../demo/makeDemo.js'
import { formatBar } from '../output/bar.js'
import { formatBytes, formatCount, formatDuration, withSign } from '../output/quantities.js'
import { displayWidth } from '../output/terminal.js'
import type { VanishedRow } from '../snapshot/changeListing.js'
import type { FolderRow } from '../snapshot/folderListing.js'
import type { Receipt } from '../snapshot/receipts.js'

export function madeLine({ reports, sourceBucket }: MadeDemo): string {
  const counts = reports.map(({ objectCount }) => formatCount(objectCount)).join(' and ')
  return `made     ${reports.length} daily reports of ${sourceBucket} (${counts} objects; CSV, versions)`
}

/** One line of an import that is done; `isNew`: now, and not before. */
export function importedLine(receipt: Receipt, isNew: boolean): string {
  const parts = [
    `imported ${receipt.snapshot}`,
    `${formatCount(receipt.row_count)} rows`,
    formatBytes(receipt.total_size_bytes),
    ...(isNew
      ? [formatDuration(Number(receipt.duration_ms)), `${formatBytes(receipt.peak_memory_bytes)} memory`]
      : ['already imported']),
    ...(receipt.base_snapshot === null ? [] : [countsText(receipt)]),
  ]
  return parts.join('   ')
}

const countsText = ({ new_count, modified_count, deleted_count }: Receipt): string =>
  `+${formatCount(new_count ?? 0n)} new  ~${formatCount(modified_count ?? 0n)} modified  -${formatCount(deleted_count ?? 0n)} deleted`

const BAR_WIDTH = 18

/**
 * The largest folders as bars, with what changed since the day before.
 * @param vanished the folder that lost most
 */
export function tourLines(
  { source_bucket, dt }: Receipt,
  folders: readonly FolderRow[],
  vanished: VanishedRow | undefined,
): string[] {
  const most = folders.reduce((max, { total_size_bytes }) => Math.max(max, Number(total_size_bytes)), 1)
  const cells = folders.map(folder => [
    folder.path,
    formatBytes(folder.total_size_bytes),
    formatBar(Number(folder.total_size_bytes) / most, BAR_WIDTH).padEnd(BAR_WIDTH),
    formatCount(folder.object_count),
    folder.size_change === null ? '' : withSign(folder.size_change, formatBytes),
    remark(folder, vanished),
  ])
  const widths = cells[0]?.map((_, i) => Math.max(...cells.map(row => displayWidth(row[i] ?? '')))) ?? []
  const lines = cells.map((row, line) => {
    const padded = row.map((text, i) => {
      const space = ' '.repeat((widths[i] ?? 0) - displayWidth(text))
      const unit = line === 0 ? (UNITS[i] ?? '') : ' '.repeat(UNITS[i]?.length ?? 0)
      return (AT_RIGHT[i] ? space + text : text + space) + unit
    })
    return `  ${padded.join('  ')}`.trimEnd()
  })
  return ['', `${source_bucket} on ${dt}, the five largest folders`, ...lines]
}

const AT_RIGHT = [false, true, false, true, true, false]
/** Said once, on the first line. */
const UNITS = ['', '', '', ' objects', ' since yesterday', '']

/** What a person should know of a folder. */
function remark({ path, total_size_bytes, noncurrent_size_bytes }: FolderRow, worst: VanishedRow | undefined): string {
  if (noncurrent_size_bytes > total_size_bytes) return `${formatBytes(noncurrent_size_bytes)} in old versions`
  return worst?.path.startsWith(path) ? `${formatCount(worst.deleted_count)} files vanished from ${worst.path}` : ''
}

/**
 * What to type now.
 * @param place the demo's folder as it would be typed
 * @param program how `stocktake` is typed there
 */
export function nextLines(place: string, program: string): string[] {
  const commands = [
    [`${program} diff demo --summary`, 'what changed since yesterday'],
    [`${program} reconcile`, "what should be there and isn't"],
    [`${program} folders demo photos/`, 'where the space is'],
    [`${program} files demo photos/2022/Köln/`, 'what lies in a folder'],
    [`${program} query "select storage_class, count(*), sum(size) from objects_latest group by 1"`, ''],
    [`${program} streams replay --stdout | ${program} streams ingest coinbase --stdin`, ''],
    [`${program} streams etl coinbase --once`, 'trades that came one by one, as a table'],
    [`${program} query "select product_id, count(*), max(time) from coinbase.market_trades group by 1"`, ''],
    [`${program} serve`, 'the same on a page'],
  ]
  const width = 31 + program.length
  const lines = commands.map(([command = '', what = '']) => `  ${command.padEnd(width)}${what}`.trimEnd())
  return ['', 'next', `  cd ${quotePath(place.replace(/^\.\//, ''))}`, ...lines]
}

/** A path as a shell takes it. */
const quotePath = (path: string): string => (/^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
