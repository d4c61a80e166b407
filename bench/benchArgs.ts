import { parseArgs } from 'node:util'
import { UsageError } from '../src/errors.js'

export interface BenchArgs {
  /** By name; all where none is named. */
  readonly parts: readonly string[]
  /** Objects; each part's own where none is given. */
  readonly sizes: readonly number[]
  /** Everything with a million objects. */
  readonly quick: boolean
  /** Compares ratios with those that are kept. */
  readonly check: boolean
  /** Keeps the ratios that were measured. */
  readonly keep: boolean
  readonly runs: number
  /** Where the table is written. */
  readonly out: string
}

/**
 * What was asked for: names of parts and numbers of objects, in any order, and options.
 * @param known names of parts
 * @throws {UsageError}
 */
export function parseBenchArgs(args: readonly string[], known: readonly string[]): BenchArgs {
  const { values, positionals } = parseOptions(args)
  const sizes = positionals.filter(isNumber).map(Number)
  const parts = positionals.filter(text => !isNumber(text))
  for (const part of parts) if (!known.includes(part)) throw refuse(part)
  for (const size of sizes) if (size < LEAST_OBJECTS) throw refuse(String(size))
  const runs = Number(values.runs ?? 3)
  if (!Number.isInteger(runs) || runs < 1) throw refuse(`--runs ${values.runs}`)
  if (values.keep && !values.check) throw refuse('--keep without --check')
  const { quick = false, check = false, keep = false, out = 'build/bench.md' } = values
  return { parts, sizes, quick, check, keep, runs, out }

  function refuse(got: string): UsageError {
    const expected = `parts (${known.join(', ')}), numbers of objects from ${LEAST_OBJECTS}, --quick, --check [--keep], --runs N, --out FILE`
    return new UsageError({ subject: 'npm run bench --', expected, got })
  }
}

/** Below it there is less than a folder of each kind in the made-up bucket. */
const LEAST_OBJECTS = 10_000

const isNumber = (text: string): boolean => /^\d[\d_]*$/.test(text) && Number.isSafeInteger(Number(text))

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        check: { type: 'boolean' },
        keep: { type: 'boolean' },
        runs: { type: 'string' },
        out: { type: 'string' },
      },
    })
  } catch (cause) {
    throw new UsageError({ subject: 'npm run bench --', expected: 'options that it has', got: String(cause), cause })
  }
}
