import { randomBytes } from 'node:crypto'
import {
  appendFile,
  constants,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import { StocktakeError, toFileSystemError } from '../errors.js'
import { makeFolder } from '../lake/makeFolder.js'
import { isRunning } from '../lake/processFacts.js'
import {
  beginBeats,
  isAbsent,
  isOwnedBy,
  judgeOwner,
  type Lease,
  ownerPath,
  staysSilent,
  writeOwner,
} from './folderOwner.js'

/** The local folder in which one import is made, and its journal: the steps that are finished. */
export interface WorkFolder {
  readonly path: string
  /** What an import that was killed had finished, oldest first; of the shapes that were recorded. */
  readonly steps: readonly unknown[]
  /** Records a finished step. What it made must be whole on disk by then. @throws {FolderLostError} */
  record(step: object): Promise<void>
  /** To be asked before what was made is used. @throws {FolderLostError} */
  requireOwned(): Promise<void>
  /** Removes the folder with all that is in it. */
  remove(): Promise<void>
  /** Leaves the folder to whoever does the same work next. */
  release(): Promise<void>
}

/** Another process went on with the work of this one, which had been silent for too long: suspended, perhaps. */
export class FolderLostError extends StocktakeError {}

/** How work folders are claimed. */
export interface ClaimOptions {
  readonly lease?: Lease
  /** Ends the watching of another's folder. */
  readonly signal?: AbortSignal
}

type Claim = ClaimOptions & { readonly lease: Lease }

/**
 * Claims a folder for an import, which is this process's for as long as it lives: it keeps telling so in the folder's
 * owner file. What was released, or left by a process that is certainly dead, is taken over at once, by a rename that
 * only one can win. Of a process that can't be asked for, as it may be in another container, the folder is watched, and
 * taken over when it is silent for the lease's time. A folder that someone works in is left alone, and a new one made.
 *
 * @param root where such folders are
 * @param identity what the work is: letters and digits; equal for imports that can go on with each other's steps
 */
export async function claimWorkFolder(
  root: string,
  identity: string,
  now: Date,
  { lease = LEASE, signal }: ClaimOptions = {},
): Promise<WorkFolder> {
  await makeFolder(root)
  const work = `${identity}${await bootMark()}`
  const token = randomBytes(4).toString('hex')
  const path = join(root, `${work}.${ownerTag(process.pid, token)}`)
  if (!(await takeOver(root, work, path, { lease, signal }))) await makeOwned(root, path, token)
  const stopBeats = await beginBeats(path, token, lease)
  try {
    await renewFiles(path)
    for (const forgotten of await listForgotten(root, now)) await removeForgotten(forgotten)
    const steps = await readSteps(journalPath(path))
    return ownFolder(path, join(root, `${work}.${ownerTag(NOBODY, token)}`), token, steps, stopBeats)
  } catch (error) {
    await stopBeats()
    throw error
  }
}

/** The recorded steps of one shape, oldest first. */
export const findSteps = <T>({ steps }: Pick<WorkFolder, 'steps'>, schema: z.ZodType<T>): T[] =>
  steps.flatMap(step => {
    const parsed = schema.safeParse(step)
    return parsed.success ? [parsed.data] : []
  })

const LEASE: Lease = { beatMs: 2_000, silenceMs: 60_000 }

const FORGOTTEN_MS = 7 * 86_400_000

const journalPath = (path: string): string => join(path, 'journal.ndjson')

const lostError = (path: string): FolderLostError =>
  new FolderLostError({
    subject: path,
    got: 'another process has taken this work over, as this one was silent for too long',
    fix: 'nothing is lost: the other goes on with it',
  })

/** Who a folder belongs to, by its name. */
interface Owner {
  readonly identity: string
  readonly host: string
  readonly pid: number
  readonly token: string
}

/** The owner of a folder that was released: no process has this id. */
const NOBODY = 0

/** A process and one of its imports; several may run in one process. */
const ownerTag = (pid: number, token: string): string => `${hostname()}.${pid}.${token}`

/** Steps are not fsynced: after a restart of the machine they can't be trusted, and the work has another name. */
async function bootMark(): Promise<string> {
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return id.slice(0, 8).replace('-', '')
}

function parseOwner(name: string): Owner | undefined {
  const match = /^([A-Za-z0-9]+)\.(.+)\.(\d+)\.([0-9a-f]{8})$/.exec(name)
  return match
    ? { identity: match[1] ?? '', host: match[2] ?? '', pid: Number(match[3]), token: match[4] ?? '' }
    : undefined
}

/** Renames another's folder of the same work to `path`. @returns whether there was one to be had */
async function takeOver(root: string, work: string, path: string, { lease, signal }: Claim): Promise<boolean> {
  const unknown: string[] = []
  for (const name of await readdir(root)) {
    const owner = parseOwner(name)
    if (owner?.identity !== work) continue
    const state = owner.pid === NOBODY ? 'dead' : await judgeOwner(join(root, name), owner.token)
    if (state === 'dead' && (await tryRename(join(root, name), path))) return true
    if (state === 'unknown') unknown.push(join(root, name))
  }
  const clockPath = join(root, `clock.${ownerTag(process.pid, randomBytes(4).toString('hex'))}`)
  for (const other of unknown)
    if ((await staysSilent(other, clockPath, lease, signal)) && (await tryRename(other, path))) {
      await writeFile(renewalMark(path), '')
      return true
    }
  return false
}

/** Makes a folder that has its owner in it from the moment that it has its name: a process may be killed at any time. */
async function makeOwned(root: string, path: string, token: string): Promise<void> {
  const making = join(root, `new.${ownerTag(process.pid, token)}`)
  await mkdir(making)
  await writeOwner(making, token)
  await rename(making, path)
}

async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (isAbsent(error)) return false // another was first
    throw error
  }
}

/**
 * Puts a copy in the place of each file of a folder that was taken from a silent owner. If it was only suspended, it may
 * have files open: what it goes on to write into them must not meet what is written under their names from now on.
 */
async function renewFiles(path: string): Promise<void> {
  if (!(await stat(renewalMark(path)).catch(() => undefined))) return
  const copy = join(path, '.copy')
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const original = join(entry.parentPath, entry.name)
    if (!entry.isFile() || original === ownerPath(path)) continue
    await copyFile(original, copy, constants.COPYFILE_FICLONE)
    await rename(copy, original)
  }
  await rm(renewalMark(path))
}

/** Says that files are still to be renewed, also to who takes over when that was cut short. */
const renewalMark = (path: string): string => join(path, '.renew')

/** A folder that is claimed; `freePath` is its name when it is released. */
function ownFolder(
  path: string,
  freePath: string,
  token: string,
  steps: readonly unknown[],
  stopBeats: () => Promise<void>,
): WorkFolder {
  const requireOwned = async (): Promise<void> => {
    if (!(await isOwnedBy(path, token))) throw lostError(path)
  }
  return {
    path,
    steps,
    requireOwned,
    async record(step) {
      await requireOwned()
      await appendStep(path, step)
    },
    async remove() {
      await stopBeats()
      await rm(path, { recursive: true, force: true })
    },
    async release() {
      await stopBeats()
      if (await isOwnedBy(path, token)) await rename(path, freePath)
      else await rm(path, { recursive: true, force: true }) // made again after the loss: the name is of this claim alone
    },
  }
}

async function appendStep(path: string, step: object): Promise<void> {
  try {
    await appendFile(journalPath(path), `${JSON.stringify(step)}\n`, { flush: true })
  } catch (error) {
    throw isAbsent(error) ? lostError(path) : toFileSystemError(error, journalPath(path))
  }
}

/**
 * Folders that nobody went on with for a week, of dead processes and of machines that may be gone.
 * @returns their paths
 */
export async function listForgotten(root: string, now: Date): Promise<string[]> {
  const forgotten: string[] = []
  for (const name of await readdir(root)) {
    const owner = parseOwner(name)
    if (!owner || (await isAtWork(join(root, name), owner))) continue
    const age = now.getTime() - (await lastWritten(join(root, name)))
    if (age > FORGOTTEN_MS) forgotten.push(join(root, name))
  }
  return forgotten
}

/** Removes a folder that {@link listForgotten} gave. */
export async function removeForgotten(path: string): Promise<void> {
  const going = join(dirname(path), `removed.${ownerTag(NOBODY, randomBytes(4).toString('hex'))}`)
  if (await tryRename(path, going)) await rm(going, { recursive: true, force: true }) // nobody's by then
}

/** Whether the owner is a process of this machine that lives; a folder for spills has no more than the pid in its name. */
async function isAtWork(path: string, { host, pid, token }: Owner): Promise<boolean> {
  if (pid === NOBODY) return false
  const state = await judgeOwner(path, token)
  return state === 'alive' || (state === 'unknown' && host === hostname() && isRunning(pid))
}

/** When an owner last spoke, or a step was recorded, or what is in the folder changed. */
async function lastWritten(path: string): Promise<number> {
  const times = await Promise.all(
    [ownerPath(path), journalPath(path), path].map(async each => (await stat(each).catch(() => undefined))?.mtimeMs),
  )
  return Math.max(...times.map(time => time ?? 0)) || Number.POSITIVE_INFINITY
}

/** A line that was cut by a kill is no step, and is cut off. */
async function readSteps(path: string): Promise<unknown[]> {
  const text = await readFile(path, 'utf8').catch(error => {
    if (isAbsent(error)) return ''
    throw error
  })
  const lines = text.split('\n')
  if (lines.at(-1)) await truncate(path, Buffer.byteLength(text) - Buffer.byteLength(lines.at(-1) ?? ''))
  return lines.slice(0, -1).map(line => JSON.parse(line))
}
