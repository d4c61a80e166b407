import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url))
const STALE_MS = 3_600_000

/** Where the environment of these requirements is kept, or would be: another requirements file, another folder. */
export function environmentFolder(cache = join(homedir(), '.cache', 'stocktake')): string {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16)
  return join(cache, `python-${hash}`)
}

/** The environment's interpreter, whether it is there or not. */
export const environmentPython = (folder: string): string => join(folder, 'bin', 'python')

/** Whether the environment is there. It gets its name only when it is whole, so that there is no half of one. */
export const hasEnvironment = (folder: string): boolean => existsSync(environmentPython(folder))

/**
 * Makes the environment unless it is there. It is built under a temporary name beside it and renamed when whole: of two
 * runs at once one wins and the other throws its own away; a killed one leaves a folder that a later run sweeps.
 * @throws what `python3`, its venv module or pip say
 */
export async function prepareEnvironment(folder: string, install = installRequirements): Promise<void> {
  if (hasEnvironment(folder)) return
  await mkdir(dirname(folder), { recursive: true })
  await sweepStale(dirname(folder))
  const temporary = await mkdtemp(join(dirname(folder), '.building-'))
  try {
    await install(temporary)
    await rm(join(temporary, 'bin', 'activate'), { force: true }) // it would name the temporary folder
    if (!hasEnvironment(folder)) await rm(folder, { recursive: true, force: true }) // its interpreter was uninstalled
    await rename(temporary, folder).catch(error => {
      if (!hasEnvironment(folder)) throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function installRequirements(folder: string): Promise<void> {
  await run('python3', ['-m', 'venv', folder])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--requirement']
  await run(environmentPython(folder), [...pip, requirements])
}

async function sweepStale(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('.building-')) continue
    const found = await stat(join(cache, name)).catch(() => undefined) // another run's, just renamed
    if (found && Date.now() - found.mtimeMs > STALE_MS) await rm(join(cache, name), { recursive: true, force: true })
  }
}
