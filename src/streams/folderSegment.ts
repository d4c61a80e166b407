import { copyFile, type FileHandle, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { explained, type FolderStore, hasCode, inFolder, syncFolder, temporaryName } from '../lake/folderStore.js'
import type { ActiveSegment, SegmentPlace } from './activeSegment.js'
import { findSegmentName } from './segmentName.js'
import { activeFolder, readyFolder, segmentKey } from './streamPlaces.js'

/**
 * What follows the name of a segment that another ingest had left, once it is taken over. The former holder may only be
 * suspended, and go on: it then finds that the file isn't its own any more.
 */
const LEFT = '.left'

/** A segment as a file of a folder; after each call the file's bytes are on the disk. */
export async function openFolderSegment(
  { store, stream, lease }: SegmentPlace & { readonly store: FolderStore },
  name: string,
): Promise<ActiveSegment> {
  const path = store.locate(segmentKey(activeFolder(stream), name))
  const readyPath = store.locate(segmentKey(readyFolder(stream), name))
  const file = await explained(path, () => inFolder(path, () => open(path, 'wx')))
  const identity = await identityOf(file)
  await syncFolder(dirname(path))
  const requireOwn = async (): Promise<void> => {
    if ((await identityAt(path)) !== identity) throw lease.lostError()
  }
  let sizeBytes = 0
  let isReady = false
  return {
    name,
    append: bytes =>
      explained(path, async () => {
        try {
          await writeAt(file, bytes, sizeBytes)
          await file.datasync()
        } catch (error) {
          await file.truncate(sizeBytes).catch(() => {}) // what was refused is told as that, and may be sent again
          throw error
        }
        await requireOwn()
        sizeBytes += bytes.length
      }),
    finish: () =>
      explained(readyPath, async () => {
        if (!isReady) {
          await requireOwn()
          await inFolder(readyPath, () => rename(path, readyPath))
          isReady = true
        }
        await syncFolder(dirname(readyPath))
        await syncFolder(dirname(path))
        await file.close()
      }),
    abandon: () => file.close(),
  }
}

/** What tells a file from any other, whatever its name is. */
const identityOf = async (file: FileHandle): Promise<string> => formatIdentity(await file.stat({ bigint: true }))

const formatIdentity = ({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string => `${dev} ${ino}`

async function identityAt(path: string): Promise<string | undefined> {
  try {
    return formatIdentity(await stat(path, { bigint: true }))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** The system may take a part of the bytes only. */
async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** What is hidden behind the name of a file in a folder of active segments: a segment's name; nothing for other files. */
export function findFolderSegment(fileName: string): string | undefined {
  const name = /^(.+)\.ndjson(?:\.left)?$/.exec(fileName)?.[1]
  return name !== undefined && findSegmentName(name) ? name : undefined
}

/**
 * Hands over what another ingest had left of a segment: all up to its last line's end, as what follows was never flushed.
 * Done twice, it does the same.
 * @returns how many bytes; 0 where nothing was flushed, and nothing is handed over
 */
export async function recoverFolderSegment(store: FolderStore, stream: string, name: string): Promise<number> {
  const path = store.locate(segmentKey(activeFolder(stream), name))
  const [leftPath, readyPath] = [path + LEFT, store.locate(segmentKey(readyFolder(stream), name))]
  return explained(readyPath, async () => {
    await rename(path, leftPath).catch(error => {
      if (!hasCode(error, 'ENOENT')) throw error
    })
    await syncFolder(dirname(leftPath))
    // A copy, as the former holder may have the file open, and ready segments never change.
    const temporary = join(dirname(readyPath), temporaryName())
    try {
      await inFolder(temporary, () => copyFile(leftPath, temporary))
      const sizeBytes = await cutAtLastLine(temporary)
      if (sizeBytes > 0) await rename(temporary, readyPath)
      await syncFolder(dirname(readyPath))
      await unlink(leftPath)
      return sizeBytes
    } finally {
      await unlink(temporary).catch(() => {})
    }
  })
}

const BLOCK_BYTES = 1 << 16
const LINE_FEED = 0x0a

/** @returns its size then; it is on the disk */
async function cutAtLastLine(path: string): Promise<number> {
  const file = await open(path, 'r+')
  try {
    const block = Buffer.alloc(BLOCK_BYTES)
    let end = (await file.stat()).size
    while (end > 0) {
      const start = Math.max(0, end - BLOCK_BYTES)
      const { bytesRead } = await file.read(block, 0, end - start, start)
      const at = block.subarray(0, bytesRead).lastIndexOf(LINE_FEED)
      end = at < 0 ? start : start + at + 1
      if (at >= 0) break
    }
    await file.truncate(end)
    await file.sync()
    return end
  } finally {
    await file.close()
  }
}
