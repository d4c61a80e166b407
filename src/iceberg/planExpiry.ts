import { z } from 'zod'
import { keepBatches } from './batches.js'
import { TableFormatError } from './errors.js'
import type { Snapshot, TableMetadata } from './metadata.js'

export interface ExpiryOptions {
  /** So many of the newest snapshots stay, however old they are. */
  readonly keep: number
  /** A snapshot stays for so long after another took its place: those who read it may not have finished. */
  readonly graceMs: number
}

/** Which snapshots of a table go. */
export interface Expiry {
  readonly kept: readonly Snapshot[]
  readonly expired: readonly Snapshot[]
  /** The table's metadata without the expired ones. */
  readonly metadata: TableMetadata
}

/**
 * Decides which snapshots a table no longer needs (spec, "Snapshot Retention Policy"): neither the current one nor one that
 * a branch or tag names, nor what a branch asks to be kept before it, nor one of the newest, nor one within its grace time.
 * Branches and tags stay, and so does everything in a table whose owner forbids removal (`gc.enabled`). The names of batches
 * that are in the table outlive the snapshots that brought them.
 * @throws {TableFormatError}
 */
export function planExpiry(metadata: TableMetadata, { keep, graceMs }: ExpiryOptions, now: Date): Expiry {
  const { snapshots } = metadata
  if (!mayRemove(metadata)) return { kept: snapshots, expired: [], metadata }
  const newest = snapshots.toSorted(byAge).slice(-Math.max(1, keep))
  const wanted = new Set([...newest.map(idOf), ...referenced(metadata, now), metadata['current-snapshot-id']])
  const isKept = (snapshot: Snapshot): boolean =>
    wanted.has(idOf(snapshot)) || now.getTime() - endedMs(metadata, snapshot) <= graceMs
  const kept = snapshots.filter(isKept)
  const expired = snapshots.filter(snapshot => !kept.includes(snapshot))
  return { kept, expired, metadata: expired.length > 0 ? keepBatches(metadata, without(metadata, expired)) : metadata }
}

/** Whether a table's files may be removed: another catalog's table, or one that shares its files, says that they may not. */
export const mayRemove = ({ properties }: TableMetadata): boolean => properties['gc.enabled'] !== 'false'

/** Where the statistics of snapshots are, whatever their kind. @throws {TableFormatError} */
export function statisticsPaths(metadata: TableMetadata, snapshots: readonly Snapshot[]): string[] {
  const ids = new Set(snapshots.map(idOf))
  const entries = STATISTICS.flatMap(name => readStatistics(metadata, name))
  return entries.filter(entry => ids.has(BigInt(entry['snapshot-id']))).map(entry => entry['statistics-path'])
}

const idOf = (snapshot: Snapshot): bigint => snapshot['snapshot-id']

/** Sequence numbers say which came first; those of a table that was once version 1 are all zero. */
const byAge = (a: Snapshot, b: Snapshot): number =>
  a['sequence-number'] - b['sequence-number'] || a['timestamp-ms'] - b['timestamp-ms']

/** When a snapshot ceased to be the current one; of one that never was, when it was made. */
function endedMs({ 'snapshot-log': log }: TableMetadata, snapshot: Snapshot): number {
  const last = log.findLastIndex(entry => entry['snapshot-id'] === idOf(snapshot))
  const next = last < 0 ? undefined : log[last + 1]
  return Math.max(snapshot['timestamp-ms'], next?.['timestamp-ms'] ?? 0)
}

const retention = z.looseObject({
  'min-snapshots-to-keep': z.int().nullish(),
  'max-snapshot-age-ms': z.union([z.int(), z.bigint()]).nullish(),
})

/** The heads of branches and tags, and of each branch as many before its head as it asks for. */
function referenced(metadata: TableMetadata, now: Date): bigint[] {
  const byId = new Map(metadata.snapshots.map(snapshot => [idOf(snapshot), snapshot]))
  return Object.values(metadata.refs).flatMap(ref => {
    const { data = {} } = retention.safeParse(ref)
    const least = ref.type === 'branch' ? (data['min-snapshots-to-keep'] ?? 1) : 1
    const asked = ref.type === 'branch' ? data['max-snapshot-age-ms'] : undefined
    const longest = Number(asked ?? Number.NEGATIVE_INFINITY) // none stays for its age, also where it is newer than now
    const kept = [ref['snapshot-id']]
    const seen = new Set<bigint>(kept)
    for (let at = parentOf(byId, ref['snapshot-id']); at && !seen.has(idOf(at)); at = parentOf(byId, idOf(at))) {
      seen.add(idOf(at))
      if (kept.length >= least && now.getTime() - at['timestamp-ms'] > longest) break
      kept.push(idOf(at))
    }
    return kept
  })
}

function parentOf(byId: ReadonlyMap<bigint, Snapshot>, id: bigint): Snapshot | undefined {
  const parent = byId.get(id)?.['parent-snapshot-id']
  return parent === undefined ? undefined : byId.get(parent)
}

function without(metadata: TableMetadata, expired: readonly Snapshot[]): TableMetadata {
  const gone = new Set(expired.map(idOf))
  const snapshots = metadata.snapshots.filter(snapshot => !gone.has(idOf(snapshot)))
  const statistics = STATISTICS.filter(name => name in metadata).map(name => [
    name,
    readStatistics(metadata, name).filter(entry => !gone.has(BigInt(entry['snapshot-id']))),
  ])
  return { ...metadata, snapshots, 'snapshot-log': cutLog(metadata, gone), ...Object.fromEntries(statistics) }
}

/** A log with a gap would give a wrong answer for a time in the gap: what comes before one is left out. */
function cutLog({ 'snapshot-log': log }: TableMetadata, gone: ReadonlySet<bigint>): TableMetadata['snapshot-log'] {
  return log.slice(log.findLastIndex(entry => gone.has(entry['snapshot-id'])) + 1)
}

/** What other engines keep of a snapshot beside it (spec, "Table Statistics" and "Partition Statistics"). */
const STATISTICS = ['statistics', 'partition-statistics'] as const

const statisticsFiles = z
  .array(z.looseObject({ 'snapshot-id': z.union([z.int(), z.bigint()]), 'statistics-path': z.string() }))
  .nullish()

function readStatistics(metadata: TableMetadata, name: (typeof STATISTICS)[number]) {
  const found: unknown = name in metadata ? Object.entries(metadata).find(([key]) => key === name)?.[1] : undefined
  const parsed = statisticsFiles.safeParse(found)
  if (parsed.success) return parsed.data ?? []
  throw new TableFormatError({
    subject: `${metadata.location}: ${name}`,
    expected: 'a list of files with their snapshots',
    cause: parsed.error,
  })
}
