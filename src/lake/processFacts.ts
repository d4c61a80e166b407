import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { z } from 'zod'

/** A process, so that others can find out whether it still runs. */
export const processFacts = z.object({
  pid: z.int(),
  /** Where the pid means this process: a boot of one machine and its namespace of pids; NULL where that can't be known. */
  space: z.string().nullable(),
  /** When the process began, as the space counts time: tells it from a later one of the same pid. */
  began: z.string().nullable(),
})
export type ProcessFacts = z.infer<typeof processFacts>

/** What is certain about a process. */
export type ProcessState = 'alive' | 'dead' | 'unknown'

/** What tells a process of this machine from any other, now and later. */
export const describeProcess = async (pid: number): Promise<ProcessFacts> => ({
  pid,
  space: (await processSpace()) ?? null,
  began: (await findProcess(pid))?.began ?? null,
})

/** What is certain about a process that was described here or elsewhere. */
export async function judgeProcess({ pid, space, began }: ProcessFacts): Promise<ProcessState> {
  if (space === null || space !== (await processSpace())) return 'unknown'
  const process = await findProcess(pid)
  if (!isRunning(pid) || process?.state === 'Z') return 'dead' // Z: killed, and not yet told to its parent
  if (began === null || process?.began === undefined) return 'unknown'
  return began === process.began ? 'alive' : 'dead'
}

/** Containers of one machine may share its hostname and have the same pids: their namespaces differ. */
async function processSpace(): Promise<string | undefined> {
  if (process.platform !== 'linux') return hostname()
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}

/** A process of this space; nothing where the system doesn't tell. */
async function findProcess(pid: number): Promise<{ state?: string; began?: string } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') // the name before may hold anything
  return fields && { state: fields[0], began: fields[19] } // fields 3 and 22 of proc(5)
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
