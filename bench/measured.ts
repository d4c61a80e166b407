/** What one process took, from its first statement on. Times in milliseconds. */
export interface Measured {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakBytes: number
  readonly [phase: `${string}Ms`]: number
}

/** What a process took, and facts of what it found. */
export type Taken = Measured & { readonly [fact: string]: number | string | undefined }

/** Prints what this process has taken so far, as a line of JSON; a phase or fact of that name takes its place. */
export function printMeasured(
  startedAt: number,
  phases: Readonly<Record<`${string}Ms`, number>>,
  facts: Readonly<Record<string, string | number>> = {},
): void {
  const { user, system } = process.cpuUsage()
  const measured: Measured = {
    ...{ wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 },
    peakBytes: process.resourceUsage().maxRSS * 1024,
    ...facts,
    ...phases,
  }
  process.stdout.write(`${JSON.stringify(measured)}\n`)
}

/** The middle one of an odd number of values. */
export const median = (values: readonly number[]): number => quantile(sorted(values), 0.5)

/** Ascending. */
export const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)

/** @param ascending values */
export const quantile = (ascending: readonly number[], share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN

/** The middle one of how many times the other's time a run took, of runs in turn. */
export const medianRatio = (
  runs: readonly Measured[],
  others: readonly Measured[],
  of: 'wallMs' | 'cpuMs' = 'wallMs',
): number => median(runs.map((run, i) => run[of] / (others[i]?.[of] ?? Number.NaN)))

export const medianOf = (runs: readonly Measured[], of: `${string}Ms`): number => median(runs.map(run => run[of] ?? 0))

export const peakOf = (runs: readonly Measured[]): number => Math.max(...runs.map(({ peakBytes }) => peakBytes))
