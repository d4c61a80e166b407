import type { ObjectStore } from '../lake/objectStore.js'
import type { IngestLease } from './ingestLease.js'

/** A segment that this ingest writes. What fails may be tried again, with the same bytes. */
export interface ActiveSegment {
  /** Without `.ndjson`. */
  readonly name: string
  /**
   * Adds whole lines. When it returns they are durable, and the segment was still this ingest's when they were.
   * @throws {IngestLostError}
   */
  append(bytes: Buffer): Promise<void>
  /** Hands it over: it is in raw/ready, and never changes again. @throws {IngestLostError} */
  finish(): Promise<void>
  /** Leaves it as it is, for who recovers it. */
  abandon(): Promise<void>
}

export interface SegmentPlace {
  readonly store: ObjectStore
  readonly stream: string
  readonly lease: Pick<IngestLease, 'requireHeld' | 'lostError'>
}
