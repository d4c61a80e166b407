import { UsageError } from '../errors.js'

/**
 * What the keys of a listing are to start with, as it is typed.
 * @throws {UsageError} for what no key of S3 can start with
 */
export function requireKeyPrefix(prefix: string, subject: string): string {
  if (Buffer.byteLength(prefix) <= LONGEST_KEY && !/[\0\p{Cs}]/u.test(prefix)) return prefix
  throw new UsageError({
    subject,
    expected: `a path of at most ${LONGEST_KEY} bytes of UTF-8, without NUL`,
    got: JSON.stringify(prefix.slice(0, 100)),
  })
}

/** In bytes. */
const LONGEST_KEY = 1024
