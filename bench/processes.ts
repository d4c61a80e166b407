import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Taken } from './measured.js'

const run = promisify(execFile)
const MOST_OUTPUT_BYTES = 1 << 26

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const CLI = pathOf('../../dist/cli.js')

export interface Surroundings {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a script of this folder in a process of its own. @returns what it prints, which is JSON */
export const runScript = <T = Taken>(
  script: string,
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<T> => runProgram([process.execPath, pathOf(script), ...args], surroundings)

/** Runs a program that prints JSON. */
export async function runProgram<T = Taken>(command: readonly string[], { cwd, env }: Surroundings): Promise<T> {
  const [program = '', ...args] = command
  const { stdout } = await run(program, args, { cwd, env, maxBuffer: MOST_OUTPUT_BYTES })
  return JSON.parse(stdout)
}

/** A command of Stocktake, as it is in dist/, in a process of its own: what the kernel says that it took, and its stdout. */
export async function runCommand(
  args: readonly string[],
  cwd: string,
): Promise<{ readonly measured: Taken; readonly stdout: string }> {
  const into = join(cwd, 'measured.json')
  const measure = new URL('measureExit.js', import.meta.url).href
  const env = { ...process.env, MEASURED_INTO: into }
  const command = ['--import', measure, CLI, ...args]
  const { stdout } = await run(process.execPath, command, { cwd, env, maxBuffer: MOST_OUTPUT_BYTES })
  return { measured: JSON.parse(await readFile(into, 'utf8')), stdout }
}

/** Starts a command of Stocktake; its stderr can be read. */
export function startCommand(args: readonly string[], cwd: string): ChildProcess {
  return spawn(process.execPath, [CLI, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
}

/** A command that listens until it is stopped. */
export interface Listening {
  readonly port: number
  readonly pid: number
  /** All that it has told. */
  text(): string
  /** Resolves when it has told of that, since this was called or from there on. */
  said(what: RegExp, from?: number): Promise<void>
  stop(): Promise<void>
}

/** Starts `serve` or `daemon`; resolves when it has told its port. @throws {Error} with what it told, if it ends before */
export async function startListening(args: readonly string[], cwd: string): Promise<Listening> {
  const child = startCommand(args, cwd)
  const ended = once(child, 'close')
  let told = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  const said = async (what: RegExp, from = told.length): Promise<void> => {
    while (!what.test(told.slice(from))) {
      if (child.exitCode !== null) throw new Error(`${args.join(' ')} ended:\n${told}`)
      await sleep(20)
    }
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  await said(/127\.0\.0\.1:\d+/, 0)
  return { port: Number(/127\.0\.0\.1:(\d+)/.exec(told)?.[1]), pid: child.pid ?? 0, text: () => told, said, stop }
}
