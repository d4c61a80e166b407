import type { Job } from '../jobs/job.js'
import { createJobLook } from './jobLook.js'
import type { WebWorld } from './webWorld.js'

/** Who wants to know of jobs. */
export type JobListener = (job: Job) => void

/** Looks at the jobs of a lake for all who listen, for as long as there is one. */
export interface JobWatch {
  /**
   * Tells of each job that is open, and from then on at each change of one.
   * @param ended is told when the server ends
   * @returns what ends it
   */
  listen(listener: JobListener, ended?: () => void): () => void
  /** How many listen. */
  readonly count: number
}

type WatchWorld = Pick<WebWorld, 'store' | 'now' | 'sleep' | 'signal' | 'log'>

/** Between two looks: at a folder; on S3, where a look is two requests. */
const FOLDER_MS = 1_000
const S3_MS = 3_000
/** At most, while the lake can't be read. */
const MOST_WAIT_MS = 30_000

/** A watch that is idle until somebody listens. There is one look at a time, however slow the lake is. */
export function createJobWatch(world: WatchWorld): JobWatch {
  const { store, sleep, signal, log } = world
  const usualMs = store.url.startsWith('s3://') ? S3_MS : FOLDER_MS
  const listeners = new Map<JobListener, (() => void) | undefined>()
  let look = createJobLook(world)
  let waiting = new AbortController()
  let isRunning = false

  const tell = (job: Job): void => {
    for (const listener of listeners.keys()) listener(job)
  }
  const isWanted = (): boolean => listeners.size > 0 && !signal.aborted

  async function run(): Promise<void> {
    for (let failures = 0; isWanted(); ) {
      try {
        for (const job of await look.changed()) tell(job)
        if (failures > 0) log.notice('jobs can be watched again')
        failures = 0
      } catch (error) {
        if (signal.aborted) break
        if (failures++ === 0)
          log.warn(`jobs can't be watched now: ${error instanceof Error ? error.message : String(error)}`)
      }
      if (!isWanted()) break
      waiting = new AbortController()
      await sleep(Math.min(MOST_WAIT_MS, usualMs * 2 ** failures), waiting.signal).catch(() => {})
    }
  }

  function start(): void {
    if (isRunning) return // a look that nobody waited for any more goes on for whoever comes now
    isRunning = true
    look = createJobLook(world)
    const stop = (): void => {
      waiting.abort()
      for (const ended of listeners.values()) ended?.()
    }
    signal.addEventListener('abort', stop)
    void run().finally(() => {
      signal.removeEventListener('abort', stop)
      isRunning = false
    })
  }

  return {
    get count() {
      return listeners.size
    },
    listen(listener, ended) {
      if (isRunning) for (const job of look.open()) listener(job)
      listeners.set(listener, ended)
      start()
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) waiting.abort()
      }
    },
  }
}
