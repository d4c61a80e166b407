import { relative } from 'node:path'
import type { Prices } from '../config/prices.js'
import {
  countText,
  formatBytes,
  formatCents,
  formatCount,
  formatDuration,
  formatShare,
  withSign,
} from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import type { ChangeTotals } from '../snapshot/changeListing.js'
import { listingCost } from '../snapshot/listingCost.js'
import type { Receipt } from '../snapshot/receipts.js'
import type { RejectedRows } from '../snapshot/rejectedRows.js'

/** What a person sees of an import that is done, a line each. */
export function importedLines(
  receipt: Receipt,
  totals: ChangeTotals | undefined,
  place: string,
  prices: Prices,
): string[] {
  return [
    `imported ${receipt.connector} ${receipt.snapshot} into ${place}`,
    pair(
      `${countText(receipt.row_count, 'row')}, ${formatCount(receipt.rejected_row_count)} rejected`,
      contentText(receipt),
    ),
    ...(totals ? [pair(`against ${totals.base_snapshot}`, totalsText(totals))] : []),
    `  ${requestsText(receipt, prices)}`,
    `  ${formatDuration(Number(receipt.duration_ms))}${receipt.engine === 'duckdb' ? '' : ` on ${receipt.engine}`}, ${formatBytes(receipt.peak_memory_bytes)} memory`,
  ]
}

/** `12,044 new (+31.0 GB), 377 modified, 1,902 deleted (-4.4 GB), 20 touched`; what didn't happen is left out. */
export function totalsText(totals: ChangeTotals): string {
  const parts = [
    part(totals.new_count, 'new', totals.new_size_bytes),
    part(totals.modified_count, 'modified', totals.modified_size_change),
    part(totals.deleted_count, 'deleted', -totals.deleted_size_bytes),
    part(totals.touched_count, 'touched', 0n),
  ].filter(text => text !== undefined)
  return parts.length === 0 ? 'no changes' : parts.join(', ')
}

/**
 * What a person is warned of where most of a bucket is gone: a report or a listing of another bucket, or of a part of it,
 * looks so; `undefined` where it isn't.
 */
export function lossText({ object_count }: Receipt, totals: ChangeTotals): string | undefined {
  const baseCount = object_count - totals.new_count + totals.deleted_count
  if (totals.deleted_count * 2n <= baseCount) return undefined
  const share = formatShare(Number(totals.deleted_count) / Number(baseCount))
  return `${share} of the objects of ${totals.base_snapshot} are gone: is this all of the bucket?`
}

/** A lake's place as it would be typed here: `./lake`. */
export function shownPlace(place: string, cwd: string): string {
  if (place.includes('://')) return place
  const path = relative(cwd, place)
  return path.startsWith('..') || path === '' ? place : `./${path}`
}

/** What a person is told of malformed rows; `undefined` where there are none. */
export function rejectedText({ count, shown }: RejectedRows): string | undefined {
  if (count === 0) return undefined
  const lines = shown.slice(0, SHOWN).map(({ file, line, reason, text }) => {
    const place = [file.slice(file.lastIndexOf('/') + 1), line !== undefined && `line ${line}`].filter(Boolean)
    return `  ${place.join(', ')}: ${shorten(escapeControls(keyOf(text)))}: ${escapeControls(reason)}`
  })
  const more = count - lines.length
  return [
    `${formatCount(count)} malformed ${count === 1 ? 'row was' : 'rows were'} left out`,
    ...lines,
    ...(more > 0 ? [`  … and ${formatCount(more)} more`] : []),
  ].join('\n')
}

const SHOWN = 10
const KEY_LENGTH = 80
const LEFT_WIDTH = 33

/** Of a line that could not be read, its second value, which is the key; else what there is. */
const keyOf = (text: string): string => /^"[^"]*","([^"]*)"/.exec(text)?.[1] ?? text

const shorten = (text: string): string => {
  const characters = [...text]
  return characters.length > KEY_LENGTH ? `${characters.slice(0, KEY_LENGTH - 1).join('')}…` : text
}

const pair = (left: string, right: string): string => `  ${left.padEnd(LEFT_WIDTH - 2)}  ${right}`

const part = (count: bigint, name: string, bytes: bigint): string | undefined =>
  count === 0n ? undefined : `${formatCount(count)} ${name}${bytes === 0n ? '' : ` (${withSign(bytes, formatBytes)})`}`

function contentText(receipt: Receipt): string {
  const old =
    receipt.noncurrent_object_count > 0n
      ? `; ${formatBytes(receipt.noncurrent_size_bytes)} in ${countText(receipt.noncurrent_object_count, 'old version')}`
      : ''
  return `${formatBytes(receipt.total_size_bytes)} in ${countText(receipt.object_count, 'object')}${old}`
}

function requestsText(receipt: Receipt, prices: Prices): string {
  const { file_count, verified_by, list_requests, get_requests, row_count } = receipt
  const files = file_count ?? 0n
  const checks = [verified_by.includes('md5') && 'MD5', verified_by.includes('etag') && 'ETag'].filter(Boolean)
  const verified = checks.length > 0 ? `, ${checks.join(' or ')} verified` : ''
  const made = countText(list_requests + get_requests, 'request')
  const { requests, usd } = listingCost(row_count, prices)
  const listing = `${countText(requests, 'request')} (${formatCents(usd, 'less than ')})`
  return `read ${countText(files, 'file')}${verified}, ${made}; listing would have been ${listing}`
}
