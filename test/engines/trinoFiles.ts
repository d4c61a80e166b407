import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The last release that Maven has whole. */
const VERSION = '476'

/** What is kept of its gigabyte: models run over given rows, without any connector. */
const KEPT = ['lib']

const STALE_MS = 3_600_000

/** Where the server is kept, or would be: another version or other parts, another folder. */
export function trinoFolder(cache = join(homedir(), '.cache', 'stocktake')): string {
  const hash = createHash('sha256').update(JSON.stringify(KEPT)).digest('hex').slice(0, 16)
  return join(cache, `trino-${VERSION}-${hash}`)
}

/** Whether the server is there. It gets its name only when it is whole, so that there is no half of one. */
export const hasTrino = (folder: string): boolean => existsSync(join(folder, 'lib'))

/**
 * Gets the server unless it is there, from where Maven's settings say. It is made in a folder of its own, renamed when it
 * is whole: of two runs at once one wins, and the other throws its own away; a killed one leaves a folder that a later
 * run sweeps.
 * @throws what Maven and tar say
 */
export async function prepareTrino(folder: string, unpack = unpackTrino): Promise<void> {
  if (hasTrino(folder)) return
  await mkdir(dirname(folder), { recursive: true })
  await sweepStale(dirname(folder))
  const temporary = await mkdtemp(join(dirname(folder), '.building-'))
  try {
    await unpack(temporary)
    await rename(temporary, folder).catch(error => {
      if (!hasTrino(folder)) throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

// Maven has a repository of its own meanwhile: what it downloads is ten times what is kept, and goes with it.
async function unpackTrino(folder: string): Promise<void> {
  const repository = join(folder, 'maven')
  const artifact = `io.trino:trino-server:${VERSION}:tar.gz`
  const goal = ['dependency:get', `-Dartifact=${artifact}`, '-Dtransitive=false']
  await runMaven(['--batch-mode', '--quiet', `-Dmaven.repo.local=${repository}`, ...goal], artifact)
  const name = `trino-server-${VERSION}`
  const archive = join(repository, 'io', 'trino', 'trino-server', VERSION, `${name}.tar.gz`)
  await run('tar', ['-xzf', archive, '-C', folder, '--strip-components=1', ...KEPT.map(part => `${name}/${part}`)])
  await rm(repository, { recursive: true })
}

/** @throws what Maven says: it says it on stdout, which an error of a command leaves out */
async function runMaven(options: readonly string[], artifact: string): Promise<void> {
  try {
    await run('mvn', options, { maxBuffer: 1 << 26 })
  } catch (error) {
    if (isAbsent(error)) throw new Error('Maven is not installed: there is no mvn on the PATH', { cause: error })
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : String(error)
    const fix = 'is Maven Central, or the mirror in ~/.m2/settings.xml, within reach?'
    throw new Error(`Maven could not get ${artifact}; ${fix}\n${said}`, { cause: error })
  }
}

const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

async function sweepStale(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('.building-')) continue
    const found = await stat(join(cache, name)).catch(() => undefined) // another run's, just renamed
    if (found && Date.now() - found.mtimeMs > STALE_MS) await rm(join(cache, name), { recursive: true, force: true })
  }
}
