import { createHash } from 'node:crypto'
import type { FuzzTarget, OpenTarget } from './fuzzTarget.js'
import { mutate } from './mutate.js'
import { randomNumbers } from './randomNumbers.js'
import { tryInput } from './tryInput.js'

export interface FuzzRun {
  readonly seed: number
  /** Asked before each input. */
  readonly goesOn: (inputs: number) => boolean
  /** Told of each input before it is tried: it may be the last. */
  readonly trying?: (input: Uint8Array) => void
  /** Told of the first input that finds something. */
  readonly found: (finding: Finding) => void
}

export interface Finding {
  readonly input: Uint8Array
  /** What it is, alike for inputs that find the same. */
  readonly finding: string
  /** All that is known of it. */
  readonly told: string
}

export interface FuzzCounts {
  readonly inputs: number
  readonly read: number
  readonly refused: number
  /** Different ways in which inputs came out. */
  readonly outcomes: number
}

/** Inputs that were read, and such as were refused in another way than all before them, from which others come. */
const MOST_READ = 300
const MOST_REFUSED = 500
const MOST_INPUT_BYTES = 65_536

/**
 * Tries inputs that come by changes from the seeds, from what was read, and from what was refused in a way of its own.
 * The same seed tries the same inputs.
 */
export async function fuzz(target: FuzzTarget, opened: OpenTarget, run: FuzzRun): Promise<FuzzCounts> {
  const random = randomNumbers(run.seed)
  const right: Uint8Array[] = [...opened.seeds]
  const refused: Uint8Array[] = []
  const outcomes = new Set<string>()
  const counts = { inputs: 0, read: 0, refused: 0, found: 0 }
  const { dictionary, tree } = target
  const mostBytes = target.mostInputBytes ?? MOST_INPUT_BYTES
  const mutations = { pool: right, dictionary, mostBytes, ...(tree && { tree }) }
  const next = (): Uint8Array => {
    const pool = [right, right, opened.seeds, refused.length > 0 ? refused : right][random.below(4)] ?? right
    return opened.seeds[counts.inputs] ?? mutate(pool[random.below(pool.length)] ?? new Uint8Array(), mutations, random)
  }
  const longest = 1000 + 2 * Math.max(0, ...opened.seeds.map(({ length }) => length))
  const keep = (input: Uint8Array): void => {
    if (input.length > longest) return
    const isFull = right.length >= MOST_READ + opened.seeds.length
    if (!isFull) right.push(input)
    else right[opened.seeds.length + random.below(MOST_READ)] = input
  }
  while (run.goesOn(counts.inputs)) {
    const input = next()
    run.trying?.(input)
    const outcome = await tryInput(target, opened, input)
    counts.inputs++
    counts[outcome.kind]++
    const told = outcome.kind === 'found' ? outcome.finding : outcome.told
    const isNew = !outcomes.has(told)
    outcomes.add(told)
    if (outcome.kind === 'read') keep(input)
    else if (isNew && outcome.kind === 'found') run.found({ input, finding: outcome.finding, told: outcome.told })
    else if (isNew && refused.length < MOST_REFUSED) refused.push(input)
  }
  return { inputs: counts.inputs, read: counts.read, refused: counts.refused, outcomes: outcomes.size }
}

/** What a file that keeps an input is called. */
export const inputName = (input: Uint8Array): string => createHash('sha256').update(input).digest('hex').slice(0, 12)
