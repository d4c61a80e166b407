import type { StocktakeError } from '../../../src/errors.js'
import type { TreeLanguage } from './mutateTree.js'

/** Something that reads what others wrote, and what must hold of it whatever that is. */
export interface FuzzTarget {
  /** What `npm run fuzz` calls it, and its folder in test/fixtures/fuzz. */
  readonly name: string
  /** What it refuses by: any other error is a finding. */
  readonly refusals: readonly (abstract new (
    ...args: never[]
  ) => StocktakeError)[]
  /** Words of its language, which random bytes would hardly make. */
  readonly dictionary: readonly string[]
  /** How its inputs are trees; as JSON unless given. */
  readonly tree?: TreeLanguage
  /** CPU time that one input may take, ms; 2,000 unless given. */
  readonly mostMs?: number
  /** Memory that one input may take for itself, bytes; 200 MB unless given. */
  readonly mostBytes?: number
  /** Each input is longer than that no more; 64 KB unless given. */
  readonly mostInputBytes?: number
  open(): Promise<OpenTarget>
}

export interface OpenTarget {
  /** Inputs that are right, of real writers where there are any. */
  readonly seeds: readonly Uint8Array[]
  /**
   * Reads an input, and checks by what else is known that what was read is right.
   * @throws one of the refusals
   * @throws {WrongAnswerError} for an answer that isn't right
   */
  read(input: Uint8Array): Promise<void> | void
  close?(): Promise<void>
}

/** An input was taken for something that it isn't. */
export class WrongAnswerError extends Error {}

/** @throws {WrongAnswerError} unless it holds */
export function require(holds: boolean, what: string): void {
  if (!holds) throw new WrongAnswerError(what)
}
