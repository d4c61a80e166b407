import type { Prices } from '../config/prices.js'
import { countText, formatBytes, formatCents, formatCount, formatDuration, formatShare } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import type { ChangeTotals } from '../snapshot/changeListing.js'
import { listingCost } from '../snapshot/listingCost.js'
import type { Receipt } from '../snapshot/receipts.js'
import type { ScanOutcome } from '../snapshot/scanBucket.js'
import type { Estimate, ScanEstimate } from '../snapshot/scanEstimate.js'
import { totalsText } from './importScreen.js'

interface ScanFacts {
  readonly totals: ChangeTotals | undefined
  /** The lake, as it would be typed. */
  readonly place: string
  /** What requests cost; `undefined` where none are made, as for a folder. */
  readonly prices: Prices | undefined
}

/** What a person sees of a scan that is done, a line each. */
export function scannedLines(
  { receipt, estimate }: Pick<ScanOutcome, 'receipt' | 'estimate'>,
  { totals, place, prices }: ScanFacts,
): string[] {
  const { connector, snapshot, scope, sample_rate } = receipt
  return [
    `scanned ${connector} ${snapshot} into ${place}`,
    ...(scope === '' ? [] : [`  only keys that start with ${escapeControls(scope)}`]),
    pair(
      `${countText(receipt.object_count, 'object')}${estimate ? ' listed' : ''}`,
      formatBytes(receipt.total_size_bytes),
    ),
    ...(estimate && sample_rate !== null ? [`  ${estimateText(estimate, sample_rate)}`] : []),
    ...(totals ? [pair(`against ${totals.base_snapshot}`, totalsText(totals))] : []),
    ...(prices ? [`  ${requestsText(receipt, prices)}`] : []),
    `  ${formatDuration(Number(receipt.duration_ms))}, ${formatBytes(receipt.peak_memory_bytes)} memory`,
  ]
}

/** `about 10,200 objects ± 900, 41.2 GB ± 3.0 GB (1 standard error), from 10 % of the folders` */
export function estimateText({ objectCount, sizeBytes }: ScanEstimate, rate: number): string {
  const objects = `${formatCount(rounded(objectCount))} objects ± ${formatCount(roundedError(objectCount))}`
  const bytes = `${formatBytes(sizeBytes.value)} ± ${formatBytes(sizeBytes.standardError)}`
  return `about ${objects}, ${bytes} (1 standard error), from ${formatShare(rate)} of the folders`
}

const LEFT_WIDTH = 33

const pair = (left: string, right: string): string => `  ${left.padEnd(LEFT_WIDTH - 2)}  ${right}`

/** Digits below the first of the error say nothing. */
const stepOf = ({ standardError }: Estimate): number => Math.max(1, 10 ** Math.floor(Math.log10(standardError)))

const rounded = (estimate: Estimate): number => Math.round(estimate.value / stepOf(estimate)) * stepOf(estimate)

const roundedError = (estimate: Estimate): number =>
  Math.ceil(estimate.standardError / stepOf(estimate)) * stepOf(estimate)

function requestsText({ list_requests }: Receipt, prices: Prices): string {
  const { usd } = listingCost(list_requests * KEYS_PER_REQUEST, prices)
  return `${countText(list_requests, 'request')} (${formatCents(usd, 'less than ')})`
}

/** The cost is told for a listing of so many keys. */
const KEYS_PER_REQUEST = 1000n
