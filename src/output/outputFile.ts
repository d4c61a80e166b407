import { randomUUID } from 'node:crypto'
import { createWriteStream, type Stats } from 'node:fs'
import { link, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { FileSystemError, StocktakeError, toFileSystemError, UsageError } from '../errors.js'
import type { TextOutput } from './terminal.js'

export interface OutputFile {
  /** Absolute. */
  readonly path: string
  /** Whether it may take the place of a file that is there. */
  readonly overwrite: boolean
}

/** A file that the system can't write. */
export class OutputFileError extends StocktakeError {}

/**
 * Makes a file that is there when it is whole, and not before: whatever fails, a file of that name stays as it was. One that
 * takes the place of another has its permissions.
 * @param write makes the file at a temporary path beside it
 * @returns its size in bytes
 * @throws {UsageError} for a place where no file can be made
 * @throws {OutputFileError} where the system can't write it: a full disk
 */
export async function writeOutputFile(file: OutputFile, write: (temporary: string) => Promise<void>): Promise<number> {
  await requireWritable(file)
  const path = file.overwrite ? await realpath(file.path).catch(() => file.path) : file.path // a link stays one
  const temporary = join(dirname(path), `.tmp-${randomUUID()}`)
  try {
    await write(temporary)
    const handle = await open(temporary, 'r')
    try {
      const replaced = file.overwrite ? await found(stat(path)) : undefined
      if (replaced) await handle.chmod(replaced.mode & 0o777) // what was private stays so
      await handle.sync()
      const { size } = await handle.stat()
      await (file.overwrite ? rename(temporary, path) : linkNew(temporary, path))
      return size
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause
    const told = toFileSystemError(cause, file.path)
    throw new OutputFileError(
      told instanceof FileSystemError ? told.facts : { subject: file.path, got: messageOf(cause), cause },
    )
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Refuses what {@link writeOutputFile} would, before anything is asked of a lake. @throws {UsageError} */
export async function requireWritable({ path, overwrite }: OutputFile): Promise<void> {
  const folder = await found(stat(dirname(path)))
  if (!folder?.isDirectory())
    throw new UsageError({ subject: dirname(path), expected: 'a folder', got: folder ? 'something else' : 'none' })
  if (!(await found(lstat(path)))) return
  const there = await found(stat(path))
  if (there && !there.isFile())
    throw new UsageError({ subject: path, expected: 'a file', got: there.isDirectory() ? 'a folder' : 'a device' })
  if (!overwrite) throw existsError(path)
}

/** A stream into a file, as what is written to a terminal would be. */
export async function writeTextFile(path: string, write: (out: TextOutput) => Promise<void>): Promise<void> {
  const out = createWriteStream(path, { flags: 'wx' }).on('error', () => {}) // who writes learns of it
  try {
    await write(out)
    out.end()
    await finished(out)
  } finally {
    out.destroy()
  }
}

async function linkNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw existsError(path)
    throw error
  }
}

async function found(asked: Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await asked
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

/** `EFBIG: file too large` without what Node says of its own call. */
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/, .*$/s, '')

const existsError = (path: string): UsageError =>
  new UsageError({ subject: path, got: `${basename(path)} is there already`, fix: '--overwrite replaces it' })

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
