import type { Stream } from '../config/stream.js'
import type { Catalog } from '../iceberg/catalog.js'
import { currentSnapshot } from '../iceberg/metadata.js'
import { isLeaseHeld } from '../lake/lease.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { countState } from '../tables/stateCounts.js'
import { countRejected } from './countRejected.js'
import { type IngestState, loadIngestState } from './ingestState.js'
import { type ListedSegment, listSegments } from './listSegments.js'
import { activeFolder, readyFolder } from './streamPlaces.js'
import { EVENTS, streamTableName } from './streamTables.js'

/**
 * What becomes of a stream's ingest: it runs; it was ended; it died, or has said nothing for longer than a lease's time;
 * there never was one.
 */
export const STREAM_STATES = ['running', 'stopped', 'died', 'never'] as const

/** How a stream goes. Counts of records are those of all its ingests together, as they last told: each ten seconds. */
export interface StreamStatus {
  readonly stream: string
  readonly source: Stream['source']
  readonly state: (typeof STREAM_STATES)[number]
  /** Who ingests it, or did before it died; NULL otherwise. */
  readonly host: string | null
  readonly pid: number | null
  /** Since when that is so. */
  readonly since: Date | null
  /** Since when the source is connected; NULL while it isn't. */
  readonly connected_at: Date | null
  /** When the last record was received that is stored. */
  readonly last_record_at: Date | null
  /** Milliseconds since then; NULL before the first. */
  readonly lag_ms: number | null
  /** How long that may be, milliseconds. */
  readonly freshness_ms: number
  /** Whether it is longer, or there is no record at all of an ingest that was begun. */
  readonly is_late: boolean
  readonly records: number
  readonly records_per_second: number
  readonly gaps: number
  readonly missed_records: number
  readonly missed_heartbeats: number
  readonly reconnects: number
  /** Segments that are being written, or were left behind. */
  readonly active_segments: number
  readonly active_bytes: number
  /** Segments that wait for an etl. */
  readonly waiting_segments: number
  readonly waiting_bytes: number
  /** When the one that waits the longest was written; NULL where none does. */
  readonly waiting_since: Date | null
  readonly rejected_files: number
  readonly rejected_bytes: number
  /** NULL where there are too many to be read at each look. */
  readonly rejected_lines: number | null
  /** Of all tables; NULL where a table doesn't tell. */
  readonly row_count: number | null
  readonly size_bytes: number | null
  /** When rows were last added. */
  readonly committed_at: Date | null
  readonly tables: readonly StreamTable[]
}

/** A table of a stream. One that isn't there yet has no rows and was never committed to. */
export interface StreamTable {
  readonly table: string
  readonly row_count: number | null
  readonly file_count: number | null
  readonly size_bytes: number | null
  readonly committed_at: Date | null
}

export interface StreamStatusEffects {
  readonly store: ObjectStore
  readonly catalog: Pick<Catalog, 'load'>
  readonly now: () => Date
}

/** How a stream goes: a few listings, a document, and the metadata of its tables. @throws {DocumentFormatError} */
export async function loadStreamStatus(stream: Stream, effects: StreamStatusEffects): Promise<StreamStatus> {
  const { store } = effects
  const state = await loadIngestState(store, stream.name)
  const [active, waiting, rejected, tables] = await Promise.all([
    listSegments(store, activeFolder(stream.name)),
    listSegments(store, readyFolder(stream.name)),
    countRejected(store, stream.name),
    loadTables(stream, effects),
  ])
  return {
    stream: stream.name,
    source: stream.source,
    ...(await judgeIngest(state, stream, effects.now())),
    active_segments: active.length,
    active_bytes: sumBytes(active),
    waiting_segments: waiting.length,
    waiting_bytes: sumBytes(waiting),
    waiting_since: earliest(waiting.map(({ lastModified }) => lastModified)),
    rejected_files: rejected.files,
    rejected_bytes: rejected.bytes,
    rejected_lines: rejected.lines,
    row_count: sum(tables.map(({ row_count }) => row_count)),
    size_bytes: sum(tables.map(({ size_bytes }) => size_bytes)),
    committed_at: latest(tables.map(({ committed_at }) => committed_at)),
    tables,
  }
}

async function judgeIngest(state: IngestState | undefined, { freshMs }: Stream, now: Date) {
  const { holder = null, figures = null } = state ?? {}
  const isRunning = holder !== null && (await isLeaseHeld(holder, now))
  const lastMs = figures?.last_record_at?.getTime()
  // A clock that is behind the one of who ingests makes no record of the future.
  const lag_ms = lastMs === undefined ? null : Math.max(0, now.getTime() - lastMs)
  return {
    state: stateOf(state, isRunning),
    host: holder?.host ?? null,
    pid: holder ? (holder.worker ?? holder.runner).pid : null,
    since: holder?.since ?? null,
    connected_at: isRunning ? (figures?.connected_at ?? null) : null,
    last_record_at: figures?.last_record_at ?? null,
    lag_ms,
    freshness_ms: freshMs,
    is_late: state !== undefined && (lag_ms === null || lag_ms > freshMs),
    records: figures?.records ?? 0,
    records_per_second: isRunning ? (figures?.records_per_second ?? 0) : 0,
    gaps: figures?.gaps ?? 0,
    missed_records: figures?.missed_records ?? 0,
    missed_heartbeats: figures?.missed_heartbeats ?? 0,
    reconnects: figures?.reconnects ?? 0,
  }
}

function stateOf(state: IngestState | undefined, isRunning: boolean): StreamStatus['state'] {
  if (isRunning) return 'running'
  if (state?.holder) return 'died'
  return state ? 'stopped' : 'never'
}

async function loadTables(stream: Stream, { catalog }: StreamStatusEffects): Promise<StreamTable[]> {
  const names = [...new Set([...stream.channels, EVENTS])].map(channel => streamTableName(stream, channel))
  return Promise.all(names.map(name => loadTable(name, catalog)))
}

async function loadTable(name: string, catalog: StreamStatusEffects['catalog']): Promise<StreamTable> {
  const table = await catalog.load(name)
  const snapshot = table && currentSnapshot(table.metadata)
  if (!snapshot) return { table: name, row_count: 0, file_count: 0, size_bytes: 0, committed_at: null }
  const { row_count, file_count, size_bytes } = countState(snapshot)
  return { table: name, row_count, file_count, size_bytes, committed_at: new Date(snapshot['timestamp-ms']) }
}

const sumBytes = (segments: readonly ListedSegment[]): number =>
  segments.reduce((total, { sizeBytes }) => total + sizeBytes, 0)

/** NULL where one of them isn't known. */
const sum = (counts: readonly (number | null)[]): number | null =>
  counts.reduce<number | null>((total, count) => (total === null || count === null ? null : total + count), 0)

const earliest = (times: readonly Date[]): Date | null =>
  times.reduce<Date | null>((first, time) => (first && first <= time ? first : time), null)

const latest = (times: readonly (Date | null)[]): Date | null =>
  times.reduce<Date | null>((last, time) => (last && (!time || last >= time) ? last : time), null)
