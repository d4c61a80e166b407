/** What one process took, from its first statement on. Times in milliseconds. */
export interface Measured {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakBytes: number
  readonly [phase: `${string}Ms`]: number
}

/** Prints what this process has taken so far, as a line of JSON. */
export function printMeasured(
  startedAt: number,
  phases: Readonly<Record<`${string}Ms`, number>>,
  facts: Readonly<Record<string, string | number>> = {},
): void {
  const { user, system } = process.cpuUsage()
  const measured: Measured = {
    ...facts,
    ...phases,
    wallMs: performance.now() - startedAt,
    cpuMs: (user + system) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }
  process.stdout.write(`${JSON.stringify(measured)}\n`)
}

/** The middle one of an odd number of values. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
