import { randomBytes } from 'node:crypto'
import { copyFile, link, lstat, open, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compareCodePoints } from '../codePoints.js'
import { toFileSystemError } from '../errors.js'
import { makeFolder } from './makeFolder.js'
import {
  type ByteRange,
  type DirectEntry,
  ObjectKeyError,
  ObjectNotFoundError,
  type ObjectStore,
  type StoredObject,
} from './objectStore.js'

/** What the names of unfinished files start with; they are no objects, and may be swept when they are old. */
export const TEMPORARY_PREFIX = '.tmp-'

/**
 * A folder as an object store. An object is made visible by `link()` of a finished, fsynced temporary file beside it:
 * the one call of a file system that creates a name only if it is free, and whole.
 */
export class FolderStore implements ObjectStore {
  readonly url: string
  readonly #root: string

  constructor(root: string) {
    this.#root = resolve(root)
    this.url = pathToFileURL(this.#root).href
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array> {
    const file = await this.#open(key)
    try {
      if (range === undefined) return await file.readFile()
      const { size } = await file.stat()
      const length = Math.max(0, Math.min(range.end ?? size, size) - range.start)
      const bytes = Buffer.alloc(length)
      const { bytesRead } = await file.read(bytes, 0, length, range.start)
      return bytes.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  }

  async *stream(key: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    const file = await this.#open(key)
    if (range !== undefined && range.end !== undefined && range.end <= range.start) return await file.close()
    yield* file.createReadStream({
      highWaterMark: 1 << 18,
      ...(range && { start: range.start, ...(range.end !== undefined && { end: range.end - 1 }) }),
    })
  }

  async find(key: string): Promise<StoredObject | undefined> {
    const found = await orAbsent(stat(this.locate(key)))
    return found?.isFile() ? { key, sizeBytes: found.size, lastModified: found.mtime } : undefined
  }

  async *list(prefix: string, after = ''): AsyncIterable<StoredObject> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    for (const entry of await this.#entries(folder)) {
      const key = folder + entry
      const isAfter = compareCodePoints(key, after) > 0
      if (!key.startsWith(prefix) || !(isAfter || after.startsWith(key))) continue
      if (key.endsWith('/')) yield* this.list(key, after)
      else if (isAfter) yield* this.#listFile(key)
    }
  }

  async *listDirectly(prefix: string): AsyncIterable<DirectEntry> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    for (const entry of await this.#entries(folder)) {
      const key = folder + entry
      if (!key.startsWith(prefix)) continue
      if (key.endsWith('/')) yield { kind: 'folder', path: key }
      else for await (const object of this.#listFile(key)) yield { kind: 'object', object }
    }
  }

  async *listFolders(prefix: string): AsyncIterable<string> {
    for (const entry of await this.#entries(prefix)) if (entry.endsWith('/')) yield prefix + entry
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    const path = this.locate(key)
    return explained(path, async () => {
      const temporary = await this.#writeTemporary(path, bytes)
      try {
        await link(temporary, path)
      } catch (error) {
        if (hasCode(error, 'EEXIST')) return false
        throw error
      } finally {
        await unlink(temporary)
      }
      await syncFolder(dirname(path))
      return true
    })
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.locate(key)
    await explained(path, async () => {
      const temporary = await this.#writeTemporary(path, bytes)
      try {
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true }) // a folder stands there
        throw error
      }
      await syncFolder(dirname(path))
    })
  }

  async putFile(key: string, source: string): Promise<void> {
    const path = this.locate(key)
    await explained(path, () => this.#linkFile(path, source))
  }

  async #linkFile(path: string, source: string): Promise<void> {
    const temporary = join(dirname(path), temporaryName())
    try {
      await inFolder(path, () => link(source, temporary))
    } catch (error) {
      if (!hasCode(error, 'EXDEV') && !hasCode(error, 'EPERM')) throw error
      await inFolder(path, () => copyFile(source, temporary)) // another file system
    }
    try {
      const file = await open(temporary, 'r+')
      try {
        // As new as its name is, by the file system's clock: it may have been made days ago, and what is old and has no name
        // in a table yet is swept.
        await file.truncate((await file.stat()).size)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } finally {
      await rm(temporary, { force: true }) // still there after a failure, and after a rename onto the same inode
    }
    await syncFolder(dirname(path))
  }

  async remove(key: string): Promise<void> {
    const path = this.locate(key)
    await explained(path, () => orAbsent(unlink(path)))
    const folder = dirname(path)
    if (folder !== this.#root) await rmdir(folder).catch(() => undefined) // a folder is there for as long as it has objects
  }

  /** The object's path. @throws {ObjectKeyError} for a key that no file of this folder can have */
  locate(key: string): string {
    const parts = key.split('/')
    if (key.includes('\0') || parts.some(part => part === '' || part === '.' || part === '..'))
      throw new ObjectKeyError({
        subject: `key ${JSON.stringify(key)} in ${this.url}`,
        expected: 'names parted by single slashes, none of them empty, "." or ".."',
      })
    return join(this.#root, ...parts)
  }

  async #open(key: string) {
    const path = this.locate(key)
    const file = await orAbsent(open(path, 'r'))
    if (file && (await file.stat()).isFile()) return file
    await file?.close()
    throw new ObjectNotFoundError({ subject: `${this.url}/${key}`, got: 'no such file' })
  }

  /** The file as an object; nothing if it was removed since it was listed. */
  async *#listFile(key: string): AsyncIterable<StoredObject> {
    const found = await this.find(key)
    if (found) yield found
  }

  /**
   * The names in a folder, subfolders with a slash, in code-point order of the keys they make.
   * @throws {ObjectKeyError} for a name that is not UTF-8: it can't be a key, and must not be passed over
   */
  async #entries(folder: string): Promise<string[]> {
    const path = folder === '' ? this.#root : this.locate(folder.slice(0, -1))
    const entries = (await orAbsent(readdir(path, { withFileTypes: true }))) ?? []
    const shown = entries.filter(
      entry => !entry.name.startsWith(TEMPORARY_PREFIX) && (entry.isDirectory() || entry.isFile()),
    )
    for (const { name } of shown) if (name.includes(REPLACEMENT)) await requireUtf8(join(path, name))
    return shown.map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort(compareCodePoints)
  }

  async #writeTemporary(path: string, bytes: Uint8Array): Promise<string> {
    const temporary = join(dirname(path), temporaryName())
    try {
      const file = await inFolder(path, () => open(temporary, 'wx'))
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
    } catch (error) {
      await rm(temporary, { force: true }) // a full disk: leave it as full as it was
      throw error
    }
    return temporary
  }
}

/** Stands for bytes that aren't UTF-8 in the names that Node gives; a name may hold it, too. */
const REPLACEMENT = '\ufffd'

async function requireUtf8(path: string): Promise<void> {
  if (await orAbsent(lstat(path))) return
  throw new ObjectKeyError({ subject: path, expected: 'a name in UTF-8', got: 'other bytes', fix: 'rename it' })
}

/** Whether it is a name of {@link temporaryName}: others may use the prefix, too. */
export const isTemporaryName = (name: string): boolean => /^\.tmp-\d+-[0-9a-f]{12}$/.test(name)

/** What no other file is called, and no object can be. */
export const temporaryName = (): string => `${TEMPORARY_PREFIX}${process.pid}-${randomBytes(6).toString('hex')}`

/** Creates a file in a folder that may not be there, or that another process finds empty just now, and removes. */
export async function inFolder<T>(path: string, create: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      await makeFolder(dirname(path)) // fails, too, where the folder goes while it looks
      return await create()
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || attempt === FOLDER_ATTEMPTS) throw error
    }
  }
}

const FOLDER_ATTEMPTS = 20

/** Makes a new name in the folder last through a power cut. Where the folder is gone, so is the name. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await orAbsent(open(path, 'r'))
  if (!folder) return
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** A full disk, and a folder that may not be written to, are told with the file that was to be written. */
export async function explained<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw toFileSystemError(error, path)
  }
}

/** Whether it is an error of the system with that code, `ENOENT`. */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

async function orAbsent<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined
    throw error
  }
}
