import type { Connector } from '../config/connector.js'
import { NotFoundError, UsageError } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'
import { momentOf } from './currentSources.js'
import { connectorName } from './findSnapshot.js'
import type { LakeEffects } from './lakeTables.js'
import { listReceipts, type Receipt } from './receipts.js'
import { matchSnapshot, parseSnapshotRef, type SnapshotRef } from './snapshotRef.js'

/** Which two snapshots of a connector are to be compared. */
export interface WantedPair {
  /** Name or GUID. */
  readonly connector: string
  /**
   * As {@link parseSnapshotRef} takes it; without it the base of `to`, or the one before where it has none. The name of that
   * base is taken also where it has been removed.
   */
  readonly from?: string
  /** By default the newest. */
  readonly to?: string
  /** What keys start with: only these are compared, and scans that were to find all of them are snapshots, too. */
  readonly prefix?: string
}

/** Two snapshots of one connector. */
export interface SnapshotPair {
  /** `undefined` where the base of `to` has been removed: its changes are in the lake. */
  readonly from: Receipt | undefined
  readonly fromName: string
  /** What changes are told of: it may be the earlier one. */
  readonly to: Receipt
  /** What the keys that are compared start with; empty for all. */
  readonly prefix: string
}

/**
 * The two snapshots. Samples are none of them: what a sample lacks isn't deleted.
 * @throws {NotFoundError} for a connector or a snapshot that isn't there, or has nothing to be compared with
 * @throws {UsageError} for text that names no snapshot, and for a sample
 */
export async function getPair(
  wanted: WantedPair,
  declared: readonly Connector[],
  effects: LakeEffects,
): Promise<SnapshotPair> {
  parseRefs(wanted) // what is mistyped needs no lake to be told
  return pickPair(wanted, declared, await listReceipts(effects))
}

const parseRefs = ({ from, to }: WantedPair) =>
  [from, to].map(text => (text === undefined ? undefined : parseSnapshotRef(text)))

/** As {@link getPair}, of receipts that were listed. */
export function pickPair(wanted: WantedPair, declared: readonly Connector[], all: readonly Receipt[]): SnapshotPair {
  const refs = parseRefs(wanted)
  const { prefix = '' } = wanted
  const known = candidatesOf(connectorName(wanted.connector, declared, all), all, prefix)
  const to = pick(known, refs[1] ?? { text: 'latest', back: 0 })
  if (refs[0]) {
    if (isRemovedBase(wanted.from, to, known)) return { from: undefined, fromName: refs[0].text, to, prefix }
    const from = pick(known, refs[0])
    return { from, fromName: from.snapshot, to, prefix }
  }
  const hasBase = prefix === '' && to.base_snapshot !== null
  const before = hasBase ? baseOf(to, known) : known.whole[known.whole.indexOf(to) + 1]
  const fromName = before?.snapshot ?? to.base_snapshot
  if (fromName === null || (!hasBase && !before)) throw nothingBefore(to)
  return { from: before, fromName, to, prefix }
}

interface WantedWhole {
  readonly connector: string
  readonly at?: string
  readonly prefix?: string
}

/** A whole snapshot of a connector, of receipts that were listed. @throws {NotFoundError} @throws {UsageError} */
export function pickWholeSnapshot(
  wanted: WantedWhole,
  declared: readonly Connector[],
  all: readonly Receipt[],
): Receipt {
  const ref = parseSnapshotRef(wanted.at ?? 'latest')
  return pick(candidatesOf(connectorName(wanted.connector, declared, all), all, wanted.prefix ?? ''), ref)
}

/** Whether `to` is the earlier of the two: what changed is then told backwards. */
export const isBackwards = ({ from, to }: SnapshotPair): boolean => from !== undefined && momentOf(from) > momentOf(to)

/** What a connector has to choose from, newest first. */
interface Candidates {
  readonly connector: string
  readonly prefix: string
  /** Snapshots that hold every key which starts with the prefix. */
  readonly whole: readonly Receipt[]
  readonly samples: readonly Receipt[]
}

function candidatesOf(connector: string, receipts: readonly Receipt[], prefix: string): Candidates {
  const found = receipts
    .filter(receipt => receipt.connector === connector && prefix.startsWith(receipt.scope))
    .sort((a, b) => (momentOf(a) > momentOf(b) ? -1 : momentOf(a) < momentOf(b) ? 1 : a.scope.length - b.scope.length))
  return {
    connector,
    prefix,
    whole: found.filter(({ sample_rate }) => sample_rate === null),
    samples: found.filter(({ sample_rate }) => sample_rate !== null),
  }
}

function pick(known: Candidates, ref: SnapshotRef): Receipt {
  const found = matchSnapshot(ref, known.whole)
  if (found) return found
  const sample = 'back' in ref ? undefined : matchSnapshot(ref, known.samples)
  if (sample) throw sampleRefused(sample)
  throw notFound(known, ref)
}

const baseOf = (to: Receipt, { whole }: Candidates): Receipt | undefined =>
  whole.find(({ snapshot, scope }) => snapshot === to.base_snapshot && scope === to.scope)

/** Whether that is what `to` was compared with, whose receipt is gone: the changes of all keys are in the lake still. */
function isRemovedBase(from: string | undefined, to: Receipt, { whole, samples, prefix }: Candidates): boolean {
  if (prefix !== '' || from === undefined || from !== to.base_snapshot) return false
  const ref = parseSnapshotRef(from)
  return [whole, samples].every(receipts => matchSnapshot(ref, receipts) === undefined)
}

const NOT_DELETED = "what a sample lacks isn't deleted"

const sampleRefused = ({ connector, snapshot }: Receipt): UsageError =>
  new UsageError({
    subject: `${connector} ${snapshot}`,
    expected: 'a whole snapshot',
    got: `a sample: ${NOT_DELETED}`,
    fix: `stocktake snapshots ${connector}`,
  })

function notFound({ connector, whole, samples, prefix }: Candidates, ref: SnapshotRef): NotFoundError {
  const [newest] = whole
  const wholeName = prefix === '' ? 'whole snapshot' : `snapshot of all keys that start with ${JSON.stringify(prefix)}`
  if (!newest)
    return new NotFoundError({
      subject: `connector ${connector}`,
      got: `no ${samples.length > 0 || prefix !== '' ? wholeName : 'snapshot'} of it yet${samples.length > 0 ? `: ${NOT_DELETED}` : ''}`,
      fix: samples.length > 0 ? `stocktake scan ${connector} --full` : `stocktake import ${connector}`,
    })
  const names = whole.map(({ snapshot }) => snapshot)
  const oldest = whole.length === 1 ? `${newest.snapshot} is the only one` : `latest~${whole.length - 1} is the oldest`
  const fix = 'back' in ref ? oldest : `${newest.snapshot} is the newest: stocktake snapshots ${connector}`
  return new NotFoundError({
    subject: `snapshot ${JSON.stringify(ref.text)}`,
    got: `no such ${wholeName} of ${connector}`,
    fix: ('back' in ref ? undefined : formatSuggestion(ref.text, names)) ?? fix,
  })
}

const nothingBefore = ({ connector, snapshot }: Receipt): NotFoundError =>
  new NotFoundError({
    subject: `${connector} ${snapshot}`,
    got: 'the first snapshot, with nothing to compare it with',
    fix: 'import another report',
  })
