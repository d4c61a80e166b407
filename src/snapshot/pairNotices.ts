import { formatCount } from '../output/quantities.js'
import type { ComparedColumn } from './knownColumns.js'
import type { Receipt } from './receipts.js'
import type { SnapshotPair } from './snapshotPair.js'

// What to bear in mind about a comparison of two snapshots.

/**
 * A malformed row is of no known object: where its key could not be counted, it looks as if it were gone, or new.
 * @param looks what its key may be told as; `undefined` where there are none
 */
export const rejectedText = (
  { rejected_row_count, snapshot }: Receipt,
  looks: string,
  where = snapshot,
): string | undefined =>
  rejected_row_count === 0n
    ? undefined
    : `${formatCount(rejected_row_count)} malformed row${rejected_row_count === 1n ? '' : 's'} left out of ${where}: as many keys may be told as ${looks} that are not`

/** {@link rejectedText} of both snapshots of a pair. */
export const rejectedTexts = ({ from, to }: Pick<SnapshotPair, 'from' | 'to'>): string[] =>
  [from && rejectedText(from, 'new'), rejectedText(to, 'deleted')].filter(text => text !== undefined)

/** A snapshot, and those columns that tell content which it has no values of. */
export interface Lack {
  readonly receipt: Receipt
  readonly columns: readonly ComparedColumn[]
  /** What it is called, where there is more to say than the name of the snapshot. */
  readonly name?: string
}

/** `compared by size only: the report of 2026-01-13T01-00Z has no ETag`; `undefined` where nothing lacks. */
export function lackingText(found: readonly Lack[]): string | undefined {
  const [eTag, size] = (['e_tag', 'size'] as const).map(column =>
    found.filter(({ columns }) => columns.includes(column)),
  )
  const texts = [...lackText(eTag ?? [], 'ETag'), ...lackText(size ?? [], 'size')]
  if (texts.length === 0) return undefined
  const compared =
    texts.length === 2 ? 'content is not compared' : `compared by ${size?.length === 0 ? 'size' : 'ETag'} only`
  const bytes = size?.length === 0 ? '' : '; bytes are not known'
  return `${compared}: ${texts.join(', and ')}${bytes}`
}

function lackText(found: readonly Lack[], what: string): string[] {
  if (found.length === 0) return []
  const names = found.map(
    ({ receipt: { source, snapshot }, name = snapshot }) => `${source === 'api' ? 'scan' : 'report'} of ${name}`,
  )
  return [`the ${names.join(' and the ')} ${names.length === 1 ? 'has' : 'have'} no ${what}`]
}
