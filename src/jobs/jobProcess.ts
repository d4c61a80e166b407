import { z } from 'zod'
import { EXIT } from '../errors.js'
import { type Job, type JobProgress, jobSchema } from './job.js'
import { type ProcessCommand, type ProcessEnd, type StartedProcess, startProcess } from './startProcess.js'

/** How the process of a job ended. */
export type WorkerEnd =
  | { readonly kind: 'succeeded'; readonly result: NonNullable<Job['result']> }
  | { readonly kind: 'failed'; readonly error: NonNullable<Job['error']> }
  /** Another has the connector: nothing was begun. */
  | { readonly kind: 'busy'; readonly message: string }
  /** It ended because it was asked to. */
  | { readonly kind: 'interrupted' }
  /** It was killed. */
  | { readonly kind: 'died'; readonly message: string }

/** The process of a job. */
export type Worker = StartedProcess<WorkerEnd>

/** What is sent to the process of a job. */
export const workerOrder = z.object({ job: jobSchema })

const result = jobSchema.shape.result.unwrap()
const error = jobSchema.shape.error.unwrap()

/** What the process of a job sends. */
const workerMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), progress: jobSchema.shape.progress.unwrap() }),
  z.object({ kind: z.literal('succeeded'), result }),
  z.object({ kind: z.literal('failed'), error }),
  z.object({ kind: z.literal('busy'), message: z.string() }),
  z.object({ kind: z.literal('interrupted') }),
])
export type WorkerMessage = z.input<typeof workerMessage>

export interface WorkerEffects {
  readonly progress: (progress: JobProgress) => void
  /** A line that it wrote to stderr. */
  readonly said: (line: string) => void
}

/** Starts a process for a job. Where it is asked to end, it leaves the lake and its checkpoint so that another can go on. */
export function startJobProcess(command: ProcessCommand, job: Job, { progress, said }: WorkerEffects): Worker {
  let end: WorkerEnd | undefined
  const received = (sent: unknown): void => {
    const message = workerMessage.safeParse(sent)
    if (!message.success) return
    if (message.data.kind === 'progress') progress(message.data.progress)
    else end ??= message.data
  }
  return startProcess(command, { job }, { said, received, judge: seen => end ?? judgeEnd(seen) })
}

/** What a process came to that didn't say. */
function judgeEnd(end: ProcessEnd): WorkerEnd {
  if (end.kind !== 'exited')
    return end.kind === 'killed' ? { kind: 'died', message: end.message } : failed(end.message, EXIT.failed)
  const { code, told } = end
  if (code === EXIT.interrupted) return { kind: 'interrupted' }
  const last = told
    .join('\n')
    .split(/^stocktake: /m)
    .at(-1)
    ?.trim()
  return failed(last || `its process ended without a word, exit code ${code}`, code || EXIT.failed)
}

const failed = (message: string, exit_code: number): WorkerEnd => ({ kind: 'failed', error: { message, exit_code } })
