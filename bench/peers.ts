import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageFolder } from '../src/packageFolder.js'
import { environmentPython, prepareEnvironment } from '../test/oracles/pythonEnvironment.js'
import type { Taken } from './measured.js'
import { runProgram } from './processes.js'

const run = promisify(execFile)
const FOLDER = join(packageFolder(), 'bench', 'peers')

/** Programs that do some of the same. */
export interface Peers {
  /** Has one of them do a task of peer_once.py in a process of its own; `undefined` where Python's can't be had. */
  readonly runPython: ((program: string, args: readonly string[], cwd: string) => Promise<Taken>) | undefined
}

/** Makes the environment of the peers that are Python's, unless it is there; without Python or its index, they are left out. */
export async function preparePeers(): Promise<Peers> {
  const requirements = join(FOLDER, 'requirements.txt')
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16)
  const folder = join(homedir(), '.cache', 'stocktake', `python-peers-${hash}`)
  try {
    await prepareEnvironment(folder, async into => {
      await run('python3', ['-m', 'venv', into])
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--requirement']
      await run(environmentPython(into), [...pip, requirements])
    })
  } catch (error) {
    process.stderr.write(`chDB, Polars and PyIceberg are left out: ${String(error).trim().split('\n').at(-1)}\n`)
    return { runPython: undefined }
  }
  const script = join(FOLDER, 'peer_once.py')
  return {
    runPython: (program, args, cwd) => runProgram([environmentPython(folder), script, program, ...args], { cwd }),
  }
}
