import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SweepOptions, Swept } from '../lake/sweepState.js'
import { isAbsent } from './folderOwner.js'
import { listForgotten, removeForgotten } from './workFolder.js'

/**
 * Removes what killed imports and engines left in a work root of this machine, when nobody has gone on with it for a week.
 * The next import does so, too.
 * @returns folders, and the bytes in them
 */
export async function sweepForgotten(root: string, { now, dryRun }: SweepOptions): Promise<Swept> {
  let [count, sizeBytes] = [0, 0]
  for (const path of await listIn(root, now)) {
    sizeBytes += await sizeOf(path)
    if (!dryRun) await removeForgotten(path)
    count++
  }
  return { count, sizeBytes }
}

async function listIn(root: string, now: Date): Promise<string[]> {
  try {
    return await listForgotten(root, now)
  } catch (error) {
    if (isAbsent(error)) return [] // nothing was ever imported here
    throw error
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0
  return bytes
}
