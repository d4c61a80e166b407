import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe } from 'vitest'
import { fetchPackages, librariesOf } from './debianPackages.js'
import { prepareFolder } from './prepareFolder.js'

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

/** Fetches Debian's package of ncdu unless it is there. @throws what `apt-get` or `dpkg-deb` say */
export const prepareNcdu = (folder: string, fetch = fetchNcdu): Promise<void> => prepareFolder(folder, hasNcdu, fetch)

/** With its libraries, which a small system doesn't have. */
const PACKAGES = ['ncdu', 'libncursesw6', 'libtinfo6']

async function fetchNcdu(folder: string): Promise<void> {
  await fetchPackages(PACKAGES, folder)
  await run(programOf(folder), ['-V'], { env: librariesOf(folder) }) // a package of another machine's kind, say
}

export const ncduProgram = (folder = ncduFolder()): NcduProgram => ({
  path: programOf(folder),
  env: librariesOf(folder),
})
