import type { StreamEvent } from './recordLine.js'

/** Where records come from. */
export interface Source {
  /** Reads until the source ends for good, or until the signal: then it returns, and nothing is told any more. */
  read(sink: SourceSink, signal: AbortSignal): Promise<void>
  /** Reads no more for a while; what has been read already may still be told. */
  pause(): void
  resume(): void
}

/** What a source tells, in order. */
export interface SourceSink {
  /**
   * @param connection null where there is none
   * @returns whether it says that the source won't
   */
  message(bytes: Buffer, connection: string | null): boolean
  /** The beginning of a message that is longer than the stream allows. */
  tooLong(start: Buffer, sizeBytes: number, connection: string | null): void
  event(event: StreamEvent, connection: string | null): void
}

/** What of a message that is too long is kept. */
export const KEPT_OF_LONG_BYTES = 1 << 16
