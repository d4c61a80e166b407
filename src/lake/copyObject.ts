import { randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StocktakeError, toFileSystemError } from '../errors.js'
import { type ContentDigest, Digester, digestContent, isVouchedFor } from './contentDigest.js'
import { ObjectNotFoundError, type ObjectStore, type StoredObject } from './objectStore.js'

/** What became of an object's copy: it was made; it was there with the same bytes; the object is gone. */
export type CopyOutcome = 'copied' | 'same' | 'gone'

export interface CopyPlaces {
  readonly from: ObjectStore
  readonly to: ObjectStore
  /** Where each object that is on its way is a file. */
  readonly tempFolder: string
}

/** What is in the other store isn't what was put there. */
export class CopyCorruptError extends StocktakeError {}

/**
 * Copies an object to the same key of another store, and sees to it that it is there, byte for byte. What is there with the
 * same bytes is left; what has others is replaced. A crash leaves the copy whole or absent.
 * @param object as it was found or listed in the first store
 * @throws {CopyCorruptError}
 */
export async function copyObject(object: StoredObject, places: CopyPlaces): Promise<CopyOutcome> {
  const found = await places.to.find(object.key)
  try {
    if (found && (await isSame(object, found, places))) return 'same'
    await transfer(object.key, places)
    return 'copied'
  } catch (error) {
    if (error instanceof ObjectNotFoundError && !(await places.from.find(object.key))) return 'gone'
    throw error
  }
}

/** By their ETags where these tell, so that what is on S3 needn't be read; else by what they hold. */
async function isSame(object: StoredObject, found: StoredObject, { from, to }: CopyPlaces): Promise<boolean> {
  if (object.sizeBytes !== found.sizeBytes) return false
  if (object.eTag !== undefined && object.eTag === found.eTag) return true
  const { key } = object
  const there = found.eTag === undefined ? await digestContent(to.stream(key)) : undefined
  if (there && isVouchedFor(there, object.eTag)) return true
  const here = await digestContent(from.stream(key))
  if (isVouchedFor(here, found.eTag)) return true
  return here.md5 === (there ?? (await digestContent(to.stream(key)))).md5
}

async function transfer(key: string, { from, to, tempFolder }: CopyPlaces): Promise<void> {
  const path = join(tempFolder, randomBytes(8).toString('hex'))
  try {
    const digest = await spool(from.stream(key), path)
    await to.putFile(key, path)
    await requireArrived(key, digest, to)
  } finally {
    await rm(path, { force: true })
  }
}

/** Writes the bytes to a file as they come. */
async function spool(chunks: AsyncIterable<Uint8Array>, path: string): Promise<ContentDigest> {
  const digester = new Digester()
  try {
    const file = await open(path, 'wx')
    try {
      for await (const chunk of chunks) {
        digester.update(chunk)
        await file.writeFile(chunk) // all of it, from where the last ended
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    throw toFileSystemError(error, path)
  }
  return digester.digest()
}

/** Reads it again, unless the store's ETag says that it is the same. @throws {CopyCorruptError} */
async function requireArrived(key: string, sent: ContentDigest, to: ObjectStore): Promise<void> {
  const found = await to.find(key)
  if (found?.sizeBytes === sent.sizeBytes) {
    if (isVouchedFor(sent, found.eTag)) return
    const { md5 } = await digestContent(to.stream(key))
    if (md5 === sent.md5) return
    throw corrupt(key, to, `MD5 ${sent.md5}`, md5)
  }
  throw corrupt(key, to, `${sent.sizeBytes} bytes`, found ? String(found.sizeBytes) : 'no such object')
}

const corrupt = (key: string, { url }: ObjectStore, expected: string, got: string): CopyCorruptError =>
  new CopyCorruptError({ subject: `${url}/${key}`, expected, got, fix: 'run it again' })
