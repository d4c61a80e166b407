import { mkdir, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where reports and lakes are kept from one bench to the next; made when it is absent. */
export async function openCache(): Promise<string> {
  const cache = join(homedir(), '.cache', 'stocktake', 'bench')
  await mkdir(cache, { recursive: true })
  return cache
}

/** Lends a new folder below another, and removes it. */
export async function withScratch<T>(parent: string, act: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(parent, 'run-'))
  try {
    return await act(scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The bytes of the files in a folder and below; those that go meanwhile don't count. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) bytes += await folderBytes(path)
    else bytes += (await stat(path).catch(() => undefined))?.size ?? 0
  }
  return bytes
}

export const freeBytes = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

const LOOK_EVERY_MS = 500

/** How much a folder holds at most while something is done, as far as looks at it, twice a second, tell; and in the end. */
export async function watchDisk<T>(
  folder: string,
  act: () => Promise<T>,
): Promise<{ readonly result: T; readonly mostBytes: number; readonly endBytes: number }> {
  let mostBytes = 0
  let isOver = false
  const look = async (): Promise<void> => {
    while (!isOver) {
      mostBytes = Math.max(mostBytes, await folderBytes(folder))
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS).unref())
    }
  }
  void look()
  try {
    const result = await act()
    const endBytes = await folderBytes(folder)
    return { result, mostBytes: Math.max(mostBytes, endBytes), endBytes }
  } finally {
    isOver = true
  }
}

/** As {@link withScratch}, where it has to stay for longer than a call. @returns the folder, and what removes it */
export async function lendScratch(parent: string): Promise<readonly [folder: string, remove: () => Promise<void>]> {
  const scratch = await mkdtemp(join(parent, 'run-'))
  return [scratch, () => rm(scratch, { recursive: true, force: true })]
}
