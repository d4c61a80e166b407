import type { Row } from '../engine/engine.js'
import type { Receipt } from '../snapshot/receipts.js'
import { type Names, shownPath } from '../snapshot/redaction.js'
import { priceLines } from '../snapshot/reportNotices.js'
import type { CostFigures, CostRow } from '../ui/page/pageFigures.js'
import type { Context } from './globals.js'
import type { PageAsker } from './reportPageAsker.js'

/** How many rows of folders and classes are on the page. */
const MOST_COST_ROWS = 15

/**
 * What a month costs, by class and by the dearest folders. There may be as many rows as first-level folders: they are added up
 * as they come, and the dearest kept.
 */
export async function loadPageCost(
  receipt: Receipt,
  names: Names,
  { config }: Pick<Context, 'config'>,
  { ask }: PageAsker,
): Promise<CostFigures & { readonly byClass: ReadonlyMap<string | null, number> }> {
  const { report, rows, sql } = await ask('cost')
  const byClass = new Map<string | null, number>()
  const dearest: CostRow[] = []
  let noncurrentMonthUsd: number | null = null
  let unpricedCount = 0n
  for await (const row of rows as AsyncIterable<Row> as AsyncIterable<StoredCostRow>) {
    unpricedCount += row.unpriced_count
    if (row.noncurrent_month_usd !== null) noncurrentMonthUsd = (noncurrentMonthUsd ?? 0) + row.noncurrent_month_usd
    if (row.month_usd === null) continue
    byClass.set(row.storage_class, (byClass.get(row.storage_class) ?? 0) + row.month_usd)
    if (dearest.length < MOST_COST_ROWS)
      dearest.push({
        path: shownPath(names, receipt.connector, row.path),
        storageClass: row.storage_class,
        sizeBytes: row.stored_size_bytes,
        monthUsd: row.month_usd,
      })
  }
  const monthUsd = byClass.size === 0 ? null : [...byClass.values()].reduce((sum, usd) => sum + usd, 0)
  dearest.sort((a, b) => b.monthUsd - a.monthUsd || (a.path < b.path ? -1 : 1)) // not by names, which may be redacted
  const [prices = ''] = priceLines(report, config.prices)
  return { sql, monthUsd, noncurrentMonthUsd, unpricedCount, dearest, prices: `${sentence(prices)}.`, byClass }
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

interface StoredCostRow {
  readonly path: string
  readonly storage_class: string | null
  readonly stored_size_bytes: bigint | null
  readonly month_usd: number | null
  readonly noncurrent_month_usd: number | null
  readonly unpriced_count: bigint
}
