import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { access, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { makeFolder } from '../lake/makeFolder.js'
import type { Context } from './globals.js'

const run = promisify(execFile)

/** DuckDB's command, where it is installed: the first on the PATH. */
export async function findDuckDB({ PATH = '' }: Context['env']): Promise<string | undefined> {
  for (const folder of PATH.split(delimiter)) {
    const path = join(folder, 'duckdb')
    if (folder !== '' && (await isProgram(path))) return path
  }
  return undefined
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

/**
 * Runs DuckDB's command on this terminal, with views made, until the person ends it.
 * @param statements each makes a view
 * @param started is told when it is certain that it can make them
 * @returns whether it could: it may be too old for them
 */
export async function runDuckDB(
  program: string,
  statements: readonly string[],
  started: (version: string) => void,
  { config, signal, log }: Context,
): Promise<boolean> {
  const temp = config.engine.temp ?? tmpdir()
  await makeFolder(temp)
  const folder = await mkdtemp(join(temp, 'stocktake-shell-'))
  try {
    const path = join(folder, 'views.sql')
    await writeFile(path, statements.map(statement => `${statement};\n`).join(''), { mode: 0o600 })
    const read = `.read "${path.replaceAll(/["\\]/g, '\\$&')}"`
    try {
      await run(program, ['-bail', ':memory:', '-c', read], { signal })
      const { stdout } = await run(program, ['--version'], { signal })
      started(stdout.trim().split(' ')[0] ?? '')
    } catch (error) {
      signal.throwIfAborted()
      log.warn(`${program} can't make the views: ${firstLine(error)}`)
      return false
    }
    await runOnTerminal(program, [':memory:', '-cmd', read], signal)
    return true
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function firstLine(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
  return (said || String(error)).split('\n')[0] ?? ''
}

/**
 * The terminal is the program's, and so is Ctrl-C, which the terminal sends to both. Its exit code says no more than that a
 * statement failed, which the person has seen.
 */
async function runOnTerminal(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const others = process.listeners('SIGINT')
  const ignore = () => {}
  process.removeAllListeners('SIGINT').on('SIGINT', ignore)
  try {
    const child = spawn(program, args, { stdio: 'inherit' })
    const end = () => child.kill()
    signal.addEventListener('abort', end)
    await once(child, 'close').finally(() => signal.removeEventListener('abort', end))
    signal.throwIfAborted()
  } finally {
    process.removeListener('SIGINT', ignore)
    for (const listener of others) process.on('SIGINT', listener)
  }
}
