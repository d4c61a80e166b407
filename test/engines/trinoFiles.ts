import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { prepareFolder } from '../services/prepareFolder.js'
import { fetchArtifact } from './maven.js'

const run = promisify(execFile)

/** The last release that Maven has whole. */
const VERSION = '476'

const CONNECTORS = [join('plugin', 'iceberg'), join('plugin', 'hive')]

/** What is kept of its gigabyte: models run over given rows, tables are Iceberg's, and files of reports Hive's. */
const KEPT = ['lib', ...CONNECTORS]

/** Half of those connectors: clients of Hadoop and Snowflake, and a store for Alluxio's. */
const UNUSED = /^hdfs$|snowflake-jdbc|rocksdbjni/

const STALE_MS = 3_600_000

/** Where the server is kept, or would be: another version or other parts, another folder. */
export function trinoFolder(cache = join(homedir(), '.cache', 'stocktake')): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([KEPT, UNUSED.source]))
    .digest('hex')
    .slice(0, 16)
  return join(cache, `trino-${VERSION}-${hash}`)
}

/** Whether the server is there. It gets its name only when it is whole, so that there is no half of one. */
export const hasTrino = (folder: string): boolean => existsSync(join(folder, 'lib'))

/**
 * Gets the server unless it is there, from where Maven's settings say. A run that is killed leaves a folder that a later run sweeps.
 * @throws what Maven and tar say
 */
export const prepareTrino = (folder: string, unpack = unpackTrino): Promise<void> =>
  prepareFolder(folder, hasTrino, async temporary => {
    await sweepStale(dirname(folder))
    await unpack(temporary)
  })

// Maven has a repository of its own meanwhile: what it downloads is several times what is kept, and goes with it.
async function unpackTrino(folder: string): Promise<void> {
  const repository = join(folder, 'maven')
  const artifact = { group: 'io.trino', name: 'trino-server', version: VERSION, kind: 'tar.gz' } as const
  const archive = await fetchArtifact(artifact, repository)
  const release = join(folder, 'release')
  await mkdir(release)
  // All of its parts: most files of one are links to those of another.
  const parts = ['lib', 'plugin'].map(part => `trino-server-${VERSION}/${part}`)
  await run('tar', ['-xzf', archive, '-C', release, '--strip-components=1', ...parts])
  for (const part of KEPT) {
    await mkdir(dirname(join(folder, part)), { recursive: true })
    await rename(join(release, part), join(folder, part))
  }
  for (const connector of CONNECTORS)
    for (const name of await readdir(join(folder, connector)))
      if (UNUSED.test(name)) await rm(join(folder, connector, name), { recursive: true })
  await rm(release, { recursive: true })
  await rm(repository, { recursive: true })
}

async function sweepStale(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('.building-')) continue
    const found = await stat(join(cache, name)).catch(() => undefined) // another run's, just renamed
    if (found && Date.now() - found.mtimeMs > STALE_MS) await rm(join(cache, name), { recursive: true, force: true })
  }
}
