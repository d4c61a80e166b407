import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../lake/makeFolder.js'
import { judgeOwner } from './folderOwner.js'
import { claimWorkFolder } from './workFolder.js'

/**
 * Gives a scan a local folder of its own, which is removed in the end, whatever comes of the scan. What killed scans left
 * there is removed, too, as nobody can go on with it.
 * @param root where the work folders of imports are
 */
export async function withScanFolder<T>(root: string, now: Date, act: (folder: string) => Promise<T>): Promise<T> {
  await makeFolder(root)
  await removeDead(root)
  const work = await claimWorkFolder(root, `scan${randomBytes(8).toString('hex')}`, now)
  try {
    return await act(work.path)
  } finally {
    await work.remove()
  }
}

/** Of a process that can't be asked for, perhaps on another machine, the folder stays until nobody has spoken for a week. */
async function removeDead(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const [, token] = /^scan[0-9a-f]+\..*\.([0-9a-f]{8})$/.exec(name) ?? []
    if (token !== undefined && (await judgeOwner(join(root, name), token)) === 'dead')
      await rm(join(root, name), { recursive: true, force: true })
  }
}
