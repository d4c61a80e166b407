import type { Stream } from '../config/stream.js'
import type { ActiveSegment } from './activeSegment.js'
import type { IngestEffects } from './ingestEffects.js'
import { persist } from './persist.js'

/** Lines that wait, of which no more than {@link MOST_BYTES} are made durable at once. */
interface Block {
  lines: string[]
  bytes: number
  records: number
  lastAt: Date
}

interface OpenedSegment {
  readonly segment: ActiveSegment
  readonly sinceMs: number
  bytes: number
  records: number
}

/** What was made durable. */
export interface Flushed {
  readonly records: number
  readonly bytes: number
  /** When the last of them was received. */
  readonly lastAt: Date
}

export interface WriterOptions extends Pick<Stream, 'flush' | 'rotate'> {
  /** Begins the next segment. */
  readonly open: () => Promise<ActiveSegment>
  readonly flushed: (flushed: Flushed) => void
  /** Told when so much waits that no more should come, and when there is room again. */
  readonly full: (isFull: boolean, waitingBytes: number) => void
  /** Raised when another has the stream. */
  readonly lost: AbortSignal
}

type Effects = Pick<IngestEffects, 'elapsedMs' | 'sleep' | 'random' | 'signal' | 'told'>

/** The most that is made durable at once. */
const MOST_BYTES = 8 << 20
/** So much may wait; then no more is read until half of it is durable. */
const FULL_BYTES = 16 << 20

/**
 * Collects lines in segments, and makes them durable: so many at a time, or so long after the first of them. One flush is
 * under way at a time; the next takes all that has come meanwhile. A segment is handed over at its size or age, while the
 * next one is written.
 */
export class SegmentWriter {
  readonly #options: WriterOptions
  readonly #effects: Effects
  readonly #blocks: Block[] = []
  #waitingBytes = 0
  #waitingRecords = 0
  #firstMs = 0
  #isFull = false
  #isEnding = false
  #wake: (() => void) | undefined
  #active: OpenedSegment | undefined
  #finishing: Promise<void> = Promise.resolve()

  constructor(options: WriterOptions, effects: Effects) {
    this.#options = options
    this.#effects = effects
    options.lost.addEventListener('abort', () => this.#wake?.(), { once: true })
  }

  /** Records that aren't durable yet. */
  get waitingRecords(): number {
    return this.#waitingRecords
  }

  /**
   * Takes a line.
   * @param bytes its length as UTF-8
   * @param records how many records it is: 1, or 0 for what ingest itself says
   */
  add(line: string, bytes: number, records: 0 | 1, at: Date): void {
    let block = this.#blocks.at(-1)
    if (!block || block.bytes + bytes > MOST_BYTES) {
      block = { lines: [], bytes: 0, records: 0, lastAt: at }
      this.#blocks.push(block)
      if (this.#blocks.length === 1) {
        this.#firstMs = this.#effects.elapsedMs()
        this.#wake?.()
      }
    }
    block.lines.push(line)
    block.bytes += bytes
    block.records += records
    block.lastAt = at
    this.#waitingBytes += bytes
    this.#waitingRecords += records
    if (block.lines.length >= this.#options.flush.records) this.#wake?.()
    if (!this.#isFull && this.#waitingBytes >= FULL_BYTES) this.#tellFull(true)
  }

  /**
   * Makes durable and hands over, until {@link end}; all is done then.
   * @throws {IngestLostError}
   */
  async run(): Promise<void> {
    try {
      await this.#flushAll()
      await this.#rotate()
      await this.#finishing
    } finally {
      await this.#active?.segment.abandon()
    }
  }

  /** No more comes: what waits is flushed, and the segment handed over. */
  end(): void {
    this.#isEnding = true
    this.#wake?.()
  }

  /** Until the end. */
  async #flushAll(): Promise<void> {
    for (;;) {
      await this.#wait()
      const block = this.#isDue() ? this.#blocks[0] : undefined
      if (block) await this.#flush(block)
      if (this.#isRotationDue()) await this.#rotate()
      if (this.#isEnding && this.#blocks.length === 0) return
    }
  }

  #isDue(): boolean {
    const [block] = this.#blocks
    if (!block) return false
    const { records, everyMs } = this.#options.flush
    const isMany = block.lines.length >= records || this.#blocks.length > 1
    return this.#isEnding || isMany || this.#effects.elapsedMs() - this.#firstMs >= everyMs
  }

  #isRotationDue(): boolean {
    if (!this.#active) return false
    const { bytes, everyMs } = this.#options.rotate
    return this.#active.bytes >= bytes || this.#effects.elapsedMs() - this.#active.sinceMs >= everyMs
  }

  /** Until there is something to do. */
  async #wait(): Promise<void> {
    while (!this.#isDue() && !this.#isRotationDue() && !this.#isEnding) {
      const nowMs = this.#effects.elapsedMs()
      const flushMs = this.#blocks.length > 0 ? this.#firstMs + this.#options.flush.everyMs - nowMs : Infinity
      const rotateMs = this.#active ? this.#active.sinceMs + this.#options.rotate.everyMs - nowMs : Infinity
      await this.#waitFor(Math.min(flushMs, rotateMs, LONGEST_WAIT_MS))
    }
  }

  async #waitFor(ms: number): Promise<void> {
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    if (!this.#options.lost.aborted) await this.#effects.sleep(Math.max(0, ms), woken.signal).catch(() => {})
    this.#wake = undefined
    this.#options.lost.throwIfAborted()
  }

  async #flush(block: Block): Promise<void> {
    this.#blocks.shift()
    if (this.#blocks.length > 0) this.#firstMs = this.#effects.elapsedMs()
    const bytes = Buffer.from(block.lines.join(''))
    const lines = block.lines
    block.lines = []
    await this.#persist(async () => {
      this.#active ??= await this.#open()
      await this.#active.segment.append(bytes)
    })
    if (this.#active) {
      this.#active.bytes += bytes.length
      this.#active.records += block.records
    }
    this.#waitingBytes -= block.bytes
    this.#waitingRecords -= block.records
    lines.length = 0
    this.#options.flushed({ records: block.records, bytes: bytes.length, lastAt: block.lastAt })
    if (this.#isFull && this.#waitingBytes <= FULL_BYTES / 2) this.#tellFull(false)
  }

  async #finish({ segment, records, bytes }: OpenedSegment): Promise<void> {
    try {
      await this.#persist(() => segment.finish())
    } catch (error) {
      await segment.abandon()
      throw error
    }
    this.#effects.told({ kind: 'handed over', segment: segment.name, records, bytes })
  }

  async #open(): Promise<OpenedSegment> {
    const segment = await this.#options.open()
    return { segment, sinceMs: this.#effects.elapsedMs(), bytes: 0, records: 0 }
  }

  /** The next segment may begin before this one is handed over; the one after it not. */
  async #rotate(): Promise<void> {
    await this.#finishing
    const active = this.#active
    if (!active) return
    this.#active = undefined
    this.#finishing = this.#finish(active)
    this.#finishing.catch(() => {}) // told when it is awaited
  }

  #persist(act: () => Promise<void>): Promise<void> {
    return persist(act, { what: 'store', isEnding: () => this.#isEnding, lost: this.#options.lost }, this.#effects)
  }

  #tellFull(isFull: boolean): void {
    this.#isFull = isFull
    this.#options.full(isFull, this.#waitingBytes)
  }
}

/** Timers hold no longer ones than 24 days. */
const LONGEST_WAIT_MS = 86_400_000
