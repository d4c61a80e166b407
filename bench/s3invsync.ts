import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { prepareFolder } from '../test/services/prepareFolder.js'

const run = promisify(execFile)
const VERSION = '0.2.0'
const MOST_OUTPUT_BYTES = 1 << 26

const folderOf = (cache: string): string => join(cache, `bin-s3invsync-${VERSION}`)
const programOf = (folder: string): string => join(folder, 'bin', 's3invsync')

/**
 * Builds s3invsync unless it is there, which takes Cargo minutes.
 * @returns the program; `undefined` where it can't be built, which is told
 */
export async function prepareS3invsync(cache = join(homedir(), '.cache', 'stocktake')): Promise<string | undefined> {
  const folder = folderOf(cache)
  try {
    await prepareFolder(folder, hasS3invsync, cargoInstall)
    return programOf(folder)
  } catch (error) {
    process.stderr.write(`s3invsync is left out: ${String(error).trim().split('\n').at(-1)}\n`)
    return undefined
  }
}

const hasS3invsync = (folder: string): boolean => existsSync(programOf(folder))

async function cargoInstall(folder: string): Promise<void> {
  process.stderr.write(`s3invsync ${VERSION} is built, which takes minutes\n`)
  const command = ['install', '--version', VERSION, '--locked', '--root', folder, 's3invsync']
  await run('cargo', command, { maxBuffer: MOST_OUTPUT_BYTES })
}
