import { type ChildProcess, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { formatDuration } from '../output/quantities.js'
import { type KeptOutput, keepOutput } from './taskOutput.js'

/** A program that is to be run, with all that it gets. */
export interface TaskCommand {
  readonly command: readonly [program: string, ...args: string[]]
  readonly cwd: string
  /** All of its environment: nothing else is passed on. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** How long it has between SIGTERM and SIGKILL. */
  readonly graceMs: number
}

export interface RunTaskEffects {
  /** Raised: the command gets SIGTERM, and SIGKILL when its time is over. */
  readonly signal: AbortSignal
  /** Told the process of the command, once it runs. */
  readonly started?: (pid: number) => void
}

/** How one start of a command ended. */
export interface TaskEnd {
  readonly kind: 'ran' | 'failed' | 'stopped'
  /** In words: `exit code 0`, `exit code 3`, `ended by SIGSEGV`, `not over after 10 min`. */
  readonly outcome: string
  /** NULL where it was ended by a signal, or never started. */
  readonly exitCode: number | null
  /** Whether it began at all: of one that didn't, nothing can have come. */
  readonly isStarted: boolean
  /** Whether another try may do better. */
  readonly isTransient: boolean
  /** What it wrote to stdout and stderr, in the order in which it came; of much, the beginning and the end. */
  readonly output: Uint8Array
}

/** What is kept of a command's output, bytes. */
export const MOST_OUTPUT_BYTES = 1_000_000

/**
 * Runs a command without a shell, in a process group of its own, and never rejects. Its input is empty. It is over when
 * its program is: what that leaves running in its group is killed. When its time is over, or the signal is raised, all of the
 * group gets SIGTERM and then SIGKILL.
 */
export async function runTask(task: TaskCommand, effects: RunTaskEffects): Promise<TaskEnd> {
  const output = keepOutput(MOST_OUTPUT_BYTES)
  const folder = await stat(task.cwd).catch(() => undefined)
  if (!folder?.isDirectory()) return unstarted(`no folder ${task.cwd} to run in`)
  if (effects.signal.aborted) return { ...unstarted('stopped'), kind: 'stopped' }
  const child = trySpawn(task)
  return child instanceof Error
    ? unstarted(messageOf(child, task.command), child)
    : await watch(child, task, effects, output)
}

/** Why a group is being ended. */
type Ending = 'timeout' | 'stopped'

function trySpawn({ command: [program, ...args], cwd, env }: TaskCommand): ChildProcess | Error {
  try {
    return spawn(program, args, { cwd, env, shell: false, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error)) // arguments that no process can have
  }
}

async function watch(
  child: ChildProcess,
  { command, timeoutMs, graceMs }: TaskCommand,
  { signal, started }: RunTaskEffects,
  output: KeptOutput,
): Promise<TaskEnd> {
  let ending: Ending | undefined
  let killing: NodeJS.Timeout | undefined
  const end = (why: Ending): void => {
    if (ending !== undefined) return
    ending = why
    signalGroup(child, 'SIGTERM')
    killing = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs)
  }
  const stop = (): void => end('stopped')
  const timer = setTimeout(() => end('timeout'), timeoutMs)
  const watchNoMore = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
  signal.addEventListener('abort', stop)
  try {
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => output.add(chunk))
    if (child.pid !== undefined) started?.(child.pid)
    const exit = await awaitExit(child)
    watchNoMore() // what it had to do is done, and stays so
    if (exit instanceof Error) return unstarted(messageOf(exit, command), exit)
    await endGroup(child, ending === undefined ? 0 : graceMs)
    await awaitOutput(child)
    return { ...judgeExit(exit, ending, timeoutMs), isStarted: true, isTransient: true, output: output.bytes() }
  } finally {
    watchNoMore()
    clearTimeout(killing)
  }
}

interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** @returns how the program ended; an error where it didn't start */
const awaitExit = (child: ChildProcess): Promise<Exit | Error> =>
  new Promise(resolve => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal })
    })
    child.on('error', error => {
      if (child.pid === undefined) resolve(error)
    })
  })

function judgeExit(
  { code, signal }: Exit,
  ending: Ending | undefined,
  timeoutMs: number,
): Pick<TaskEnd, 'kind' | 'outcome' | 'exitCode'> {
  if (ending === 'stopped') return { kind: 'stopped', outcome: 'stopped', exitCode: code }
  if (ending === 'timeout')
    return { kind: 'failed', outcome: `not over after ${formatDuration(timeoutMs)}`, exitCode: code }
  if (code === null) return { kind: 'failed', outcome: `ended by ${signal}`, exitCode: null }
  return { kind: code === 0 ? 'ran' : 'failed', outcome: `exit code ${code}`, exitCode: code }
}

/** Ends what the program left in its group: at once, or when that has had its time. */
async function endGroup(child: ChildProcess, graceMs: number): Promise<void> {
  const looks = Math.ceil(graceMs / LOOK_MS)
  for (let look = 0; look < looks && signalGroup(child, 0); look++) await new Promise(next => setTimeout(next, LOOK_MS))
  signalGroup(child, 'SIGKILL')
}

const LOOK_MS = 20

/** A process that left the group may hold the pipes for ever. */
async function awaitOutput(child: ChildProcess): Promise<void> {
  const streams = [child.stdout, child.stderr].filter(stream => stream !== null)
  const ended = streams.map(stream => stream.closed || new Promise(resolve => stream.once('close', resolve)))
  let timer: NodeJS.Timeout | undefined
  await Promise.race([
    Promise.all(ended),
    new Promise(resolve => {
      timer = setTimeout(resolve, PIPES_MS)
    }),
  ])
  clearTimeout(timer)
  for (const stream of streams) stream.destroy()
}

const PIPES_MS = 1_000

/** Sends a signal to all of a command's group. @returns whether there is anybody left in it */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(-pid, signal)
  } catch (error) {
    return codeOf(error) === 'EPERM' // somebody, who became another user
  }
}

/** A program that isn't there won't be in a moment; a machine that is full for a moment will have room. */
const TRANSIENT: ReadonlySet<unknown> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY'])

const unstarted = (why: string, error?: Error): TaskEnd => ({
  kind: 'failed',
  outcome: `not started: ${why}`,
  exitCode: null,
  isStarted: false,
  isTransient: TRANSIENT.has(codeOf(error)),
  output: new Uint8Array(),
})

/** `python: no such program` for what Node calls `spawn python ENOENT`. */
function messageOf(error: Error, [program]: TaskCommand['command']): string {
  const words = WORDS[String(codeOf(error))]
  return words === undefined ? error.message : `${program}: ${words}`
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such program',
  EACCES: 'not a program that may be run',
  E2BIG: 'too many or too long arguments',
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
