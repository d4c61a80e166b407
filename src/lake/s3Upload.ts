import { type FileHandle, open } from 'node:fs/promises'
import type { CompletedPart } from '@aws-sdk/client-s3'
import { StocktakeError } from '../errors.js'
import { inParallel } from './inParallel.js'
import type { ByteSource } from './objectStore.js'
import type { S3Connection } from './s3Connection.js'
import { S3UnavailableError } from './s3Errors.js'
import { codeOf } from './s3Faults.js'

/** What is larger goes up in parts. */
export const PART_BYTES = 5 << 20 // the least that S3 takes as a part
/** So many parts are on their way at once; each is in memory. */
const PARTS_AT_ONCE = 4
/** S3 takes 10,000. */
const MAX_PARTS = 10_000

/**
 * Puts a local file up as an object, which is there whole or not at all; up to 20 MB of it are in memory, or four parts
 * of more than 5 MB where the file is larger than 50 GB. An upload in parts that fails is aborted: S3 would keep, and
 * bill, its parts for ever.
 * @param key with the store's prefix
 */
export async function uploadFile(connection: S3Connection, key: string, path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    await uploadSource(connection, key, { sizeBytes: size, read: (start, end) => readPart(file, path, start, end) })
  } finally {
    await file.close()
  }
}

/** As {@link uploadFile}, of bytes that can be read again wherever they are. */
export async function uploadSource(connection: S3Connection, key: string, source: ByteSource): Promise<void> {
  const { sizeBytes } = source
  if (sizeBytes <= PART_BYTES) await putBytes(connection, key, await source.read(0, sizeBytes))
  else if (!(await uploadParts(connection, key, source)) && !(await uploadParts(connection, key, source)))
    throw new S3UnavailableError({
      subject: `s3://${connection.bucket}/${key}`,
      expected: 'an answer to the end of an upload in parts',
      got: 'none, twice',
      fix: 'try again later',
    })
}

/** Creates or replaces an object by one request. */
export async function putBytes(connection: S3Connection, key: string, bytes: Uint8Array): Promise<void> {
  try {
    await connection.send('putObject', key, (s3, options) =>
      s3.putObject({ Bucket: connection.bucket, Key: key, Body: bytes }, options),
    )
  } catch (error) {
    if (error instanceof S3UnavailableError && bytes.length > SMALL_BYTES) await throwRefusal(connection, key)
    throw error
  }
}

/** What fits into the buffers of a connection. */
const SMALL_BYTES = 1 << 16

/**
 * S3 refuses a body before it has come, and closes the connection while more is sent, so that its answer may be lost. It
 * refuses the beginning of an upload for the same reasons, and that has no body.
 */
async function throwRefusal(connection: S3Connection, key: string): Promise<void> {
  await abort(await begin(connection, key))
}

/** @returns false if it can't be known whether the object is there: see {@link complete} */
async function uploadParts(connection: S3Connection, key: string, source: ByteSource): Promise<boolean> {
  const upload = await begin(connection, key)
  try {
    return await complete(upload, await sendParts(upload, source))
  } catch (error) {
    await abort(upload)
    throw error
  }
}

interface Upload {
  readonly connection: S3Connection
  readonly key: string
  readonly id: string | undefined
}

async function begin(connection: S3Connection, key: string): Promise<Upload> {
  const { UploadId } = await connection.send('createMultipartUpload', key, (s3, options) =>
    s3.createMultipartUpload(
      { Bucket: connection.bucket, Key: key, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' },
      options,
    ),
  )
  return { connection, key, id: UploadId }
}

/** Sends all parts, and comes back when none is on its way any more, also after a failure. @returns in their order */
async function sendParts(upload: Upload, source: ByteSource): Promise<CompletedPart[]> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(source.sizeBytes / MAX_PARTS))
  const parts: CompletedPart[] = Array.from({ length: Math.ceil(source.sizeBytes / partBytes) })
  await inParallel(parts.keys(), PARTS_AT_ONCE, async index => {
    parts[index] = await sendPart(upload, source, index, partBytes)
  })
  return parts
}

async function sendPart(
  { connection, key, id }: Upload,
  source: ByteSource,
  index: number,
  partBytes: number,
): Promise<CompletedPart> {
  const bytes = await source.read(index * partBytes, Math.min(source.sizeBytes, (index + 1) * partBytes))
  const PartNumber = index + 1
  const { ETag, ChecksumCRC32 } = await connection.send('uploadPart', key, (s3, options) =>
    s3.uploadPart({ Bucket: connection.bucket, Key: key, UploadId: id, PartNumber, Body: bytes }, options),
  )
  return { PartNumber, ETag, ...(ChecksumCRC32 !== undefined && { ChecksumCRC32 }) }
}

async function readPart(file: FileHandle, path: string, start: number, end: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(end - start)
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start)
  if (bytesRead === bytes.length) return bytes
  throw new StocktakeError({ subject: path, expected: `${end} bytes at least`, got: `${start + bytesRead}` })
}

/**
 * Makes the parts an object.
 * @returns false if the upload is gone after an answer was lost: most likely it had been completed, but what is there
 *   now can't be told from what another put
 */
async function complete({ connection, key, id }: Upload, parts: CompletedPart[]): Promise<boolean> {
  let isUnsure = false
  try {
    await connection.retry(async () => {
      try {
        await connection.attempt('completeMultipartUpload', (s3, options) =>
          s3.completeMultipartUpload(
            { Bucket: connection.bucket, Key: key, UploadId: id, MultipartUpload: { Parts: parts } },
            options,
          ),
        )
      } catch (error) {
        if (codeOf(error) !== 'NoSuchUpload') isUnsure = true
        throw error
      }
    })
    return true
  } catch (error) {
    if (isUnsure && codeOf(error) === 'NoSuchUpload') return false
    throw connection.explain(error, 'completeMultipartUpload', key)
  }
}

/** Also after an interruption; that it can't be done must not hide why it had to be. */
async function abort({ connection, key, id }: Upload): Promise<void> {
  const always = new AbortController().signal
  await connection
    .send(
      'abortMultipartUpload',
      key,
      (s3, options) => s3.abortMultipartUpload({ Bucket: connection.bucket, Key: key, UploadId: id }, options),
      always,
    )
    .catch(() => {})
}
