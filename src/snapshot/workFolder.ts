import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, truncate } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'

/** The local folder in which one import is made, and its journal: the steps that are finished. */
export interface WorkFolder {
  readonly path: string
  /** What an import that was killed had finished, oldest first; of the shapes that were recorded. */
  readonly steps: readonly unknown[]
  /** Records a finished step. What it made must be whole on disk by then. */
  record(step: object): Promise<void>
  /** Removes the folder with all that is in it. */
  remove(): Promise<void>
  /** Leaves the folder to whoever does the same work next. */
  release(): Promise<void>
}

/**
 * Claims a folder for an import. What a killed process left of the same work is taken over, by a rename that only one
 * can win; what a living process works in is left alone, and a new folder is made.
 *
 * @param root where such folders are
 * @param identity what the work is: letters and digits; equal for imports that can go on with each other's steps
 */
export async function claimWorkFolder(root: string, identity: string, now: Date): Promise<WorkFolder> {
  await mkdir(root, { recursive: true })
  const work = `${identity}${await bootMark()}`
  const path = join(root, `${work}.${ownerTag(process.pid)}`)
  for (const name of await readdir(root)) {
    const owner = parseOwner(name)
    if (owner?.identity === work && !isAlive(owner) && (await tryRename(join(root, name), path))) break
  }
  await mkdir(path, { recursive: true })
  await removeForgotten(root, now)
  return {
    path,
    steps: await readSteps(journalPath(path)),
    record: step => appendFile(journalPath(path), `${JSON.stringify(step)}\n`, { flush: true }),
    remove: () => rm(path, { recursive: true, force: true }),
    release: () => rename(path, join(root, `${work}.${ownerTag(NOBODY)}`)),
  }
}

/** The recorded steps of one shape, oldest first. */
export const findSteps = <T>({ steps }: Pick<WorkFolder, 'steps'>, schema: z.ZodType<T>): T[] =>
  steps.flatMap(step => {
    const parsed = schema.safeParse(step)
    return parsed.success ? [parsed.data] : []
  })

const FORGOTTEN_MS = 7 * 86_400_000

const journalPath = (path: string): string => join(path, 'journal.ndjson')

interface Owner {
  readonly identity: string
  readonly host: string
  readonly pid: number
}

/** The owner of a folder that was released: no process has this id. */
const NOBODY = 0

/** A process and one of its imports; several may run in one process. */
const ownerTag = (pid: number): string => `${hostname()}.${pid}.${randomBytes(4).toString('hex')}`

/** Steps are not fsynced: after a restart of the machine they can't be trusted, and the work has another name. */
async function bootMark(): Promise<string> {
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return id.slice(0, 8).replace('-', '')
}

function parseOwner(name: string): Owner | undefined {
  const match = /^([A-Za-z0-9]+)\.(.+)\.(\d+)\.[0-9a-f]{8}$/.exec(name)
  return match ? { identity: match[1] ?? '', host: match[2] ?? '', pid: Number(match[3]) } : undefined
}

/** Whether the folder's process may still be at work. Nothing can be known of another machine's: it counts as alive. */
function isAlive({ host, pid }: Owner): boolean {
  if (pid === NOBODY) return false
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false // another was first
    throw error
  }
}

/** Folders that nobody went on with for a week, of dead processes and of machines that may be gone. */
async function removeForgotten(root: string, now: Date): Promise<void> {
  for (const name of await readdir(root)) {
    const owner = parseOwner(name)
    if (!owner || (owner.host === hostname() && isAlive(owner))) continue
    const path = join(root, name)
    const found = await stat(journalPath(path)).catch(() => stat(path).catch(() => undefined))
    if (found && now.getTime() - found.mtimeMs > FORGOTTEN_MS) await rm(path, { recursive: true, force: true })
  }
}

/** A line that was cut by a kill is no step, and is cut off. */
async function readSteps(path: string): Promise<unknown[]> {
  const text = await readFile(path, 'utf8').catch(error => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const lines = text.split('\n')
  if (lines.at(-1)) await truncate(path, Buffer.byteLength(text) - Buffer.byteLength(lines.at(-1) ?? ''))
  return lines.slice(0, -1).map(line => JSON.parse(line))
}
