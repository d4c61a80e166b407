import { readdir, readFile } from 'node:fs/promises'
import type { ServedPlace } from './servedPlace.js'

/** The ids of the processes of queries that this process has started, and that were all there at one moment. */
export async function listQueries(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  return filterQueries(await filterQueries(pids)) // while the others were looked at, one may have ended and the next begun
}

async function filterQueries(pids: readonly string[]): Promise<string[]> {
  const are = await Promise.all(pids.map(isQuery))
  return pids.filter((_, i) => are[i])
}

async function isQuery(pid: string): Promise<boolean> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  const stat = await read('stat')
  const parent = stat.slice(stat.lastIndexOf(')')).split(' ')[2]
  return parent === String(process.pid) && (await read('cmdline')).includes('run-query')
}

/** The folders that queries write to. */
export const listQueryFolders = async ({ world }: ServedPlace): Promise<string[]> =>
  (await readdir(world.tempFolder)).filter(name => name.startsWith('stocktake-query-'))
