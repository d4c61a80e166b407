import type { AwsConfig } from '../config/config.js'
import { UsageError } from '../errors.js'
import {
  type ByteRange,
  type ByteSource,
  type DirectEntry,
  ObjectKeyError,
  ObjectNotFoundError,
  type ObjectStore,
  type StoredObject,
} from './objectStore.js'
import { waitAfter } from './retry.js'
import { streamBody } from './s3Body.js'
import {
  type ConnectionEffects,
  openConnection,
  type S3Connection,
  type S3Counts,
  type S3Timeouts,
} from './s3Connection.js'
import type { S3Credentials } from './s3Credentials.js'
import { ObjectChangedError, ObjectCorruptError, S3AccessDeniedError, S3RefusedError } from './s3Errors.js'
import { codeOf, statusOf } from './s3Faults.js'
import { listCommonPrefixes, listEntries, listObjects, toStoredObject } from './s3Listing.js'
import { putBytes, uploadFile, uploadSource } from './s3Upload.js'

/** A place on S3. */
export interface S3Place {
  readonly bucket: string
  /** Of every key, without a slash at its end; empty for the whole bucket. */
  readonly prefix: string
}

export interface S3StoreOptions extends S3Place {
  readonly aws: AwsConfig
  /** How many times a request that failed in passing is sent again: `engine.retries`. */
  readonly retries: number
  readonly timeouts?: S3Timeouts
}

/** A request whose bytes stand still for so long is sent again. */
export const S3_TIMEOUTS: S3Timeouts = { connectMs: 10_000, idleMs: 20_000 }

/**
 * A bucket, or a part of one, as an object store; loads the SDK, and asks nothing of S3 yet.
 * @throws {S3RegionError} where nothing names a region
 */
export async function openS3Store(options: S3StoreOptions, effects: ConnectionEffects): Promise<S3Store> {
  const { bucket, prefix } = options
  const connection = await openConnection({ timeouts: S3_TIMEOUTS, ...options }, effects)
  return new S3Store(connection, { bucket, prefix: prefix.replace(/\/+$/, '') })
}

/** The place that `s3://bucket/prefix` names. @throws {UsageError} */
export function parseS3Url(url: string): S3Place {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(url) ?? []
  if (bucket === undefined) throw new UsageError({ subject: url, expected: 's3://bucket or s3://bucket/prefix' })
  return { bucket, prefix: prefix.replace(/\/+$/, '') }
}

/** Keys are those of S3 exactly, whatever is in them; a `..` is a name like others, and leads nowhere. */
export class S3Store implements ObjectStore {
  readonly url: string
  readonly #place: S3Place
  readonly #connection: S3Connection
  readonly #prefix: string

  /** @param place its prefix has no slash at its end */
  constructor(connection: S3Connection, place: S3Place) {
    const { bucket, prefix } = place
    this.#place = place
    this.#connection = connection
    this.#prefix = prefix === '' ? '' : `${prefix}/`
    this.url = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`
  }

  /** What was asked of S3 so far. */
  get counts(): Readonly<S3Counts> {
    return this.#connection.counts
  }

  /** The same store, whose requests are counted from nothing, and not in this one's counts: for one piece of work. */
  countApart(): S3Store {
    return new S3Store(this.#connection.countApart(), this.#place)
  }

  /** The credentials in use, good for some minutes at least; for engines that ask S3 themselves. */
  async resolveCredentials(): Promise<S3Credentials> {
    try {
      return await this.#connection.s3.config.credentials()
    } catch (error) {
      throw this.#connection.explain(error, 'listObjectsV2', undefined)
    }
  }

  /** The region that is asked. */
  resolveRegion(): Promise<string> {
    return this.#connection.s3.config.region()
  }

  /** @throws {ObjectNotFoundError} @throws {ObjectChangedError} and {ObjectCorruptError} if that lasts */
  async read(key: string, range?: ByteRange): Promise<Uint8Array> {
    const { retries, effects } = this.#connection
    for (let failures = 1; ; failures++) {
      try {
        const chunks: Uint8Array[] = []
        for await (const chunk of this.stream(key, range)) chunks.push(chunk)
        return Buffer.concat(chunks)
      } catch (error) {
        const isWorthIt = error instanceof ObjectChangedError || error instanceof ObjectCorruptError
        if (!isWorthIt || failures > retries) throw error
        await waitAfter(failures, effects)
      }
    }
  }

  /**
   * The object's bytes as they arrive, of one version of it; a body that is cut or stands still is resumed.
   * @throws {ObjectNotFoundError} before the first chunk
   * @throws {ObjectChangedError} if the object was replaced meanwhile
   * @throws {ObjectCorruptError} at the end, if the bytes aren't those that were put
   */
  async *stream(key: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    const isEmpty = range?.end !== undefined && range.end <= range.start
    if (!isEmpty) yield* streamBody(this.#connection, this.#fullKey(key), range)
    else if (!(await this.find(key)))
      throw new ObjectNotFoundError({ subject: `${this.url}/${key}`, got: 'no such object' })
  }

  async find(key: string): Promise<StoredObject | undefined> {
    const { bucket } = this.#connection
    const Key = this.#fullKey(key)
    try {
      const { ContentLength, LastModified, ETag } = await this.#connection.send('headObject', Key, (s3, options) =>
        s3.headObject({ Bucket: bucket, Key }, options),
      )
      return toStoredObject(key, ContentLength ?? 0, LastModified ?? new Date(0), ETag)
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return undefined
      // A HEAD has no body to say why. A GET has, and throws what it says.
      if (error instanceof S3AccessDeniedError || error instanceof S3RefusedError)
        await this.read(key, { start: 0, end: 1 })
      throw error
    }
  }

  async *list(prefix: string, after?: string): AsyncIterable<StoredObject> {
    const fullAfter = after === undefined ? undefined : this.#prefix + after
    for await (const object of listObjects(this.#connection, this.#prefix + prefix, fullAfter)) {
      const key = object.key.slice(this.#prefix.length)
      if (key !== '') yield { ...object, key } // consoles mark a folder by an object of its name
    }
  }

  async *listDirectly(prefix: string): AsyncIterable<DirectEntry> {
    for await (const entry of listEntries(this.#connection, this.#prefix + prefix)) {
      if (entry.kind === 'folder') yield { kind: 'folder', path: entry.path.slice(this.#prefix.length) }
      else {
        const key = entry.object.key.slice(this.#prefix.length)
        if (key !== '') yield { kind: 'object', object: { ...entry.object, key } }
      }
    }
  }

  async *listFolders(prefix: string): AsyncIterable<string> {
    for await (const folder of listCommonPrefixes(this.#connection, this.#prefix + prefix))
      yield folder.slice(this.#prefix.length)
  }

  /**
   * Creates the object only if the key is free. Where an answer was lost, what is there is read back: the same bytes
   * mean that it was created. So what two may write at once must differ between them, if only by an id.
   */
  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    const Key = this.#fullKey(key)
    let isUnsure = false
    try {
      return await this.#connection.retry(async () => {
        try {
          await this.#connection.attempt('putObject', (s3, options) =>
            s3.putObject({ Bucket: this.#connection.bucket, Key, Body: bytes, IfNoneMatch: '*' }, options),
          )
          return true
        } catch (error) {
          if (statusOf(error) === 412) return isUnsure && (await this.#holds(key, bytes))
          if (codeOf(error) !== 'ConditionalRequestConflict') isUnsure = true
          throw error
        }
      })
    } catch (error) {
      throw this.#connection.explain(error, 'putObject', Key)
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await putBytes(this.#connection, this.#fullKey(key), bytes)
  }

  async putFile(key: string, path: string): Promise<void> {
    await uploadFile(this.#connection, this.#fullKey(key), path)
  }

  /** Creates or replaces the object, which is there whole or not at all, with four parts of 5 MB in memory. */
  async putSource(key: string, source: ByteSource): Promise<void> {
    await uploadSource(this.#connection, this.#fullKey(key), source)
  }

  async remove(key: string): Promise<void> {
    const Key = this.#fullKey(key)
    await this.#connection.send('deleteObject', Key, (s3, options) =>
      s3.deleteObject({ Bucket: this.#connection.bucket, Key }, options),
    )
  }

  /** `s3://bucket/prefix/key`, nothing encoded. @throws {ObjectKeyError} */
  locate(key: string): string {
    return `s3://${this.#connection.bucket}/${this.#fullKey(key)}`
  }

  /** Whether the object is there with these bytes. */
  async #holds(key: string, bytes: Uint8Array): Promise<boolean> {
    try {
      return Buffer.from(bytes).equals(await this.read(key))
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return false // removed again
      throw error
    }
  }

  /** The key in the bucket. @throws {ObjectKeyError} for one that S3 can't have */
  #fullKey(key: string): string {
    const full = this.#prefix + key
    if (key === '' || LONE_SURROGATE.test(full) || Buffer.byteLength(full) > MAX_KEY_BYTES)
      throw new ObjectKeyError({
        subject: `key ${JSON.stringify(key.slice(0, 200))} in ${this.url}`,
        expected: `1 to ${MAX_KEY_BYTES} bytes of Unicode, with the prefix`,
      })
    return full
  }
}

const MAX_KEY_BYTES = 1024
const LONE_SURROGATE = /\p{Surrogate}/u
