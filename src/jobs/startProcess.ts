import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** How a process of this program is started. */
export interface ProcessCommand {
  readonly command: readonly [program: string, ...args: string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A process that this one started, and that comes to something. */
export interface StartedProcess<End> {
  /** `undefined` where it couldn't be started. */
  readonly pid: number | undefined
  /** Never rejects. */
  readonly ended: Promise<End>
  /** Asks it to end: what it has begun is left so that another can go on. */
  interrupt(): void
  /** Ends it. */
  kill(): void
}

/** How a process ended, as far as that can be seen from outside. */
export type ProcessEnd =
  | { readonly kind: 'not started' | 'killed'; readonly message: string }
  /** With what it wrote to stderr last. */
  | { readonly kind: 'exited'; readonly code: number; readonly told: readonly string[] }

export interface ProcessEffects<End> {
  /** Gets each line that it writes to stderr. */
  readonly said: (line: string) => void
  /** Gets what it sends. */
  readonly received?: (message: unknown) => void
  /** What it came to. */
  readonly judge: (end: ProcessEnd) => End
}

/**
 * Starts a process. It is in a group of its own, so that a terminal's Ctrl-C reaches only who started it; when that is gone,
 * the process learns of it by its channel.
 * @param order sent to it first, if anything
 */
export function startProcess<End>(
  { command, cwd, env }: ProcessCommand,
  order: object | undefined,
  effects: ProcessEffects<End>,
): StartedProcess<End> {
  const [program, ...args] = command
  try {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const ended = watch(child, effects)
    if (order && child.connected) child.send(order, () => {}) // one that is gone already is heard of by its end
    return {
      pid: child.pid,
      ended: ended.then(effects.judge),
      interrupt: () => void child.kill('SIGINT'),
      kill: () => void child.kill('SIGKILL'),
    }
  } catch (error) {
    // no memory for it, or settings that are too long for it
    const ended = Promise.resolve(effects.judge(notStarted(error)))
    return { pid: undefined, ended, interrupt: () => {}, kill: () => {} }
  }
}

/** What is kept of what a process wrote to stderr. */
const MOST_LINES = 20

function watch(child: ChildProcess, { said, received }: Omit<ProcessEffects<unknown>, 'judge'>): Promise<ProcessEnd> {
  const told: string[] = []
  if (received) child.on('message', received)
  if (child.stderr)
    // none where no more files can be open
    createInterface({ input: child.stderr }).on('line', line => {
      told.push(line)
      if (told.length > MOST_LINES) told.shift()
      said(line)
    })
  return new Promise(resolve => {
    child.on('error', error => {
      if (child.pid === undefined) resolve(notStarted(error))
    })
    child.once('close', (code, signal) =>
      resolve(
        code === null
          ? { kind: 'killed', message: `its process was ended by ${signal}` }
          : { kind: 'exited', code, told },
      ),
    )
  })
}

const notStarted = (error: unknown): ProcessEnd => ({
  kind: 'not started',
  message: `its process can't be started: ${error instanceof Error ? error.message : String(error)}`,
})
