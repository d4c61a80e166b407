import { createHook } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'

interface Timer {
  readonly atMs: number
  readonly ring: () => void
}

/** Time that passes as soon as everybody waits for it. The clock on the wall may be set; the other only grows. */
export class VirtualTime {
  #elapsedMs = 0
  #clockMs: number
  readonly #timers = new Set<Timer>()

  constructor(start: Date) {
    this.#clockMs = start.getTime()
  }

  readonly now = (): Date => new Date(this.#clockMs)

  readonly elapsedMs = (): number => this.#elapsedMs

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#timers.delete(timer)
        reject(signal.reason)
      }
      const ring = (): void => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      const timer: Timer = { atMs: this.#elapsedMs + Math.max(0, ms), ring }
      if (signal.aborted) return stop()
      signal.addEventListener('abort', stop, { once: true })
      this.#timers.add(timer)
    })

  /** Sets the clock on the wall. */
  step(ms: number): void {
    this.#clockMs += ms
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms
    for (;;) {
      await idle()
      const next = [...this.#timers].reduce<Timer | undefined>(
        (first, timer) => (first && first.atMs <= timer.atMs ? first : timer),
        undefined,
      )
      const toMs = Math.min(endMs, next?.atMs ?? endMs)
      this.#clockMs += toMs - this.#elapsedMs
      this.#elapsedMs = toMs
      if (!next || next.atMs > endMs) return
      this.#timers.delete(next)
      next.ring()
    }
  }
}

/** Requests to the file system that are under way. */
const underWay = new Set<number>()
createHook({
  init(id, type) {
    if (type.startsWith('FSREQ') || type === 'FILEHANDLECLOSEREQ') underWay.add(id)
  },
  before: id => void underWay.delete(id),
}).enable()

/** Until nothing is on its way to or from a disk, and nothing follows from what came. */
export async function idle(): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet++) {
    await setImmediate()
    if (underWay.size > 0) quiet = -1
  }
}
