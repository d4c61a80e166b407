import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A file of Maven's repository. */
export interface Artifact {
  readonly group: string
  readonly name: string
  readonly version: string
  readonly kind: 'jar' | 'tar.gz'
}

/**
 * Gets a file from where Maven's settings say.
 * @param repository a folder for what is downloaded, which is more than that file
 * @returns the file's path
 * @throws what Maven says
 */
export async function fetchArtifact(artifact: Artifact, repository: string): Promise<string> {
  const { group, name, version, kind } = artifact
  const coordinates = [group, name, version, kind].join(':')
  const goal = ['dependency:get', `-Dartifact=${coordinates}`, '-Dtransitive=false']
  await runMaven(['--batch-mode', '--quiet', `-Dmaven.repo.local=${repository}`, ...goal], coordinates)
  return join(repository, ...group.split('.'), name, version, `${name}-${version}.${kind}`)
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
