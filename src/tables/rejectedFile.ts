import { randomUUID } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { copyFile, link, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { UsageError } from '../errors.js'
import { type OutputFile, OutputFileError, requireWritable } from '../output/outputFile.js'

/** Where bad rows are to be kept. */
export interface RejectedPlace extends OutputFile {
  /** Whether a name beside it will do where it is taken: nobody asked for this one. */
  readonly isDefault: boolean
}

/** Bad rows in a file that is whole, lasts, and doesn't have its name yet. */
export interface StagedRejected {
  /** Beside its place. Who kills us finds them here. */
  readonly path: string
}

/**
 * Writes bad rows beside the place where they are to be, under a name that nobody else uses.
 * @param files each with rows of `openBadRows`, to be put one after the other
 * @throws {UsageError} for a place where no file can be made
 * @throws {OutputFileError} for a full disk, and a folder that may not be written to
 */
export async function stageRejected(files: readonly string[], place: RejectedPlace): Promise<StagedRejected> {
  await requirePlace(place)
  const path = `${await targetOf(place)}${STAGED}${randomUUID().slice(0, 8)}`
  try {
    const file = await open(path, 'wx')
    try {
      for (const each of files) for await (const bytes of createReadStream(each)) await file.appendFile(bytes)
      const replaced = place.overwrite ? await stat(place.path).catch(() => undefined) : undefined
      if (replaced) await file.chmod(replaced.mode & 0o777) // what was private stays so
      await file.sync()
    } finally {
      await file.close()
    }
    await syncFolder(dirname(path))
    return { path }
  } catch (cause) {
    await rm(path, { force: true })
    throw new OutputFileError({
      subject: place.path,
      expected: 'a file for the rejected rows',
      got: cause instanceof Error ? cause.message.replace(/, .*$/s, '') : String(cause),
      fix: 'nothing was added; --rejected says where else they may go',
      cause,
    })
  }
}

const STAGED = '.unfinished-'

/** The files that inserts left staged which were killed; also of one that runs. In the order of their names. */
export async function findStaged(place: OutputFile): Promise<string[]> {
  const target = await targetOf(place)
  const names = await readdir(dirname(target)).catch(() => [])
  const found = names.filter(name => name.startsWith(`${basename(target)}${STAGED}`)).sort()
  return found.map(name => join(dirname(target), name))
}

/** A link that is replaced stays one. */
const targetOf = async ({ path, overwrite }: OutputFile): Promise<string> =>
  overwrite ? realpath(path).catch(() => path) : path

/** Refuses a place where no file can be made, whatever is there now. @throws {UsageError} */
export const requirePlace = (place: OutputFile): Promise<void> => requireWritable({ ...place, overwrite: true })

/**
 * Refuses a name that somebody asked for and another file has, unless that is the very same.
 * @throws {UsageError} the staged file is gone
 */
export async function requireFree(staged: StagedRejected, place: RejectedPlace): Promise<void> {
  if (place.overwrite || place.isDefault || !(await isThere(place.path))) return
  if (await areSame(staged.path, place.path)) return
  await dropRejected(staged)
  throw takenError(place)
}

/**
 * Gives staged rows their name: the place's, if it is free, may be replaced, or has the very same rows already; else one
 * with a number beside it, where that will do.
 * @returns the path where they are now
 * @throws {UsageError} for a name that is taken; the staged file stays
 */
export async function placeRejected(staged: StagedRejected, place: RejectedPlace): Promise<string> {
  if (place.overwrite) {
    await rename(staged.path, await targetOf(place))
    return place.path
  }
  for (let n = 1; n <= (place.isDefault ? MOST_NUMBERS : 1); n++) {
    const path = n === 1 ? place.path : numbered(place.path, n)
    if (!(await linkNew(staged.path, path)) && !(await areSame(staged.path, path))) continue
    await dropRejected(staged)
    await syncFolder(dirname(path))
    return path
  }
  throw takenError(place)
}

const MOST_NUMBERS = 10_000

const numbered = (path: string, n: number): string => path.replace(/(\.jsonl)?$/, `-${n}$1`)

/** They are where they came from. */
export const dropRejected = ({ path }: StagedRejected): Promise<void> => rm(path, { force: true })

/** @returns whether the name was free */
async function linkNew(from: string, path: string): Promise<boolean> {
  try {
    await link(from, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
  }
  try {
    await copyFile(from, path, constants.COPYFILE_EXCL) // a file system without links
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    await rm(path, { force: true })
    throw error
  }
}

/** Whether two files have the very same bytes. */
async function areSame(one: string, other: string): Promise<boolean> {
  const found = await stat(other).catch(() => undefined)
  if (!found?.isFile() || found.size !== (await stat(one)).size) return false
  const [a, b] = [await open(one), await open(other).catch(() => undefined)]
  try {
    if (!b) return false
    const buffers = [Buffer.alloc(COMPARED_BYTES), Buffer.alloc(COMPARED_BYTES)] as const
    for (;;) {
      const [{ bytesRead }, there] = [await a.read(buffers[0]), await b.read(buffers[1])]
      if (bytesRead !== there.bytesRead || buffers[0].compare(buffers[1], 0, bytesRead, 0, bytesRead) !== 0)
        return false
      if (bytesRead === 0) return true
    }
  } finally {
    await a.close()
    await b?.close()
  }
}

const COMPARED_BYTES = 1 << 20

const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined

/** A name in the folder lasts through a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined)
  await folder?.sync().catch(() => undefined) // some file systems can't
  await folder?.close()
}

const takenError = ({ path }: OutputFile): UsageError =>
  new UsageError({
    subject: path,
    got: `${basename(path)} is there already`,
    fix: 'nothing was added; --overwrite replaces it',
  })

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
