import { selectFiles } from '../engine/tableScan.js'
import type { Predicate } from '../iceberg/plan.js'
import {
  type CurrentSource,
  currentSources,
  latestReceipts,
  momentOf,
  startsWithAny,
} from '../snapshot/currentSources.js'
import { ofImport } from '../snapshot/dataFiles.js'
import { selectLoaded } from '../snapshot/lakeTables.js'
import type { Receipt } from '../snapshot/receipts.js'
import { parseSnapshotName } from '../snapshot/snapshotName.js'
import { OBJECTS } from '../snapshot/tables.js'
import type { VouchedLake } from '../snapshot/vouched.js'

/** What the lake knows of the keys that start with a prefix, and since when. */
export interface Look {
  /** When the bucket was looked at: what was to come later can't be missing yet. */
  readonly lookedAt: Date
  /** When some of the keys were listed last: newer scans of parts show what came since. */
  readonly newestAt: Date
  /** Whether all keys are known. */
  readonly isWhole: boolean
  /** Prefixes whose keys are all known: one that covers all, or where there is none, those that lie below. */
  readonly judged: readonly JudgedScope[]
  /** Of the keys that no listing covers; `undefined` where there are none. */
  readonly sampleRate: number | undefined
  /** Malformed rows that listings of these keys left out, where not all keys are known. */
  readonly rejectedRowCount: bigint
}

export interface JudgedScope {
  readonly scope: string
  /** When it was listed: the time in the snapshot's name, as text in the order of time. */
  readonly moment: string
}

/**
 * What is known of some keys of a connector's bucket. A sample tells nothing of what isn't in it; neither does a listing
 * that is older than the sample which says when the bucket was looked at last, nor one that left out malformed rows: any
 * key may have been in them.
 * @returns `undefined` where nobody has looked yet
 */
export function findLook(connector: string, prefix: string, receipts: readonly Receipt[]): Look | undefined {
  const current = sourcesOf(connector, receipts)
  const sources = current.map(({ receipt }) => receipt)
  const sample = sources.find(({ sample_rate }) => sample_rate !== null)
  const complete = sources.filter(({ sample_rate }) => sample_rate === null)
  const covering = newestFirst(complete.filter(({ scope }) => prefix.startsWith(scope)))
  const below = newestFirst(
    complete
      .filter(({ scope }) => scope !== prefix && scope.startsWith(prefix))
      .filter(scan => !sample || covering.length > 0 || momentOf(scan) > momentOf(sample)),
  )
  const [newest] = covering
  const seen = newest ?? sample ?? below.at(-1)
  if (!seen) return undefined
  const judged = [...covering, ...below].filter(listing => provesAbsence(listing, sources))
  const isWhole = judged.some(({ scope }) => prefix.startsWith(scope))
  const showing = current.filter(source => showsSome(source, prefix)).map(({ receipt }) => receipt)
  const [last = seen] = newestFirst(showing)
  return {
    lookedAt: parseSnapshotName(seen.snapshot),
    newestAt: parseSnapshotName(last.snapshot),
    isWhole,
    judged: judged.map(receipt => ({ scope: receipt.scope, moment: momentOf(receipt) })),
    sampleRate: newest ? undefined : (sample?.sample_rate ?? undefined),
    rejectedRowCount: isWhole ? 0n : showing.reduce((sum, receipt) => sum + receipt.rejected_row_count, 0n),
  }
}

/** Of the keys below its scope it must know each: no newer listing of some of them may lack any. */
const provesAbsence = (listing: Receipt, sources: readonly Receipt[]): boolean =>
  !sources
    .filter(({ rejected_row_count }) => rejected_row_count > 0n)
    .some(flawed => overlaps(flawed.scope, listing.scope) && momentOf(flawed) >= momentOf(listing))

/** Whether the keys are known from that source, or some of them. */
const showsSome = ({ receipt, except }: CurrentSource, prefix: string): boolean =>
  overlaps(receipt.scope, prefix) && !except.some(scope => prefix.startsWith(scope))

const overlaps = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a)

/**
 * A SELECT of what the view `objects_current` has of a connector's keys that start with a prefix, and perhaps others; with
 * the columns of `objects`.
 */
export async function selectObjectsBelow(
  connector: string,
  prefix: string,
  { receipts, tables }: VouchedLake,
): Promise<string> {
  const table = tables.get(OBJECTS.name)
  const selects = [selectFiles(OBJECTS.schema, [])]
  for (const { receipt, except } of sourcesOf(connector, receipts)) {
    const { scope } = receipt
    if (!table || !overlaps(scope, prefix)) continue
    const files = await selectLoaded(table, [...ofImport(receipt), { column: 'key', op: 'starts-with', value: prefix }])
    const condition = except.length === 0 ? '' : ` where not (${startsWithAny(except)})`
    selects.push(`select * from (${files})${condition}`)
  }
  return selects.join(' union all ')
}

/**
 * A SELECT of the key and the snapshot of what the newest whole snapshot has, and a newer scan was to find: whether it did
 * or not. Of keys that start with a prefix, and perhaps others.
 */
export async function selectScanned(
  connector: string,
  prefix: string,
  { receipts, tables }: VouchedLake,
): Promise<string> {
  const table = tables.get(OBJECTS.name)
  const whole = sourcesOf(connector, receipts).find(({ receipt }) => receipt.scope === '')
  const scopes = whole?.except.filter(scope => overlaps(scope, prefix)) ?? []
  if (!table || !whole || scopes.length === 0)
    return 'select cast(null as varchar) as key, cast(null as varchar) as snapshot where false'
  const predicates: Predicate[] = [...ofImport(whole.receipt), { column: 'key', op: 'starts-with', value: prefix }]
  return `select key, snapshot from (${await selectLoaded(table, predicates)})
    where is_latest and not is_delete_marker and (${startsWithAny(scopes)})`
}

/** The snapshots that say what a connector's bucket holds. */
export function sourcesOf(connector: string, receipts: readonly Receipt[]) {
  const own = receipts.filter(receipt => receipt.connector === connector)
  return currentSources(latestReceipts(own), own)
}

const newestFirst = (receipts: readonly Receipt[]): Receipt[] =>
  [...receipts].sort((a, b) => (momentOf(a) < momentOf(b) ? 1 : -1))
