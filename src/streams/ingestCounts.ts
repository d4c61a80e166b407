import type { IngestFigures } from './ingestState.js'
import type { Sequence, StreamEvent } from './recordLine.js'
import type { Flushed } from './segmentWriter.js'

/** How an ingest goes, in figures that go on from those of the ingests before. */
export interface IngestCounts {
  /** What ingest itself has to say. */
  event(event: StreamEvent, at: Date): void
  flushed(flushed: Flushed, at: Date): void
  /** @param elapsedMs by a clock that only grows: the rate is since the last time */
  tell(elapsedMs: number): IngestFigures
  /** As {@link tell}, with the rate that was told last. */
  look(): IngestFigures
  /** Goes on from what the ingests before had told. */
  goOnFrom(before: IngestFigures | null): void
}

/** The rate isn't told anew for shorter times. */
const LEAST_RATE_MS = 1_000

export function countIngest(startedAt: Date, elapsedMs: number): IngestCounts {
  const figures: { -readonly [name in keyof IngestFigures]: IngestFigures[name] } = {
    ...{ started_at: startedAt, last_record_at: null, connected_at: null },
    ...{ records: 0, bytes: 0, records_per_second: 0 },
    ...{ gaps: 0, missed_records: 0, missed_heartbeats: 0, reconnects: 0, flushed_at: null },
  }
  let connections = 0
  let told = { elapsedMs, records: 0 }
  return {
    event({ kind, missed }, at) {
      if (kind === 'connected') {
        figures.connected_at = at
        if (connections++ > 0) figures.reconnects++
      } else if (kind === 'disconnected' || kind === 'stopped') figures.connected_at = null
      else if (kind === 'sequence_gap') {
        figures.gaps++
        figures.missed_records = added(figures.missed_records, missed)
      } else if (kind === 'heartbeat_gap') figures.missed_heartbeats = added(figures.missed_heartbeats, missed)
    },
    flushed({ records, bytes, lastAt }, at) {
      figures.records += records
      figures.bytes += bytes
      if (records > 0) figures.last_record_at = lastAt
      figures.flushed_at = at
    },
    tell(elapsedMs) {
      const passedMs = elapsedMs - told.elapsedMs
      if (passedMs >= LEAST_RATE_MS) {
        figures.records_per_second = Math.round(((figures.records - told.records) / passedMs) * 1000)
        told = { elapsedMs, records: figures.records }
      }
      return { ...figures }
    },
    look: () => ({ ...figures }),
    goOnFrom(before) {
      if (!before) return
      const { records, bytes, gaps, missed_records, missed_heartbeats, reconnects, last_record_at, flushed_at } = before
      Object.assign(figures, { records, bytes, gaps, missed_records, missed_heartbeats, reconnects })
      Object.assign(figures, { last_record_at, flushed_at })
      told = { ...told, records }
    },
  }
}

/** A number of a source may be anything: the sum stays one that a document can hold. */
const added = (count: number, missed: Sequence = 0): number =>
  Math.min(Number.MAX_SAFE_INTEGER, count + Math.min(Number(missed), Number.MAX_SAFE_INTEGER))
