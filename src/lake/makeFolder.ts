import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder, and those above it, unless they are there. Node's own way never comes to an end where a file system makes none
 * in a folder that is there and says ENOENT, as /proc does: this one throws that.
 * @throws what the file system says; ENOENT, too, where a folder goes while it looks
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST' && (await isFolder(path))) return
    if (code !== 'ENOENT' || (await isFolder(dirname(path)))) throw error
    await makeFolder(dirname(path))
    await mkdir(path).catch(async again => {
      if (!(await isFolder(path))) throw again // else another process has made it
    })
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
