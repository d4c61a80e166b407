import { z } from 'zod'
import type { DocumentPlace } from '../lake/documentNumbers.js'
import { loadDocument } from '../lake/documents.js'
import { LEASE_TIMES, leaseSchema } from '../lake/lease.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { ingestStateFolder } from './streamPlaces.js'

const time = z.iso.datetime().transform(text => new Date(text))
const count = z.int().nonnegative()

const holder = leaseSchema.extend({ since: time })

/** Who ingests a stream. */
export type IngestHolder = z.output<typeof holder>

const figures = z.object({
  /** When the ingest began that told these. */
  started_at: time,
  /** Of the last record that is durable; null before the first ever. */
  last_record_at: time.nullable(),
  /** Since when the source is connected; null while it isn't. */
  connected_at: time.nullable(),
  /** Durable records, of all ingests of the stream together; those below are, too. */
  records: count,
  /** Their lines. */
  bytes: count,
  /** Between the last two times that it was told. */
  records_per_second: z.number().nonnegative(),
  /** How often sequence numbers left some out. */
  gaps: count,
  /** How many they left out. */
  missed_records: count,
  missed_heartbeats: count,
  /** Connections after the first of each ingest. */
  reconnects: count,
  /** When records were last made durable; null before the first. */
  flushed_at: time.nullable(),
})

/** How an ingest goes, as it last told; some ten seconds old while it runs. */
export type IngestFigures = z.output<typeof figures>

const state = z.object({
  holder: holder.nullable(),
  /** The number of the last segment that was ever begun; 0 before the first. */
  last_segment: count,
  /** Null before the first ingest. */
  figures: figures.nullable(),
})
export type IngestState = z.output<typeof state>

/** The state's document. It is written every ten seconds: old numbers don't stay. */
export const ingestStatePlace = (store: ObjectStore, stream: string): DocumentPlace<IngestState> => ({
  store,
  folder: ingestStateFolder(stream),
  schema: state,
  keptMs: LEASE_TIMES.heldMs,
})

/** Who ingests a stream, and how that goes; `undefined` where nobody ever has. @throws {DocumentFormatError} */
export const loadIngestState = (store: ObjectStore, stream: string): Promise<IngestState | undefined> =>
  loadDocument(ingestStatePlace(store, stream))
