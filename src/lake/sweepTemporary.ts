import type { Dirent } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isTemporaryName, TEMPORARY_PREFIX } from './folderStore.js'
import type { ObjectStore } from './objectStore.js'
import type { SweepOptions, Swept } from './sweepState.js'

/**
 * Removes files that writers of a folder store were killed over: those that are named as it names them, directly in the
 * folder and in those that Stocktake keeps there, when they are old. Elsewhere there are none: an object on S3 is there
 * whole or not at all. What else has a like name is others' matter.
 */
export async function sweepTemporary(
  { url }: Pick<ObjectStore, 'url'>,
  { olderThanMs, now, dryRun }: SweepOptions & { readonly olderThanMs: number },
): Promise<Swept> {
  let [count, sizeBytes] = [0, 0]
  for await (const path of url.startsWith('file:') ? listTemporary(fileURLToPath(url), OWN_FOLDERS) : []) {
    const found = await stat(path).catch(() => undefined) // its writer may be done with it by now
    if (!found || now.getTime() - found.mtimeMs <= olderThanMs) continue
    if (!dryRun) await rm(path, { force: true })
    count++
    // Linked to an object, or to a file of an import's, it frees nothing.
    sizeBytes += found.nlink > 1 ? 0 : found.size
  }
  return { count, sizeBytes }
}

/** Of a lake; in what else is in its folder Stocktake never writes. */
const OWN_FOLDERS: readonly string[] = ['tables', 'state', 'raw', 'processed']

/** @param only the subfolders to look into; all unless given */
async function* listTemporary(folder: string, only?: readonly string[]): AsyncIterable<string> {
  for (const entry of await entriesOf(folder)) {
    const isOwn = only ? only.includes(entry.name) : !entry.name.startsWith(TEMPORARY_PREFIX)
    if (entry.isDirectory() && isOwn) yield* listTemporary(join(folder, entry.name))
    else if (entry.isFile() && isTemporaryName(entry.name)) yield join(folder, entry.name)
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
