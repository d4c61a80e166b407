import type { Contender, Contest } from './contest.js'
import type { Taken } from './measured.js'
import type { Peers } from './peers.js'

export interface PartOptions {
  /** Objects. */
  readonly sizes: readonly number[]
  readonly cache: string
  readonly peers: Peers
  /** Little of it: what a check of ratios needs. */
  readonly few: boolean
  /** A lake of so many objects with the snapshots of {@link TABLE_CASES}. */
  lake(rows: number): Promise<string>
}

/** Some of what is measured, by a name that it can be asked for by. */
export interface Part {
  readonly name: string
  /** Objects, unless others are asked for; none where their number says nothing. */
  readonly sizes: readonly number[]
  /** Makes what contests need, and removes it when the last is over. */
  contests(options: PartOptions): AsyncGenerator<Contest>
}

/** The peers of Python's for a task, where they can be had. */
export function pythonPeers(
  { runPython }: Peers,
  leavesOut: Readonly<Record<string, string>>,
  args: (program: string, scratch: string) => readonly string[],
): Contender[] {
  if (!runPython) return []
  return Object.entries(leavesOut).map(([by, left]) => {
    const program = by.toLowerCase()
    return {
      by,
      leavesOut: left,
      run: (scratch: string): Promise<Taken> => runPython(program, args(program, scratch), scratch),
    }
  })
}
