import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { packageFolder } from '../../src/packageFolder.js'
import { TextSink } from '../output/textSink.js'
import type { CommandFolder } from './commandFolder.js'

/** How agents start other processes of this program, here: what `npm run build` made last. */
export const PROGRAM = [process.execPath, join(packageFolder(), 'dist', 'cli.js')] as const

/** Agents get what processes need of the environment, and no more. */
export const AGENT_WORLD = { program: PROGRAM, env: { PATH: process.env.PATH } }

/** An agent in a process of its own. */
export interface AgentProcess {
  readonly child: ChildProcess
  /** What it has told so far. */
  readonly told: () => string
  /** Its exit code; NULL where a signal ended it. */
  readonly ended: Promise<number | null>
}

export function startAgent({ folder }: CommandFolder, ...args: string[]): AgentProcess {
  const [program, ...first] = PROGRAM
  const child = spawn(program, [...first, 'agent', ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const told = new TextSink()
  child.stderr?.pipe(told)
  return { child, told: () => told.text, ended: once(child, 'exit').then(([code]) => code) }
}

/** Waits until something is so; the test's own time limit ends it. */
export async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await new Promise(next => setTimeout(next, 50))
  }
}
