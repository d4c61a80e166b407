import { DEFAULT_PRICES, DEFAULT_PRICES_AS_OF, type Prices } from '../config/prices.js'
import { formatAge, formatShare } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { currentSources, latestReceipts } from './currentSources.js'
import type { Receipt } from './receipts.js'
import type { Report } from './report.js'
import { parseSnapshotName } from './snapshotName.js'

/** What a report was made of. */
export interface ReportFacts {
  readonly report: Report
  /** Those of the lake. */
  readonly receipts: readonly Receipt[]
  /** The one that the report is about; NULL for all. */
  readonly connector: string | null
  readonly now: Date
}

const MOST_LINES = 5

/** The views by name, as columns may be called `is_latest`. */
const LATEST = /\b(objects|folders|changes)_latest\b/i
const CURRENT = /\bobjects_current\b/i

/**
 * Which snapshots a report is about, a line each: `photos 2026-01-20T01-00Z, 2 days old`; samples, whose figures are not
 * those of the bucket, come first. None for a report that doesn't read the newest.
 */
export function headingLines(facts: ReportFacts): string[] {
  const lines = reportSources(facts).map(({ receipt, scans }) => snapshotText(receipt, scans, facts.now))
  const others = lines.length - MOST_LINES
  return others > 1 ? [...lines.slice(0, MOST_LINES), `and ${others} other connectors`] : lines
}

/** The newest snapshot of a connector, and the scans that are laid over it. */
export interface ReportSource {
  readonly receipt: Receipt
  readonly scans: readonly Receipt[]
}

/** Which snapshots a report is about, samples first, then by connector; none where it doesn't read the newest. */
export function reportSources({ report, receipts, connector }: Omit<ReportFacts, 'now'>): ReportSource[] {
  const hasScans = CURRENT.test(report.model.sql)
  if (!hasScans && !LATEST.test(report.model.sql)) return []
  const latest = latestReceipts(receipts)
  const scans = hasScans ? currentSources(latest, receipts).map(({ receipt }) => receipt) : []
  return latest
    .filter(receipt => connector === null || receipt.connector === connector)
    .sort(
      (a, b) => Number(a.sample_rate === null) - Number(b.sample_rate === null) || compare(a.connector, b.connector),
    )
    .map(receipt => ({ receipt, scans: scans.filter(isScanOf(receipt)) }))
}

const compare = (a: string, b: string): number => (a < b ? -1 : 1)

const isScanOf =
  ({ connector }: Receipt) =>
  (scan: Receipt): boolean =>
    scan.connector === connector && scan.scope !== ''

function snapshotText(receipt: Receipt, scans: readonly Receipt[], now: Date): string {
  const { connector, snapshot, sample_rate, object_count, total_size_bytes } = receipt
  const age = formatAge(parseSnapshotName(snapshot), now)
  const parts = [
    `${connector} ${snapshot}`,
    ...(age === '' ? [] : [`${age} old`]),
    ...(scans.length > 0 ? [`with newer scans of ${scans.map(({ scope }) => escapeControls(scope)).join(', ')}`] : []),
    ...(sample_rate === null
      ? []
      : [`a sample of ${formatShare(sample_rate)}: what was listed is shown, and not scaled`]),
    ...(total_size_bytes === 0n && object_count > 0n ? ['without sizes, or of empty objects only'] : []),
  ]
  return parts.join(', ')
}

/** What the rows alone don't say. */
export function closingLines(facts: ReportFacts, rowCount: number, prices: Prices): string[] {
  const { report, receipts } = facts
  if (receipts.length === 0) return ['no snapshots yet: stocktake import CONNECTOR']
  if (rowCount === 0) return [report.model.shownAs.none ?? 'no rows']
  const { top } = report.params
  const isCut = typeof top === 'bigint' && BigInt(rowCount) >= top
  return [...(isCut ? [`top is ${top}: there may be more, --param top=N`] : []), ...priceLines(report, prices)]
}

/** By whose prices, and of when, the figures are. */
export function priceLines({ model, params }: Report, { as_of }: Prices): string[] {
  const names = model.params.map(({ name }) => name).filter(isPrice)
  if (names.length === 0) return []
  const own = names.filter(name => params[name] !== DEFAULT_PRICES[name])
  const theirs = `those of us-east-1 on ${DEFAULT_PRICES_AS_OF}, without taxes and discounts`
  if (own.length === 0) return [`prices are ${theirs}`]
  const ours = `${own.length} of yours${as_of === undefined ? '' : ` of ${as_of}`}`
  return [own.length === names.length ? `prices are ${ours}` : `prices are ${ours}, the others ${theirs}`]
}

const isPrice = (name: string): name is keyof typeof DEFAULT_PRICES => Object.hasOwn(DEFAULT_PRICES, name)
