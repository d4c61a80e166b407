import { NotFoundError, StocktakeError } from '../errors.js'

/** One object of a store. */
export interface StoredObject {
  readonly key: string
  readonly sizeBytes: number
  readonly lastModified: Date
  /** Without quotes. A folder has none. */
  readonly eTag?: string
  /** As S3's listings say it, `STANDARD` too; of a listed object only. A folder has none. */
  readonly storageClass?: string
  /** As S3's listings say it: `CRC64NVME`, several parted by commas; of a listed object only. A folder has none. */
  readonly checksumAlgorithm?: string
}

/** What lies directly under a prefix: an object, or the folder that deeper ones lie in, with a slash at its end. */
export type DirectEntry =
  | { readonly kind: 'object'; readonly object: StoredObject }
  | { readonly kind: 'folder'; readonly path: string }

/** A range of bytes: `start` included, `end` excluded; without `end`, to the end of the object. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

/** Bytes that can be read in any order, and again. */
export interface ByteSource {
  readonly sizeBytes: number
  /** Those from `start` up to `end`, which is excluded. */
  read(start: number, end: number): Promise<Uint8Array>
}

/**
 * A place that holds objects under keys: a folder, or a bucket with a prefix.
 *
 * Keys are relative to the store, parted by `/`, and never leave it. The one primitive that commits is `putIfAbsent`.
 */
export interface ObjectStore {
  /** Where the store is, without a slash at the end: `file:///data/lake`, `s3://bucket/prefix`. */
  readonly url: string

  /** @throws {ObjectNotFoundError} */
  read(key: string, range?: ByteRange): Promise<Uint8Array>

  /** The object's bytes as they arrive. @throws {ObjectNotFoundError} before the first chunk */
  stream(key: string, range?: ByteRange): AsyncIterable<Uint8Array>

  /** The object, or `undefined` where there is none. */
  find(key: string): Promise<StoredObject | undefined>

  /**
   * Every object whose key starts with `prefix`, in code-point order of the keys.
   * @param after only keys that come after this one, which needn't be there
   */
  list(prefix: string, after?: string): AsyncIterable<StoredObject>

  /**
   * The objects whose keys start with `prefix` and have no slash after it, and the folders that the others lie in: `a`
   * gives `a.txt` and `a/`. In code-point order of keys and folders; of S3, a request for each thousand of both.
   */
  listDirectly(prefix: string): AsyncIterable<DirectEntry>

  /** The folders directly under `prefix` (which is empty or ends in `/`): `a/` gives `a/b/`, in order. */
  listFolders(prefix: string): AsyncIterable<string>

  /**
   * Creates the object, whole and durable, only if the key is free.
   * @returns whether it was created; `false` says that another holds the key, which stays as it is
   */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean>

  /** Creates or replaces the object; a reader sees the old or the new bytes, never a part. */
  put(key: string, bytes: Uint8Array): Promise<void>

  /**
   * Takes over a finished local file as an object, whole and durable. The file itself may be linked or moved: don't
   * write to it afterwards.
   */
  putFile(key: string, path: string): Promise<void>

  /** Removes the object; where there is none, does nothing. */
  remove(key: string): Promise<void>

  /** Where an engine on this machine finds the object: a path, or an `s3://` URL. */
  locate(key: string): string
}

/** There is no such object. */
export class ObjectNotFoundError extends NotFoundError {}

/** A key that would leave the store, or that the store can't hold. */
export class ObjectKeyError extends StocktakeError {}

/** The object's bytes as text (UTF-8). @throws {ObjectNotFoundError} */
export async function readText(store: ObjectStore, key: string): Promise<string> {
  return new TextDecoder().decode(await store.read(key))
}
