import type { RetryEffects } from '../lake/retry.js'
import { RequestRefusedError } from './problems.js'

/** Answers that are ready, and take memory or disk until they have been read. */
export interface UnreadAnswers {
  /** That there is room for another one. @throws {RequestRefusedError} 429 */
  requireRoom(): void
  /**
   * Counts an answer until it has been read, or whoever asked has gone. One that takes too long is broken off.
   * @returns what is to be read in its place
   * @throws {RequestRefusedError} 429 where it has no room; it is cancelled then
   */
  hold(answer: ReadableStream<Uint8Array>, sizeBytes: number, signal: AbortSignal): ReadableStream<Uint8Array>
}

/** An answer can be read for so long. */
const LONGEST_MS = 600_000

export function countUnread(mostBytes: number, { sleep }: Pick<RetryEffects, 'sleep'>): UnreadAnswers {
  let unreadBytes = 0
  const requireRoom = (sizeBytes: number): void => {
    if (unreadBytes + sizeBytes > mostBytes) throw tooMuchUnread(unreadBytes)
  }
  return {
    requireRoom: () => requireRoom(1),
    hold(answer, sizeBytes, signal) {
      try {
        requireRoom(sizeBytes)
      } catch (error) {
        answer.cancel().catch(() => undefined)
        throw error
      }
      unreadBytes += sizeBytes
      return readOnce(answer, signal, sleep, () => {
        unreadBytes -= sizeBytes
      })
    },
  }
}

const LATE = 'the answer was not read in time'

/** @param whenEnded is called once, however it ends */
function readOnce(
  answer: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  sleep: RetryEffects['sleep'],
  whenEnded: () => void,
): ReadableStream<Uint8Array> {
  const reader = answer.getReader()
  const ended = new AbortController()
  const end = (): void => {
    if (ended.signal.aborted) return
    ended.abort()
    whenEnded()
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const letGo = (why: string, tell: () => void): void => {
          if (ended.signal.aborted) return
          end()
          tell()
          reader.cancel(why).catch(() => undefined)
        }
        const leave = (): void => letGo('whoever asked has gone', () => controller.close()) // an error would be logged
        if (signal.aborted) return leave()
        signal.addEventListener('abort', leave, { signal: ended.signal })
        sleep(LONGEST_MS, ended.signal).then(
          () => letGo(LATE, () => controller.error(new Error(LATE))),
          () => undefined,
        )
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (ended.signal.aborted) return
          if (!done) return controller.enqueue(value)
          end()
          controller.close()
        } catch (error) {
          end()
          throw error
        }
      },
      cancel(why) {
        end()
        return reader.cancel(why)
      },
    },
    { highWaterMark: 0 },
  )
}

const tooMuchUnread = (unreadBytes: number): RequestRefusedError =>
  new RequestRefusedError(429, {
    subject: 'query',
    got: `${Math.ceil(unreadBytes / 1_000_000)} MB of answers that nobody has read yet`,
    fix: 'read them, or close their connections',
  })
