import type { Connector } from '../config/connector.js'
import type { Engine } from '../engine/engine.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import type { Receipt } from '../snapshot/receipts.js'

/** A lake as it was a moment ago. */
export interface LakeMoment {
  /** Another one whenever a table, a connector or a collection has changed: what ETags are made of. */
  readonly version: string
  /** All of them, newest snapshot first. */
  readonly receipts: readonly Receipt[]
  /** Declared ones, and those of the lake. */
  readonly connectors: readonly Connector[]
}

/** What reads the lake for many people at once. */
export interface LakeReader {
  /** As it is: looked at again at most once a second (5 on S3), once for all who ask meanwhile. */
  look(): Promise<LakeMoment>
  /**
   * Runs what needs the engine, in a session of its own: a few at a time, others wait. The catalog and the files of
   * metadata are as the newest look found them.
   * @param signal of who asks: the statement is interrupted when they have gone
   */
  read<T>(act: (effects: LakeEffects) => Promise<T>, signal?: AbortSignal): Promise<T>
  /**
   * Runs what takes milliseconds in the engine, beside what `read` runs, however long that takes. The session has no
   * database of its own: it makes nothing.
   */
  readQuick<T>(act: (engine: Engine) => Promise<T>, signal?: AbortSignal): Promise<T>
  /**
   * Forgets what it knows, as it was changed just now; with a time, by then: what was looked at later stays known.
   */
  forget(since?: Date): void
  close(): Promise<void>
}
