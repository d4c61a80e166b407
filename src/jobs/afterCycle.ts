import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { formatDuration } from '../output/quantities.js'
import type { Job } from './job.js'

export interface AfterCycleOptions {
  /** As the operator wrote it: a line for `sh -c`. */
  readonly command: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** How long it may take. */
  readonly timeoutMs: number
}

export interface AfterCycleEffects {
  /** A line that it wrote, to stdout or stderr. */
  readonly said: (line: string) => void
  /** Raised: it is ended. */
  readonly signal: AbortSignal
}

/** How a command after a cycle ended, in words: `exit code 3`, `ended by SIGKILL`. */
export interface AfterCycleEnd {
  readonly isGood: boolean
  readonly outcome: string
}

/** What a command after a cycle reads on stdin: one JSON object, in one line. */
export const formatCycle = ({ job_id, state, started_at, ended_at, result, error }: Job): string =>
  `${JSON.stringify({ job_id, state, started_at, ended_at, error, ...result })}\n`

/** Of what a command says, so many lines are passed on. */
const MOST_LINES = 100
/** How long it has between SIGTERM and SIGKILL. */
const GRACE_MS = 5_000

/** Runs a command after a cycle. Whatever comes of it harms nobody: it never rejects. */
export async function runAfterCycle(
  cycle: string,
  { command, cwd, env, timeoutMs }: AfterCycleOptions,
  effects: AfterCycleEffects,
): Promise<AfterCycleEnd> {
  try {
    // In a group of its own, so that what it started ends with it.
    const child: ChildProcess = spawn('sh', ['-c', command], {
      cwd,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const ended = watch(child, timeoutMs, effects)
    // It has no pipes where no more files can be open.
    child.stdin?.on('error', () => {}) // one that doesn't read
    child.stdin?.end(cycle)
    return await ended
  } catch (error) {
    return notStarted(error) // a command that no process can have
  }
}

const notStarted = (error: unknown): AfterCycleEnd => ({
  isGood: false,
  outcome: `not started: ${error instanceof Error ? error.message : String(error)}`,
})

function watch(child: ChildProcess, timeoutMs: number, effects: AfterCycleEffects): Promise<AfterCycleEnd> {
  let why: string | undefined
  let killing: NodeJS.Timeout | undefined
  const end = (reason: string): void => {
    if (why !== undefined) return
    why = reason
    signalGroup(child.pid, 'SIGTERM')
    killing = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS)
  }
  const stop = (): void => end('stopped')
  const timer = setTimeout(() => end(`not over after ${formatDuration(timeoutMs)}`), timeoutMs)
  effects.signal.addEventListener('abort', stop)
  if (effects.signal.aborted) stop()
  let lines = 0
  const outputs = [child.stdout, child.stderr].flatMap(output => output ?? [])
  for (const input of outputs)
    createInterface({ input }).on('line', line => {
      if (++lines <= MOST_LINES) effects.said(line)
    })
  return new Promise(resolve => {
    const over = (outcome: AfterCycleEnd): void => {
      clearTimeout(timer)
      clearTimeout(killing)
      effects.signal.removeEventListener('abort', stop)
      signalGroup(child.pid, 'SIGKILL') // what it left running
      for (const stream of outputs) setTimeout(() => stream.destroy(), PIPES_MS).unref()
      resolve(outcome)
    }
    child.on('error', error => {
      if (child.pid === undefined) over(notStarted(error))
    })
    child.once('exit', (code, signal) => {
      const outcome = why ?? (code === null ? `ended by ${signal}` : `exit code ${code}`)
      over({ isGood: why === undefined && code === 0, outcome })
    })
  })
}

/** What a process that left the group writes is of no interest. */
const PIPES_MS = 1_000

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // nobody is left in it
  }
}
