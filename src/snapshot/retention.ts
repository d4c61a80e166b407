import { currentSources, latestReceipts } from './currentSources.js'
import type { Receipt } from './receipts.js'
import { compareSnapshotNames, parseSnapshotName } from './snapshotName.js'

/** How many days, ISO weeks and months that have snapshots keep the newest of theirs. */
export interface Keep {
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
}

/** Why a snapshot stays. */
export type KeepReason =
  /** What `…_latest` and `objects_current` show of its connector. */
  | 'newest'
  /** It was imported within the last day: somebody may want it for what `keep` doesn't know of. */
  | 'imported lately'
  | 'daily'
  | 'weekly'
  | 'monthly'

export interface KeptSnapshot {
  readonly receipt: Receipt
  /** At least one, in the order of {@link KeepReason}. */
  readonly reasons: readonly KeepReason[]
}

export interface Retention {
  /** Newest first. */
  readonly keep: readonly KeptSnapshot[]
  /** Newest first. */
  readonly drop: readonly Receipt[]
}

/** What was imported later than that before now stays. */
export const LATELY_MS = 86_400_000

/**
 * Decides which snapshots stay. For each connector the whole snapshots, the samples and the scans of each prefix are counted
 * apart: of the last `daily` days (UTC) that have one the newest of each stays, likewise of ISO weeks and of months. A rule
 * doesn't use up what another keeps, and days without a snapshot count for none.
 *
 * What the newest views are made of always stays. A scan of a prefix that is older than the newest whole snapshot says
 * nothing that counts any more, and goes whatever the numbers are.
 *
 * That a snapshot's changes are told against another doesn't keep the other: the changes are rows of their own.
 */
export function planRetention(receipts: readonly Receipt[], keep: Keep, now: Date): Retention {
  const reasons = new Map<Receipt, KeepReason[]>(receipts.map(receipt => [receipt, []]))
  const add = (kept: Iterable<Receipt>, reason: KeepReason): void => {
    for (const receipt of kept) reasons.get(receipt)?.push(reason)
  }
  add(listShown(receipts), 'newest')
  add(
    receipts.filter(({ imported_at }) => now.getTime() - imported_at.getTime() < LATELY_MS),
    'imported lately',
  )
  for (const group of groupByClass(receipts)) {
    add(newestOfPeriods(group, dayOf, keep.daily), 'daily')
    add(newestOfPeriods(group, weekOf, keep.weekly), 'weekly')
    add(newestOfPeriods(group, monthOf, keep.monthly), 'monthly')
  }
  const sorted = [...reasons].sort(([a], [b]) => compareNewestFirst(a, b))
  return {
    keep: sorted.flatMap(([receipt, why]) => (why.length > 0 ? [{ receipt, reasons: why }] : [])),
    drop: sorted.flatMap(([receipt, why]) => (why.length === 0 ? [receipt] : [])),
  }
}

function listShown(receipts: readonly Receipt[]): Set<Receipt> {
  const latest = latestReceipts(receipts)
  return new Set([...latest, ...currentSources(latest, receipts).map(({ receipt }) => receipt)])
}

/** The receipts that are counted together, newest first; without scans of prefixes that a whole snapshot has overtaken. */
function groupByClass(receipts: readonly Receipt[]): Receipt[][] {
  const whole = new Map<string, Receipt>()
  for (const receipt of latestReceipts(receipts))
    if (receipt.sample_rate === null) whole.set(receipt.connector, receipt)
  const groups = new Map<string, Receipt[]>()
  for (const receipt of receipts) {
    const { connector, scope, sample_rate, snapshot } = receipt
    const newest = whole.get(connector)
    if (scope !== '' && newest && compareSnapshotNames(snapshot, newest.snapshot) <= 0) continue
    const name = JSON.stringify([connector, scope, sample_rate !== null])
    const group = groups.get(name)
    if (group) group.push(receipt)
    else groups.set(name, [receipt])
  }
  return [...groups.values()].map(group => group.sort(compareNewestFirst))
}

/** @param group newest first */
function newestOfPeriods(group: readonly Receipt[], periodOf: (time: Date) => string, most: number): Iterable<Receipt> {
  const newest = new Map<string, Receipt>()
  for (const receipt of group) {
    const period = periodOf(parseSnapshotName(receipt.snapshot))
    if (!newest.has(period)) newest.set(period, receipt)
  }
  return [...newest.values()].slice(0, most)
}

const dayOf = (time: Date): string => time.toISOString().slice(0, 10)

const monthOf = (time: Date): string => time.toISOString().slice(0, 7)

/** The week's Thursday, whose year is the week's, as ISO 8601 has it: no two weeks have the same. */
function weekOf(time: Date): string {
  const sinceMonday = (time.getUTCDay() + 6) % 7
  return dayOf(new Date(time.getTime() + (3 - sinceMonday) * 86_400_000))
}

const compareNewestFirst = (a: Receipt, b: Receipt): number =>
  compareSnapshotNames(b.snapshot, a.snapshot) || (b.import_id > a.import_id ? 1 : b.import_id < a.import_id ? -1 : 0)
