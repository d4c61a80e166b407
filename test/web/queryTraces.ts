import { readdir, readFile } from 'node:fs/promises'
import type { ServedPlace } from './servedPlace.js'

/** The ids of the processes of queries that this process has started, and that were all there at one moment. */
export async function listQueries(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  return filterQueries(await filterQueries(pids)) // while the others were looked at, one may have ended and the next begun
}

async function filterQueries(pids: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const pid of pids) {
    const [line = '', stat = ''] = await Promise.all(
      ['cmdline', 'stat'].map(file => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
    )
    const parent = stat.slice(stat.lastIndexOf(')')).split(' ')[2]
    if (line.includes('run-query') && parent === String(process.pid)) found.push(pid)
  }
  return found
}

/** The folders that queries write to. */
export const listQueryFolders = async ({ world }: ServedPlace): Promise<string[]> =>
  (await readdir(world.tempFolder)).filter(name => name.startsWith('stocktake-query-'))
