import { open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { toFileSystemError } from '../errors.js'
import { describeProcess, judgeProcess, type ProcessState, processFacts } from '../lake/processFacts.js'

// Who works in a folder, by a file in it: its first line says who, its second is a count that goes up for as long as the
// owner lives. Clocks are not compared between machines: what counts is whether the file changes while it is watched.

/** How long an owner may be silent, and how often it speaks. */
export interface Lease {
  readonly beatMs: number
  /** After this long without a beat, the folder of an owner of whom nothing else is known is free. */
  readonly silenceMs: number
}

/** The token is random: no two claims have the same. */
const ownerFacts = processFacts.extend({ token: z.string() })
type OwnerFacts = z.infer<typeof ownerFacts>

/** A folder's owner file at one moment; without one, or with half of one, only its text. */
interface Observation {
  readonly text: string | undefined
  readonly facts: OwnerFacts | undefined
  /** By the clock of the file system. */
  readonly writtenMs: number
}

export const ownerPath = (folder: string): string => join(folder, 'owner.ndjson')

/** Writes the owner file of this process. @returns the length of what comes before the count, bytes */
export async function writeOwner(folder: string, token: string): Promise<number> {
  const facts: OwnerFacts = { token, ...(await describeProcess(process.pid)) }
  const line = `${JSON.stringify(facts)}\n`
  const path = ownerPath(folder)
  await writeFile(`${path}.new`, `${line}${countText(0)}`).catch(error => {
    throw toFileSystemError(error, path)
  })
  await rename(`${path}.new`, path) // another's open file is not the one that is written to from now on
  return Buffer.byteLength(line)
}

/** Writes the owner file, and keeps it up. @returns what ends the beats; the last of them is over by then */
export async function beginBeats(folder: string, token: string, { beatMs }: Lease): Promise<() => Promise<void>> {
  const position = await writeOwner(folder, token)
  const path = ownerPath(folder)
  let count = 0
  let isOver = false
  let beat = Promise.resolve()
  const next = (): NodeJS.Timeout =>
    setTimeout(() => {
      beat = writeAt(path, position, countText(++count)).then(() => {
        if (!isOver) timer = next()
      })
    }, beatMs).unref()
  let timer = next()
  return async () => {
    isOver = true
    clearTimeout(timer)
    await beat
  }
}

/** Whether the owner file is the one that was written with this token. */
export const isOwnedBy = async (folder: string, token: string): Promise<boolean> =>
  (await observe(folder)).facts?.token === token

/**
 * What is certain about the owner of a folder: a pid tells only where it was given.
 * @param token of the owner by the folder's name; of another, the folder is changing hands
 */
export async function judgeOwner(folder: string, token: string): Promise<ProcessState> {
  const { facts } = await observe(folder)
  return facts?.token === token ? judgeProcess(facts) : 'unknown'
}

/**
 * Watches an owner of whom nothing else is known.
 * @param clockPath a file that can be made on the same file system, to ask it for its time
 * @returns whether it stays silent for as long as the lease says: what passed before counts by the file system's own
 *   clock, but a few beats are waited for in any case
 */
export async function staysSilent(
  folder: string,
  clockPath: string,
  { beatMs, silenceMs }: Lease,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const first = await observe(folder)
  const silentMs = (await fileSystemNow(clockPath)) - first.writtenMs
  const left = Math.ceil((silenceMs - Math.max(0, silentMs)) / beatMs)
  // Counted in beats and not in time: a suspended machine suspends owner and watcher alike.
  for (let beats = Math.max(LEAST_BEATS, left); beats > 0; beats--) {
    await sleep(beatMs, undefined, { signal })
    const { text } = await observe(folder)
    if (text !== first.text || (text === undefined && !(await isFolder(folder)))) return false // removed: its work is done
  }
  return true
}

const LEAST_BEATS = 3

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true

const countText = (count: number): string => `${String(count).padStart(12, '0')}\n`

/** Writes into a file that is there. One that is gone was lost, which its owner learns when it asks. */
async function writeAt(path: string, position: number, text: string): Promise<void> {
  try {
    const file = await open(path, 'r+')
    try {
      await file.write(text, position)
    } finally {
      await file.close()
    }
  } catch {
    // A beat that is missed is made up for by the next.
  }
}

/** Opened for each look, which makes network file systems ask their server. */
async function observe(folder: string): Promise<Observation> {
  try {
    const file = await open(ownerPath(folder), 'r')
    try {
      const text = await file.readFile('utf8')
      const { mtimeMs } = await file.stat()
      return { text, facts: parseFacts(text), writtenMs: mtimeMs }
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isAbsent(error)) return { text: undefined, facts: undefined, writtenMs: Number.POSITIVE_INFINITY }
    throw error
  }
}

function parseFacts(text: string): OwnerFacts | undefined {
  try {
    return ownerFacts.safeParse(JSON.parse(text.split('\n')[0] ?? '')).data
  } catch {
    return undefined
  }
}

/** What time it is for the file system that the path is on. */
async function fileSystemNow(path: string): Promise<number> {
  const file = await open(path, 'w')
  try {
    await file.write('\n')
    return (await file.stat()).mtimeMs
  } finally {
    await file.close()
    await rm(path, { force: true })
  }
}

/** Whether there is no such file, or no such folder for it. */
export const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
