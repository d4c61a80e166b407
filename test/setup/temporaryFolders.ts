import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'stocktake-tests-'
const STALE_MS = 3_600_000

/**
 * Runs once before the tests: all temporary folders of this run, and of the programs that it starts, are made in one, which
 * goes when the tests have ended. A run that is killed leaves its own; a later one removes it.
 * @returns what removes it; nothing, if another project of this run has made it
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const outer = tmpdir()
  if (outer.includes(PREFIX)) return undefined
  await sweepStale(outer)
  const folder = await mkdtemp(join(outer, `${PREFIX}${process.pid}-`))
  process.env.TMPDIR = folder
  return async () => {
    process.env.TMPDIR = outer
    await rm(folder, { recursive: true, force: true, maxRetries: 5 }) // some that end now are still writing
  }
}

/** Removes folders of runs whose process is no more. */
export async function sweepStale(outer: string, staleMs = STALE_MS): Promise<void> {
  for (const name of await readdir(outer)) {
    const [, pid] = name.startsWith(PREFIX) ? (/-(\d+)-\w+$/.exec(name) ?? []) : []
    if (pid === undefined || isAlive(Number(pid))) continue
    const found = await stat(join(outer, name)).catch(() => undefined) // another run was quicker
    // One of another machine, or container, may be at work that has this folder, too.
    if (found && Date.now() - found.mtimeMs > staleMs) await rm(join(outer, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM' // somebody else's
  }
}
