import type { WorkerMessage } from '../jobs/jobProcess.js'
import type { Progress, ProgressStep } from '../output/progress.js'
import type { Channel } from './globals.js'

/** What a reader can make use of. */
const SEND_MS = 1_000

/** Sends how far a job is, once a second at most; the first step of each piece at once. */
export function channelProgress({ send }: Pick<Channel, 'send'>, now: () => Date): Progress {
  let first: { readonly label: string; readonly done: number; readonly time: number } | undefined
  let sentAt = 0
  return {
    update(step) {
      const time = now().getTime()
      if (step.label !== first?.label) first = { label: step.label, done: step.done, time }
      else if (time >= sentAt && time - sentAt < SEND_MS) return
      sentAt = time
      const message: WorkerMessage = { kind: 'progress', progress: formatStep(step, first, time) }
      void send(message)
    },
    clear() {},
  }
}

/** The rate is what was done since the first step of the piece, and known after a second. */
function formatStep(
  { label, done, total, unit }: ProgressStep,
  first: { readonly done: number; readonly time: number },
  time: number,
) {
  const elapsedMs = time - first.time
  const rate = elapsedMs >= 1000 && done >= first.done ? ((done - first.done) / elapsedMs) * 1000 : null
  return { phase: label, done, total: total ?? null, rate, unit, at: new Date(time).toISOString() }
}
