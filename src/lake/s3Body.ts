import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import type { ByteRange } from './objectStore.js'
import { waitAfter } from './retry.js'
import type { S3Connection } from './s3Connection.js'
import { ObjectChangedError, ObjectCorruptError, S3AnswerError } from './s3Errors.js'
import { codeOf, isTransient } from './s3Faults.js'

/** A resumed body that has come this far has earned its retries anew: a large one may be cut many times. */
const PROGRESS_BYTES = 1 << 20

/**
 * An object's bytes as they arrive. Where the body is cut, or nothing comes any more, it is resumed where it stopped,
 * of the same version of the object.
 *
 * The checksum that S3 has of the whole object (CRC-32, as for all that Stocktake puts in one piece) is checked at the
 * end: what was given before an ObjectCorruptError is not to be trusted. A part of an object has no checksum.
 *
 * @param key with the store's prefix
 * @param range not empty; past the end there are no bytes
 * @throws {ObjectNotFoundError} before the first chunk
 * @throws {ObjectChangedError} if another version took the object's place between two parts of the body
 * @throws {ObjectCorruptError}
 */
export async function* streamBody(
  connection: S3Connection,
  key: string,
  range: ByteRange | undefined,
): AsyncIterable<Uint8Array> {
  const { retries, effects, counts } = connection
  const body = new ObjectBody(connection, key, range)
  let failures = 0
  let safe = body.position
  while (!body.isOver) {
    try {
      for await (const chunk of body.next()) {
        counts.bytesRead += chunk.length
        yield chunk
      }
    } catch (error) {
      effects.signal.throwIfAborted()
      if (body.isOver) break
      if (body.position - safe >= PROGRESS_BYTES) failures = 0
      safe = body.position
      failures++
      if (failures > retries || !isTransient(error)) throw connection.explain(error, 'getObject', key)
      await waitAfter(failures, effects)
    }
  }
  body.check()
}

/** One object's body, across the answers that it takes. */
class ObjectBody {
  position: number
  isOver = false
  /** Where it ends; unknown until the first answer, and where S3 doesn't say. */
  #end: number | undefined
  #version: { readonly eTag?: string; readonly crc32?: string } | undefined
  #crc32 = 0
  readonly #connection: S3Connection
  readonly #key: string
  readonly #range: ByteRange | undefined

  constructor(connection: S3Connection, key: string, range: ByteRange | undefined) {
    this.#connection = connection
    this.#key = key
    this.#range = range
    this.position = range?.start ?? 0
  }

  /** The bytes from the position on, by one request. @throws what the SDK throws */
  async *next(): AsyncIterable<Uint8Array> {
    const answer = await this.#ask()
    if (answer === undefined) return // past the end
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      this.position += chunk.length
      if (this.#version?.crc32 !== undefined) this.#crc32 = crc32(chunk, this.#crc32)
      if (this.position === this.#end) this.isOver = true // whatever fails after it
      yield chunk
    }
    if (this.#end !== undefined && this.position < this.#end) throw cut(this.position, this.#end)
    this.isOver = true
  }

  /** @throws {ObjectCorruptError} if S3 knows another checksum */
  check(): void {
    const expected = this.#version?.crc32
    const got = toBase64(this.#crc32)
    if (expected !== undefined && expected !== got)
      throw new ObjectCorruptError({
        subject: this.#url,
        expected: `CRC-32 ${expected}`,
        got,
        fix: 'try again: the bytes changed on their way',
      })
  }

  get #url(): string {
    return `s3://${this.#connection.bucket}/${this.#key}`
  }

  async #ask(): Promise<Readable | undefined> {
    const range = this.#rangeHeader()
    try {
      const eTag = this.#version?.eTag
      const answer = await this.#connection.attempt('getObject', (s3, options) =>
        s3.getObject(
          {
            Bucket: this.#connection.bucket,
            Key: this.#key,
            ...(range !== undefined && { Range: range }),
            ...(eTag !== undefined && { IfMatch: eTag }),
          },
          options,
        ),
      )
      return this.#take(answer, range)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'InvalidRange' && this.#version === undefined) {
        this.isOver = true
        return undefined
      }
      // A resumed request names the version that it wants, and asks for bytes that this one has.
      if (this.#version !== undefined && ['PreconditionFailed', 'InvalidRange', 'NoSuchKey'].includes(code))
        throw new ObjectChangedError({
          subject: this.#url,
          expected: 'the same object to the end',
          got: code === 'NoSuchKey' ? 'it was removed while it was read' : 'it was replaced while it was read',
          fix: 'read it again',
          cause: this.#connection.explain(error, 'getObject', this.#key),
        })
      throw error
    }
  }

  #rangeHeader(): string | undefined {
    if (this.#range === undefined && this.position === 0) return undefined
    const end = this.#end ?? this.#range?.end
    return `bytes=${this.position}-${end === undefined ? '' : end - 1}`
  }

  /** Takes the first answer for the object, and a later one only if it goes on with the same. */
  #take(answer: GetObjectCommandOutput, range: string | undefined): Readable {
    const { Body, ETag, ContentLength, ContentRange } = answer
    if (!(Body instanceof Readable)) throw this.#senseless('a body', 'none')
    if (range !== undefined && !ContentRange?.startsWith(`bytes ${this.position}-`)) {
      Body.destroy()
      throw this.#senseless(range, ContentRange ?? 'the whole object')
    }
    if (this.#version === undefined) {
      const isWhole = range === undefined && answer.ChecksumType !== 'COMPOSITE'
      const known = isWhole && !answer.ChecksumCRC32?.includes('-') ? answer.ChecksumCRC32 : undefined
      this.#version = { ...(ETag && { eTag: ETag }), ...(known && { crc32: known }) }
      this.#end = ContentLength === undefined ? undefined : this.position + ContentLength
    }
    if (this.position === this.#end) this.isOver = true
    return Body
  }

  #senseless(expected: string, got: string): S3AnswerError {
    return new S3AnswerError({ subject: this.#url, expected, got, fix: 'check aws.endpoint' })
  }
}

const cut = (position: number, end: number): Error =>
  Object.assign(new Error(`the body ended after ${position} of ${end} bytes`), { code: 'ECONNRESET' })

function toBase64(checksum: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(checksum)
  return bytes.toString('base64')
}
