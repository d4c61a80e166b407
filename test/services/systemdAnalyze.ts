import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fetchPackages, librariesOf } from './debianPackages.js'
import { prepareFolder } from './prepareFolder.js'

const run = promisify(execFile)

/** What checks units, and what it is started with. */
export interface SystemdAnalyze {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

/** With libraries that a system without systemd may not have. */
const PACKAGES = [
  'systemd',
  'libsystemd-shared',
  'libsystemd0',
  'libapparmor1',
  'libcryptsetup12',
  'libfdisk1',
  'libip4tc2',
  'libkmod2',
  'libseccomp2',
]

/** That of the system; else Debian's, which is fetched once and unpacked. @throws what `apt-get` or `dpkg-deb` say */
export async function findSystemdAnalyze(
  cache = join(homedir(), '.cache', 'stocktake'),
  system = '/usr/bin/systemd-analyze',
): Promise<SystemdAnalyze> {
  if (existsSync(system)) return { path: system, env: {} }
  const folder = join(cache, 'bin-systemd')
  await prepareFolder(
    folder,
    folder => existsSync(programOf(folder).path),
    async folder => {
      await fetchPackages(PACKAGES, folder)
      const { path, env } = programOf(folder)
      await run(path, ['--version'], { env })
    },
  )
  return programOf(folder)
}

const programOf = (folder: string): SystemdAnalyze => ({
  path: join(folder, 'usr', 'bin', 'systemd-analyze'),
  env: {
    ...librariesOf(folder, ['usr/lib/x86_64-linux-gnu/systemd', 'usr/lib/aarch64-linux-gnu/systemd']),
    SYSTEMD_UNIT_PATH: ['lib', 'usr/lib'].map(lib => join(folder, lib, 'systemd', 'system')).join(':'),
  },
})
