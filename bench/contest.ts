import { median, medianOf, medianRatio, peakOf, type Taken } from './measured.js'
import { watchDisk, withScratch } from './place.js'

/** A program that does a piece of work. */
export interface Contender {
  readonly by: string
  /** What of the work it doesn't do; empty for Stocktake. */
  readonly leavesOut: string
  /** What of its time is told apart: `read` for what its runs call `readMs`. */
  readonly phases?: readonly string[]
  /** @param scratch an empty folder, where all that it writes is to be */
  run(scratch: string): Promise<Taken>
}

/** A piece of work, and who does it. */
export interface Contest {
  readonly what: string
  /** How much a run does, for what is done in a second. */
  readonly amount?: { readonly count: number; readonly unit: string }
  /** A fact that has to be the same of all. */
  readonly same?: string
  /** How often in place of what was asked for. */
  readonly runs?: number
  readonly ours: Contender
  readonly peers: readonly Contender[]
}

/** How a contender did: medians of its runs, and of our time divided by its own. */
export interface Standing {
  readonly what: string
  readonly by: string
  readonly leavesOut: string
  readonly wallMs: number
  readonly cpuMs: number
  readonly phases: readonly { readonly name: string; readonly ms: number }[]
  readonly peakBytes: number
  readonly perSecond: { readonly count: number; readonly unit: string } | undefined
  readonly disk: { readonly endBytes: number; readonly mostBytes: number }
  /** Of Stocktake's runs to its own, each beside the one before it; `undefined` for Stocktake's own. */
  readonly ratio: { readonly wallMs: number; readonly cpuMs: number } | undefined
}

/** A peer that couldn't, and why. */
export interface Failure {
  readonly what: string
  readonly by: string
  readonly failed: string
}

interface Run {
  readonly taken: Taken
  readonly endBytes: number
  readonly mostBytes: number
}

/**
 * Has all contenders do the work, in turn, so that what else the machine does falls to each of them.
 * @returns ours first
 * @throws {RangeError} where two found something else; what ours throws. A peer that fails is told of, and left out then
 */
export async function holdContest(
  contest: Contest,
  { runs, cache }: { readonly runs: number; readonly cache: string },
): Promise<(Standing | Failure)[]> {
  const { ours, peers, what } = contest
  const done = new Map<Contender, Run[]>([ours, ...peers].map(each => [each, []]))
  const failed = new Map<Contender, string>()
  for (let i = 0; i < (contest.runs ?? runs); i++)
    for (const [contender, before] of done) {
      if (failed.has(contender)) continue
      try {
        before.push(await runOnce(contender, cache))
      } catch (error) {
        if (contender === ours) throw error
        failed.set(contender, errorLine(error))
      }
    }
  requireSame(contest, done)
  const oursTaken = (done.get(ours) ?? []).map(({ taken }) => taken)
  return [...done].map(([contender, all]) => {
    const failure = failed.get(contender)
    if (failure !== undefined) return { what, by: contender.by, failed: failure }
    return standingOf(contest, contender, all, contender === ours ? undefined : oursTaken)
  })
}

const runOnce = ({ run }: Contender, cache: string): Promise<Run> =>
  withScratch(cache, async scratch => {
    const { result, ...disk } = await watchDisk(scratch, () => run(scratch))
    return { taken: result, ...disk }
  })

function requireSame({ what, same }: Contest, done: ReadonlyMap<Contender, readonly Run[]>): void {
  if (same === undefined) return
  const found = [...done].flatMap(([{ by }, runs]) => runs.map(({ taken }) => ({ by, fact: taken[same] })))
  const [first] = found
  const other = found.find(({ fact }) => fact !== first?.fact)
  if (other) throw new RangeError(`${what}: ${same}: ${first?.by} ${first?.fact}, ${other.by} ${other.fact}`)
}

function standingOf(
  { what, amount }: Contest,
  { by, leavesOut, phases = [] }: Contender,
  runs: readonly Run[],
  ours: readonly Taken[] | undefined,
): Standing {
  const taken = runs.map(run => run.taken)
  const wallMs = medianOf(taken, 'wallMs')
  return {
    ...{ what, by, leavesOut, wallMs, cpuMs: medianOf(taken, 'cpuMs'), peakBytes: peakOf(taken) },
    phases: phases.map(name => ({ name, ms: medianOf(taken, `${name}Ms`) })),
    perSecond: amount && { count: (amount.count / wallMs) * 1000, unit: amount.unit },
    disk: { endBytes: median(runs.map(run => run.endBytes)), mostBytes: Math.max(...runs.map(run => run.mostBytes)) },
    ratio: ours && { wallMs: medianRatio(ours, taken), cpuMs: medianRatio(ours, taken, 'cpuMs') },
  }
}

/** The line that says what went wrong: of a program that ended, the last of its stderr that names an error. */
const errorLine = (error: unknown): string => {
  const lines = String(error).trim().split('\n')
  return lines.findLast(line => /error|exception/i.test(line)) ?? lines.at(-1) ?? ''
}
