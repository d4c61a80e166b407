import { randomBytes } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

/** An answer that waits on disk until it is whole. */
export interface Spool {
  write(text: string): Promise<void> | undefined
  /** Bytes, of all that was written. */
  sizeBytes(): number
  /** All that was written. The file is gone once that has been read, or whoever reads it has left. */
  read(): Promise<ReadableStream<Uint8Array>>
  close(): Promise<void>
}

/** Opens a file that has no name any more: it goes with this process at the latest. @param folder that is there */
export async function openSpool(folder: string): Promise<Spool> {
  const path = join(folder, `answer-${randomBytes(8).toString('hex')}`)
  const file = await open(path, 'wx+')
  await unlink(path)
  let batch: string[] = []
  let batchCharacters = 0
  let sizeBytes = 0
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(batch.join(''))
    batch = []
    batchCharacters = 0
    await file.write(bytes, 0, bytes.length, sizeBytes)
    sizeBytes += bytes.length
  }
  return {
    write(text) {
      batch.push(text)
      batchCharacters += text.length
      return batchCharacters < BATCH_CHARACTERS ? undefined : flush()
    },
    sizeBytes: () => sizeBytes,
    async read() {
      await flush()
      return Readable.toWeb(file.createReadStream({ start: 0 })) as ReadableStream<Uint8Array>
    },
    close: () => file.close(),
  }
}

const BATCH_CHARACTERS = 1 << 16
