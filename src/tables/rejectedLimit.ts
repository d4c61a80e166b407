import { UsageError } from '../errors.js'
import { formatCount } from '../output/quantities.js'

/** How many bad rows an insert bears: a number, or a share of all rows; without either the default. */
export interface RejectedLimit {
  readonly rows?: number
  /** A fraction. */
  readonly share?: number
  /** The option that says so, as it was given. */
  readonly said?: string
}

/** Without a bad row. */
export const NONE_REJECTED: RejectedLimit = { rows: 0, said: '--strict' }

/**
 * A limit as it is typed: `0.1%`, or `20` rows.
 * @throws {UsageError}
 */
export function parseRejectedLimit(text: string): RejectedLimit {
  const said = `--max-rejected ${text}`
  if (/^\d{1,15}$/.test(text)) return { rows: Number(text), said }
  const percent = Number(/^(\d+(?:\.\d+)?) ?%$/.exec(text)?.[1])
  if (percent <= 100) return { share: percent / 100, said }
  throw new UsageError({
    subject: '--max-rejected',
    expected: 'a number of rows, or a percentage from 0% to 100%, such as 0.1%',
    got: JSON.stringify(text),
  })
}

/**
 * How many of so many rows may be bad. What isn't said is as an import has it, 0.1 % and ten in any case, but of few rows
 * no more than half of them: a file that is mostly wrong is the wrong file.
 */
export function mostRejected({ rows, share }: RejectedLimit, total: number): number {
  if (rows !== undefined) return rows
  if (share !== undefined) return Math.floor(total * share + TINY)
  return Math.max(Math.min(LEAST, Math.floor(total / 2)), Math.floor(total * DEFAULT_SHARE + TINY))
}

const LEAST = 10
const DEFAULT_SHARE = 0.001
/** 1000 * 0.007 is a little less than 7. */
const TINY = 1e-9

/** What was expected, for a message: `at most 9 bad rows of 18 (--max-rejected 50%)`. */
export function describeLimit(limit: RejectedLimit, total: number): string {
  const most = mostRejected(limit, total)
  const rows = most === 0 ? 'good rows only' : `at most ${formatCount(most)} bad of ${formatCount(total)}`
  return limit.said === undefined ? rows : `${rows} (${limit.said})`
}
