import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { EXIT } from '../errors.js'
import { type Job, type JobProgress, jobSchema } from './job.js'

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
export interface Worker {
  /** `undefined` where it couldn't be started. */
  readonly pid: number | undefined
  /** Never rejects. */
  readonly ended: Promise<WorkerEnd>
  /** Asks it to end; it leaves the lake and its checkpoint so that another can go on. */
  interrupt(): void
  /** Ends it. */
  kill(): void
}

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

/** How a process of a job is started. */
export interface WorkerCommand {
  readonly command: readonly [program: string, ...args: string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface WorkerEffects {
  readonly progress: (progress: JobProgress) => void
  /** A line that it wrote to stderr. */
  readonly said: (line: string) => void
}

/**
 * Starts a process for a job. It is in a group of its own, so that a terminal's Ctrl-C reaches only who started it; when that is
 * gone, the process learns of it by its channel.
 */
export function startJobProcess({ command, cwd, env }: WorkerCommand, job: Job, effects: WorkerEffects): Worker {
  const [program, ...args] = command
  try {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const ended = watch(child, effects)
    if (child.connected) child.send({ job }, () => {}) // one that is gone already is heard of by its end
    return {
      pid: child.pid,
      ended,
      interrupt: () => void child.kill('SIGINT'),
      kill: () => void child.kill('SIGKILL'),
    }
  } catch (error) {
    return notStarted(error) // no memory for it, or settings that are too long for it
  }
}

const notStarted = (error: unknown): Worker => ({
  pid: undefined,
  ended: Promise.resolve(cannotStart(error)),
  interrupt: () => {},
  kill: () => {},
})

function watch(child: ChildProcess, { progress, said }: WorkerEffects): Promise<WorkerEnd> {
  let end: WorkerEnd | undefined
  const told: string[] = []
  child.on('message', received => {
    const message = workerMessage.safeParse(received)
    if (!message.success) return
    if (message.data.kind === 'progress') progress(message.data.progress)
    else end ??= message.data
  })
  if (child.stderr)
    // none where no more files can be open
    createInterface({ input: child.stderr }).on('line', line => {
      told.push(line)
      if (told.length > MOST_LINES) told.shift()
      said(line)
    })
  return new Promise(resolve => {
    child.on('error', error => {
      if (child.pid === undefined) resolve(cannotStart(error))
    })
    child.once('close', (code, signal) => resolve(end ?? judgeExit(code, signal, told)))
  })
}

/** What is kept of what it wrote to stderr. */
const MOST_LINES = 20

/** What a process came to that didn't say. */
function judgeExit(code: number | null, signal: string | null, told: readonly string[]): WorkerEnd {
  if (code === null) return { kind: 'died', message: `its process was ended by ${signal}` }
  if (code === EXIT.interrupted) return { kind: 'interrupted' }
  const last = told
    .join('\n')
    .split(/^stocktake: /m)
    .at(-1)
    ?.trim()
  return failed(last || `its process ended without a word, exit code ${code}`, code || EXIT.failed)
}

const cannotStart = (error: unknown): WorkerEnd =>
  failed(`its process can't be started: ${error instanceof Error ? error.message : String(error)}`, EXIT.failed)

const failed = (message: string, exit_code: number): WorkerEnd => ({ kind: 'failed', error: { message, exit_code } })
