import { quoteString } from '../engine/sqlText.js'
import type { Receipt } from './receipts.js'

/** A snapshot that says what is there now, but for the keys that a newer scan was to find. */
export interface CurrentSource {
  readonly receipt: Receipt
  /** What these keys start with: code points, to be taken as they are. */
  readonly except: readonly string[]
}

/**
 * What the view `objects_current` is made of (sql/views/objects_current.sql has the rule in SQL): each connector's latest
 * snapshot, and the newest scan of each prefix that is newer. For each key the newest counts whose scope it lies in.
 * A sample is laid over nothing; where the latest is one, every scan is laid over it.
 *
 * @param latest of each connector one or none
 */
export function currentSources(latest: readonly Receipt[], receipts: readonly Receipt[]): CurrentSource[] {
  const scans = newestScans(receipts).filter(scan => {
    const base = latest.find(({ connector }) => connector === scan.connector)
    return !base || base.sample_rate !== null || momentOf(scan) > momentOf(base)
  })
  const isOver = (scan: Receipt, receipt: Receipt): boolean =>
    scan.connector === receipt.connector && (receipt.scope === '' || isNewer(scan, receipt))
  return [...latest, ...scans].flatMap(receipt => {
    const above = scans.filter(scan => isOver(scan, receipt)).map(({ scope }) => scope)
    if (receipt.scope !== '' && above.some(scope => receipt.scope.startsWith(scope))) return [] // covers all of it
    return [{ receipt, except: outermost(above.filter(scope => scope.startsWith(receipt.scope))) }]
  })
}

/** The receipts of each connector's newest snapshot: of the whole bucket, or where there is none, of a sample. */
export function latestReceipts(receipts: readonly Receipt[]): Receipt[] {
  const latest = new Map<string, Receipt>()
  for (const receipt of receipts) {
    if (receipt.scope !== '') continue
    const other = latest.get(receipt.connector)
    if (!other || isLater(receipt, other)) latest.set(receipt.connector, receipt)
  }
  return [...latest.values()]
}

function isLater(a: Receipt, b: Receipt): boolean {
  if ((a.sample_rate === null) !== (b.sample_rate === null)) return a.sample_rate === null
  return momentOf(a) > momentOf(b)
}

/** The time in a snapshot's name, as text in the order of time: without the Z a scan comes after the report of its minute. */
export const momentOf = ({ snapshot }: Receipt): string => snapshot.replace('Z', '')

/** An SQL condition that keys meet which start with one of some prefixes. */
export const startsWithAny = (scopes: readonly string[]): string =>
  scopes.map(scope => `starts_with(key, ${quoteString(scope)})`).join(' or ')

/** No text in SQL holds NUL: a scan of such a prefix, which no key of S3 has, would take all views with it. */
const isUnsayable = ({ scope }: Receipt): boolean => scope.includes('\0')

/** The newest of each connector and prefix. */
function newestScans(receipts: readonly Receipt[]): Receipt[] {
  const newest = new Map<string, Receipt>()
  for (const receipt of receipts) {
    if (receipt.scope === '' || receipt.sample_rate !== null || isUnsayable(receipt)) continue
    const name = JSON.stringify([receipt.connector, receipt.scope])
    const other = newest.get(name)
    if (!other || isNewer(receipt, other)) newest.set(name, receipt)
  }
  return [...newest.values()]
}

/** Of two of one moment, the one that was made later. */
const isNewer = (a: Receipt, b: Receipt): boolean =>
  momentOf(a) > momentOf(b) || (momentOf(a) === momentOf(b) && a.import_id > b.import_id)

/** Without those that start with another. */
const outermost = (scopes: readonly string[]): string[] =>
  scopes.filter(scope => !scopes.some(other => other !== scope && scope.startsWith(other)))
