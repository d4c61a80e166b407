import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Fills a folder unless `isThere` says that it is. It is done in a folder of its own, renamed when it is whole: of two runs at
 * once one wins, and the other throws its own away.
 * @param fill puts into a folder what is wanted
 * @throws what `fill` throws
 */
export async function prepareFolder(
  folder: string,
  isThere: (folder: string) => boolean,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  if (isThere(folder)) return
  await mkdir(dirname(folder), { recursive: true })
  const temporary = await mkdtemp(join(dirname(folder), '.building-'))
  try {
    await fill(temporary)
    await rename(temporary, folder).catch(error => {
      if (!isThere(folder)) throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
