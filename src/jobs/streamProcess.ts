import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { WorkerCommand } from './jobProcess.js'

/** What a daemon keeps going of a stream, in a process of its own. */
export interface StreamWork {
  readonly stream: string
  readonly what: 'ingest' | 'etl'
}

/** `ingest of coinbase` */
export const streamWorkName = ({ stream, what }: StreamWork): string => `${what} of ${stream}`

/** The process of a stream's work. */
export interface StreamProcess {
  /** `undefined` where it couldn't be started. */
  readonly pid: number | undefined
  /** How it ended, in words. Never rejects. */
  readonly ended: Promise<string>
  /** Asks it to end: what it has received is made durable. */
  interrupt(): void
  /** Ends it. */
  kill(): void
}

/** What is kept of what a process wrote to stderr. */
const MOST_LINES = 20

/**
 * Starts the process of a stream's work. It is in a group of its own, so that a terminal's Ctrl-C reaches only who started it;
 * when that is gone, the process learns of it by its channel.
 * @param said gets each line that it writes to stderr
 */
export function startStreamProcess({ command, cwd, env }: WorkerCommand, said: (line: string) => void): StreamProcess {
  const [program, ...args] = command
  try {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    return {
      pid: child.pid,
      ended: watch(child, said),
      interrupt: () => void child.kill('SIGINT'),
      kill: () => void child.kill('SIGKILL'),
    }
  } catch (error) {
    return { pid: undefined, ended: Promise.resolve(cannotStart(error)), interrupt: () => {}, kill: () => {} }
  }
}

function watch(child: ChildProcess, said: (line: string) => void): Promise<string> {
  const told: string[] = []
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
    child.once('close', (code, signal) => resolve(describeEnd(code, signal, told)))
  })
}

/** What it failed with, where it said so. */
function describeEnd(code: number | null, signal: string | null, told: readonly string[]): string {
  if (code === null) return `its process was ended by ${signal}`
  const failure = told.findLast(line => line.startsWith('stocktake: '))?.slice('stocktake: '.length)
  return failure ?? `its process ended, exit code ${code}`
}

const cannotStart = (error: unknown): string =>
  `its process can't be started: ${error instanceof Error ? error.message : String(error)}`
