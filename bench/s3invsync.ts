import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const VERSION = '0.2.0'
const MOST_OUTPUT_BYTES = 1 << 26

const folderOf = (cache: string): string => join(cache, `bin-s3invsync-${VERSION}`)
const programOf = (folder: string): string => join(folder, 'bin', 's3invsync')

/**
 * Builds s3invsync unless it is there, which takes Cargo minutes. It is built in a folder of its own, renamed when it is whole.
 * @returns the program; `undefined` where it can't be built, which is told
 */
export async function prepareS3invsync(cache = join(homedir(), '.cache', 'stocktake')): Promise<string | undefined> {
  const folder = folderOf(cache)
  if (existsSync(programOf(folder))) return programOf(folder)
  await mkdir(dirname(folder), { recursive: true })
  const temporary = await mkdtemp(join(dirname(folder), '.building-'))
  process.stderr.write(`s3invsync ${VERSION} is built, which takes minutes\n`)
  try {
    const command = ['install', '--version', VERSION, '--locked', '--root', temporary, 's3invsync']
    await run('cargo', command, { maxBuffer: MOST_OUTPUT_BYTES })
    await rename(temporary, folder).catch(error => {
      if (!existsSync(programOf(folder))) throw error // else another run was quicker
    })
    return programOf(folder)
  } catch (error) {
    process.stderr.write(`s3invsync is left out: ${String(error).trim().split('\n').at(-1)}\n`)
    return undefined
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
