import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Job } from '../jobs/job.js'
import { jsonText } from '../output/cells.js'
import type { JobWatch } from './jobWatch.js'
import { RequestRefusedError } from './problems.js'
import type { WebWorld } from './webWorld.js'

/** Streams that are open at once. */
const MOST_LISTENERS = 200
/** After so long without an event there is a comment: what is in between may take silence for the end. */
const KEEP_ALIVE_MS = 15_000
/** A stream ends then, and a browser asks again. */
const LONGEST_MS = 900_000
/** How long a browser waits before it asks again. */
const RETRY_MS = 3_000

/**
 * Sends jobs as server-sent events, for as long as somebody reads them. Who reads slowly misses states in between, not the
 * last one of a job. It ends within 20 seconds when they wouldn't be let in any more.
 * @param tell makes the answer of a job
 * @throws {RequestRefusedError} 429
 */
export function streamJobs(
  c: Context,
  { watch, tell }: { readonly watch: JobWatch; readonly tell: (job: Job) => object },
  isLetIn: () => Promise<boolean>,
  { now, sleep, signal }: Pick<WebWorld, 'now' | 'sleep' | 'signal'>,
): Response {
  if (watch.count >= MOST_LISTENERS)
    throw new RequestRefusedError(429, { subject: 'events', got: `${watch.count} others that listen` })
  c.header('x-accel-buffering', 'no') // nginx would hold them back
  c.header('content-type', 'text/event-stream')
  if (c.req.raw.method === 'HEAD') return c.body(null)
  const until = now().getTime() + LONGEST_MS
  let askedMs = now().getTime()
  return streamSSE(c, async stream => {
    const pending = new Map<string, Job>()
    let waiting = new AbortController()
    const wake = (): void => waiting.abort()
    const leave = watch.listen(job => {
      pending.set(job.job_id, job)
      wake()
    }, wake)
    // A write to one who has gone may never end.
    stream.onAbort(() => {
      leave()
      wake()
    })
    try {
      await stream.write(`retry: ${RETRY_MS}\n\n`)
      while (!stream.aborted && !signal.aborted && now().getTime() < until) {
        if (now().getTime() - askedMs >= KEEP_ALIVE_MS) {
          if (!(await isLetIn())) break
          askedMs = now().getTime()
        }
        const [job] = pending.values()
        if (job) {
          pending.delete(job.job_id)
          await stream.writeSSE({ event: 'job', data: jsonText(tell(job)) })
          continue
        }
        waiting = new AbortController()
        const isSilent = await sleep(KEEP_ALIVE_MS, waiting.signal).then(
          () => true,
          () => false,
        )
        if (isSilent && !(await isLetIn())) break
        if (isSilent) await stream.write(': still here\n\n')
      }
    } finally {
      leave()
    }
  })
}
