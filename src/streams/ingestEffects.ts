import type { DocumentEffects } from '../lake/documents.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { ProcessFacts } from '../lake/processFacts.js'
import type { IngestFigures, IngestHolder } from './ingestState.js'
import type { StreamEvent } from './recordLine.js'

/** What an ingest needs of the world. Its signal, once raised, ends it in good order. */
export interface IngestEffects extends DocumentEffects {
  /** Goes on after the signal: what was received is still stored. */
  readonly store: ObjectStore
  /** Milliseconds that only grow, whatever becomes of the clock. */
  readonly elapsedMs: () => number
  /** This process. */
  readonly runner: ProcessFacts
  /** This machine, for people. */
  readonly host: string
  /** Random, another each time. */
  readonly newId: () => string
  readonly told: (news: IngestNews) => void
}

/** What can be said of an ingest while it runs. */
export type IngestNews =
  | { readonly kind: 'waiting'; readonly holder: IngestHolder }
  /** A segment that an earlier ingest had left; `bytes` of it were handed over. */
  | { readonly kind: 'recovered'; readonly segment: string; readonly bytes: number }
  | { readonly kind: 'event'; readonly event: StreamEvent }
  /** A segment was finished, and waits for an etl. */
  | { readonly kind: 'handed over'; readonly segment: string; readonly records: number; readonly bytes: number }
  /** Something doesn't work, and is tried again until it does. Told once. */
  | { readonly kind: 'trouble'; readonly what: IngestTrouble; readonly error: unknown }
  | { readonly kind: 'trouble is over'; readonly what: IngestTrouble }
  /** So much waits to be made durable that no more is read. */
  | { readonly kind: 'held back'; readonly bytes: number }
  | { readonly kind: 'reading on' }
  | { readonly kind: 'progress'; readonly received: number; readonly figures: IngestFigures }
  | { readonly kind: 'stopping' }
  /** Records that were received, and could not be made durable any more. */
  | { readonly kind: 'not stored'; readonly records: number }

/** `store`: records can't be made durable; `state`: others can't be told that this ingest lives. */
export type IngestTrouble = 'store' | 'state'
