import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder, and those above it, unless they are there. Node's own way never comes to an end where a file system makes none
 * in a folder that is there and says ENOENT, as /proc does: this one throws that.
 * @throws what the file system says; ENOENT, too, where folders come and go while it looks
 */
export async function makeFolder(path: string): Promise<void> {
  const first = await tryMake(path)
  if (first === undefined) return
  if (first.code !== 'ENOENT') throw first
  if (dirname(path) !== path && !(await isFolder(dirname(path)))) await makeFolder(dirname(path))
  const again = await tryMake(path) // the folder above is there now, perhaps by another process
  if (again !== undefined) throw again
}

/** @returns why there is no such folder now; a folder that another process removed just now is ENOENT */
async function tryMake(path: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(path)
    return undefined
  } catch (error) {
    const refusal = error as NodeJS.ErrnoException
    if (refusal.code !== 'EEXIST') return refusal
    const found = await stat(path).catch((reason: NodeJS.ErrnoException) => reason)
    if (found instanceof Error) return found
    return found.isDirectory() ? undefined : refusal
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
