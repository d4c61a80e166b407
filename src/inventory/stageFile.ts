import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, type ZlibOptions } from 'node:zlib'
import { InterruptedError, ReportRefusedError, toFileSystemError } from '../errors.js'
import { ObjectNotFoundError } from '../lake/objectStore.js'
import { REFUSED_FIX } from './loadManifest.js'

/** What the manifest says of a data file. */
export interface ExpectedFile {
  /** For messages. */
  readonly url: string
  readonly sizeBytes: number
  /** Of the bytes as delivered, 32 lower-case hex digits. */
  readonly md5: string
}

export interface StageTarget {
  /** The local file to make; its folder is made too. `<path>.part` is written first, and taken over if it is there. */
  readonly path: string
  /** Whether the bytes are gzip, to be unpacked on the way. */
  readonly unpack: boolean
}

export interface StagedFile {
  /** As delivered. */
  readonly bytes: number
  /** As written. */
  readonly unpackedBytes: number
}

/**
 * Copies one data file of a report to the local disk, in bounded memory (about 6 MB), and unpacks it on the way. The
 * file gets its name only when its size, its MD5 and the gzip's own CRCs and lengths are right; it is not fsynced, as
 * it can be had again.
 *
 * @param source the file's bytes as they arrive; read to the end even if the gzip is broken, to tell a faulty delivery
 *   from a faulty file
 * @throws {ReportRefusedError} if there is no such object, its size or MD5 differs, or the gzip is cut, corrupt or
 *   followed by bytes that are no gzip (also zeros: what comes after them would be lost)
 * @throws {InterruptedError} if the signal is raised
 */
export async function stageFile(
  source: AsyncIterable<Uint8Array>,
  expected: ExpectedFile,
  target: StageTarget,
  signal: AbortSignal,
): Promise<StagedFile> {
  const part = `${target.path}.part`
  await mkdir(dirname(target.path), { recursive: true })
  try {
    const staged = await copyChecked(source, expected, target.unpack ? openUnpacker(part) : openCopier(part), signal)
    await rename(part, target.path)
    return staged
  } catch (error) {
    await rm(part, { force: true })
    if (error instanceof ObjectNotFoundError) throw refuse(expected, 'a data file', 'no such object', error)
    throw toFileSystemError(error, target.path)
  }
}

async function copyChecked(
  source: AsyncIterable<Uint8Array>,
  expected: ExpectedFile,
  sink: Sink,
  signal: AbortSignal,
): Promise<StagedFile> {
  const hash = createHash('md5')
  let bytes = 0
  try {
    for await (const chunk of source) {
      if (signal.aborted)
        throw new InterruptedError({ subject: expected.url, got: 'interrupted', cause: signal.reason })
      bytes += chunk.length
      if (bytes > expected.sizeBytes) break // no need to see how much more
      hash.update(chunk)
      await sink.write(chunk)
    }
  } catch (error) {
    await sink.abandon()
    throw error
  }
  const written = await sink.end()
  if (bytes !== expected.sizeBytes)
    throw refuse(expected, `${expected.sizeBytes} bytes`, `${bytes > expected.sizeBytes ? 'more' : bytes}`)
  const md5 = hash.digest('hex')
  if (md5 !== expected.md5) throw refuse(expected, `MD5 ${expected.md5}`, md5)
  if (written.fault) throw refuse(expected, 'gzip, whole and nothing after it', written.fault.message, written.fault)
  return { bytes, unpackedBytes: written.bytes }
}

function refuse({ url }: ExpectedFile, expected: string, got: string, cause?: unknown): ReportRefusedError {
  return new ReportRefusedError({ subject: url, expected, got, fix: REFUSED_FIX, cause })
}

/** Takes bytes for a file. A fault of the bytes is told at the end; a fault of the disk is thrown. */
interface Sink {
  /** Resolves when more can be taken. */
  write(chunk: Uint8Array): Promise<void>
  end(): Promise<{ bytes: number; fault?: Error }>
  /** Closes the file, unfinished. */
  abandon(): Promise<void>
}

// Measured on a report of 24 MB (159 MB unpacked), MB of gzip a second: chunks of zlib's own 16 KiB 23, of 256 KiB 49,
// of 1 MiB 67, which is that of inflating alone. Two of them between two streams keep both busy; four gain nothing.
const CHUNK_BYTES = 1 << 20
const BUFFER_BYTES = 2 * CHUNK_BYTES

function openCopier(path: string): Sink {
  const file = createWriteStream(path, { highWaterMark: BUFFER_BYTES })
  let failure: Error | undefined
  file.on('error', error => {
    failure = error
  })
  return {
    async write(chunk) {
      if (failure) throw failure
      if (!file.write(chunk)) await once(file, 'drain')
    },
    async end() {
      if (failure) throw failure
      file.end()
      await once(file, 'close')
      if (failure) throw failure
      return { bytes: file.bytesWritten }
    },
    abandon: () => close(file),
  }
}

function openUnpacker(path: string): Sink {
  const file = createWriteStream(path, { highWaterMark: BUFFER_BYTES })
  const options: ZlibOptions & { highWaterMark: number } = { chunkSize: CHUNK_BYTES, highWaterMark: BUFFER_BYTES }
  const gunzip = createGunzip(options)
  let taken = 0
  let isOver = false // after a fault, and after a member that is followed by no other
  let failure: Error | undefined
  const over = pipeline(gunzip, file).then(
    () => {
      isOver = true
    },
    (error: Error) => {
      isOver = true
      failure = error
    },
  )
  return {
    async write(chunk) {
      taken += chunk.length
      if (failure && !isGzipFault(failure)) throw failure
      if (!isOver && !gunzip.write(chunk)) await Promise.race([once(gunzip, 'drain').catch(() => over), over])
    },
    async end() {
      if (!isOver) gunzip.end()
      await over
      await close(file) // after a fault it may not even be open yet, and would be made again once it is removed
      if (failure && !isGzipFault(failure)) throw failure
      const rest = taken - gunzip.bytesWritten // bytes that zlib had no use for
      const fault = failure ?? (rest > 0 ? new Error(`${rest} bytes after the end of the gzip`) : undefined)
      return { bytes: file.bytesWritten, ...(fault && { fault }) }
    },
    async abandon() {
      gunzip.destroy()
      await over
      await close(file)
    },
  }
}

const isGzipFault = (error: Error): boolean => 'code' in error && /^Z_(DATA|BUF)_ERROR$/.test(String(error.code))

async function close(file: Writable): Promise<void> {
  if (file.closed) return
  const closed = new Promise(resolve => file.once('close', resolve)) // `once` would throw what the pipeline threw
  file.destroy()
  await closed
}
