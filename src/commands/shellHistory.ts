import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What was typed before, in this shell and others. */
export interface ShellHistory {
  /** The newest first, each on one line. */
  readonly entries: readonly string[]
  /** Keeps one more. A file that can't be written is no reason to stop. */
  add(entry: string): Promise<void>
}

/** How many a shell knows; the file is cut to them when it has twice as many. */
export const HISTORY_SIZE = 1000

/** The file in a person's home, for them alone; none where there is no home. */
export const historyPath = ({ HOME }: Readonly<Record<string, string | undefined>>): string | undefined =>
  HOME ? join(HOME, '.stocktake_history') : undefined

/** Reads the history; a file that isn't there, or can't be read, is an empty one. */
export async function loadHistory(path: string | undefined): Promise<ShellHistory> {
  if (path === undefined) return { entries: [], add: async () => {} }
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(line => line !== '')
  const kept = lines.slice(-HISTORY_SIZE)
  if (lines.length > 2 * HISTORY_SIZE) await writeFile(path, `${kept.join('\n')}\n`, { mode: 0o600 }).catch(() => {})
  return {
    entries: kept.reverse(),
    add: entry => appendFile(path, `${entry}\n`, { mode: 0o600 }).catch(() => {}), // two shells at once: a line each
  }
}
