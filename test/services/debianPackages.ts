import { execFile } from 'node:child_process'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Fetches packages of Debian, and unpacks them into a folder that is there. It needs no root, and starts nothing: they are
 * unpacked, not installed.
 * @throws what `apt-get` or `dpkg-deb` say
 */
export async function fetchPackages(packages: readonly string[], folder: string): Promise<void> {
  const apt = join(folder, 'apt')
  for (const name of ['lists', 'cache', 'packages']) await mkdir(join(apt, name, 'partial'), { recursive: true })
  // Lists and packages of its own: those of the system are for root to change, and may never have been fetched.
  const own = { 'Dir::State::lists': join(apt, 'lists'), 'Dir::Cache': join(apt, 'cache'), 'APT::Sandbox::User': '' }
  const options = Object.entries(own).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const aptGet = (...args: string[]) => run('apt-get', ['-q', ...options, ...args], { cwd: join(apt, 'packages') })
  await aptGet('update')
  await aptGet('download', ...packages)
  for (const name of await readdir(join(apt, 'packages')))
    if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(apt, 'packages', name), folder])
  await rm(apt, { recursive: true })
}

/** What a program of such a folder is started with: the libraries that come with it are found before the system's. */
export const librariesOf = (folder: string, more: readonly string[] = []): Record<string, string> => ({
  LD_LIBRARY_PATH: [...LIBRARY_FOLDERS, ...more].map(name => join(folder, name)).join(':'),
})

const LIBRARY_FOLDERS = ['lib', 'usr/lib'].flatMap(lib => ['x86_64', 'aarch64'].map(cpu => `${lib}/${cpu}-linux-gnu`))
