import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe } from 'vitest'

const run = promisify(execFile)

/** What ncdu is started with: the libraries that come with it are found before the system's. */
export interface NcduProgram {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

/** Where the program is kept once it was fetched. */
export const ncduFolder = (cache = join(homedir(), '.cache', 'stocktake')): string => join(cache, 'bin-ncdu')

export const hasNcdu = (folder: string): boolean => existsSync(programOf(folder))

const programOf = (folder: string): string => join(folder, 'usr', 'bin', 'ncdu')

/** `describe` for tests that need ncdu: skipped where Debian's packages can't be had. */
export const describeWithNcdu = describe.skipIf(!hasNcdu(ncduFolder()))

/**
 * Fetches Debian's package of ncdu unless it is there, and needs no root: it is unpacked, not installed. That is done in a
 * folder of its own, renamed when it is whole: of two runs at once one wins, and the other throws its own away.
 * @throws what `apt-get` or `dpkg-deb` say
 */
export async function prepareNcdu(folder: string, fetch = fetchPackages): Promise<void> {
  if (hasNcdu(folder)) return
  await mkdir(dirname(folder), { recursive: true })
  const temporary = await mkdtemp(join(dirname(folder), '.building-'))
  try {
    await fetch(temporary)
    await rename(temporary, folder).catch(error => {
      if (!hasNcdu(folder)) throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** With its libraries, which a small system doesn't have. */
const PACKAGES = ['ncdu', 'libncursesw6', 'libtinfo6']

async function fetchPackages(folder: string): Promise<void> {
  const apt = join(folder, 'apt')
  for (const name of ['lists', 'cache', 'packages']) await mkdir(join(apt, name, 'partial'), { recursive: true })
  // Lists and packages of its own: those of the system are for root to change, and may never have been fetched.
  const own = { 'Dir::State::lists': join(apt, 'lists'), 'Dir::Cache': join(apt, 'cache'), 'APT::Sandbox::User': '' }
  const options = Object.entries(own).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const aptGet = (...args: string[]) => run('apt-get', ['-q', ...options, ...args], { cwd: join(apt, 'packages') })
  await aptGet('update')
  await aptGet('download', ...PACKAGES)
  for (const name of await readdir(join(apt, 'packages')))
    if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(apt, 'packages', name), folder])
  await rm(apt, { recursive: true })
  await run(programOf(folder), ['-V'], { env: librariesOf(folder) }) // a package of another machine's kind, say
}

export const ncduProgram = (folder = ncduFolder()): NcduProgram => ({
  path: programOf(folder),
  env: librariesOf(folder),
})

const librariesOf = (folder: string): Record<string, string> => ({
  LD_LIBRARY_PATH: LIBRARY_FOLDERS.map(name => join(folder, name)).join(':'),
})

const LIBRARY_FOLDERS = ['lib', 'usr/lib'].flatMap(lib => ['x86_64', 'aarch64'].map(cpu => `${lib}/${cpu}-linux-gnu`))
