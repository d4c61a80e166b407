import type { Sequence, StreamEvent } from './recordLine.js'

/** What the numbers of one connection say. */
export interface SequenceWatch {
  /** @returns what is odd about a number, which comes next after all that came before; nothing where it is the next */
  see(sequence: Sequence): StreamEvent | undefined
}

/**
 * Watches numbers that grow by one. The first is as good as any: a source may have counted before.
 *
 * A number that is left out is a gap, told once. One that had been before is told as such and is expected no more; two of
 * those that follow each other are a source that counts anew, and are followed.
 */
export function watchSequence(): SequenceWatch {
  let next: bigint | undefined
  let nextNumber: number | undefined // the same, while it is exact: the quick way for each message
  let back: bigint | undefined
  const expect = (following: bigint): void => {
    next = following
    nextNumber = following <= LAST_EXACT ? Number(following) : undefined
  }
  return {
    see(sequence) {
      if (sequence === nextNumber) {
        back = undefined
        if (sequence === Number.MAX_SAFE_INTEGER) expect(BigInt(sequence) + 1n)
        else nextNumber = sequence + 1
        return undefined
      }
      const got = BigInt(sequence)
      const expected = nextNumber === undefined ? next : BigInt(nextNumber)
      if (expected === undefined || got >= expected || got - 1n === back) expect(got + 1n)
      const isAnew = got - 1n === back
      back = expected !== undefined && got < expected && !isAnew ? got : undefined
      if (expected === undefined || got === expected) return undefined
      if (got < expected) return { kind: 'sequence_back', expected: plain(expected), got: plain(got) }
      return { kind: 'sequence_gap', expected: plain(expected), got: plain(got), missed: plain(got - expected) }
    },
  }
}

const LAST_EXACT = BigInt(Number.MAX_SAFE_INTEGER)

const plain = (number: bigint): Sequence => (number <= LAST_EXACT ? Number(number) : number)
