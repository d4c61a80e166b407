import type { FolderIndexes } from './folderIndexes.js'
import type { WebWorld } from './webWorld.js'

/** Whoever asks for anything has the lake looked at as well: this is for the snapshots that come while nobody does. */
const FOLDER_MS = 3_000
/** A look is a few dozen requests there. */
const S3_MS = 300_000

/** Makes the index of each new snapshot's folders soon after it is there, until the signal. */
export async function keepFoldersReady(
  folders: FolderIndexes,
  { store, sleep, signal }: Pick<WebWorld, 'store' | 'sleep' | 'signal'>,
): Promise<void> {
  const everyMs = store.url.startsWith('s3://') ? S3_MS : FOLDER_MS
  while (!signal.aborted) {
    await folders.prepare().catch(() => undefined) // whoever asks for folders is told what is wrong
    await sleep(everyMs, signal).catch(() => undefined)
  }
}
