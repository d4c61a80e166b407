import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { RequestRefusedError } from './problems.js'

// Entity tags (RFC 9110, 8.8.3 and 13.1): of a GET, so that what hasn't changed isn't sent again; of a document, so that
// nobody overwrites what they haven't seen.

/** A tag of everything that an answer is made of: another one as soon as one of the parts is. */
export function makeTag(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return `"${hash.digest('base64url').slice(0, 22)}"`
}

/**
 * Answers a GET: with 304 and nothing where whoever asks has it already, else with what `make` gives, under the tag. A browser
 * keeps the answer and asks again each time.
 *
 * ```ts
 * const { version } = await world.reader.look()
 * return answerTagged(c, makeTag(world.version, version), async () => answerJson<FolderPage>(c, …))
 * ```
 *
 * @param tag of {@link makeTag}: of the lake's version, and of all else that the answer is made of beside its URL
 */
export async function answerTagged(
  c: Context,
  tag: string,
  make: () => Response | Promise<Response>,
): Promise<Response> {
  const headers = { etag: tag, 'cache-control': 'private, no-cache' }
  if (isMatch(c.req.header('if-none-match'), tag)) return c.body(null, 304, headers)
  const answer = await make()
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value)
  return answer
}

/**
 * Before a change of a document: that it is still as whoever changes it has seen it.
 * @param tag of the document as it is now; nothing where there is none
 * @throws {RequestRefusedError} 412, where If-Match names another
 */
export function requireMatch(c: Context, tag: string | undefined): void {
  const wanted = c.req.header('if-match')
  if (wanted === undefined || (tag !== undefined && isMatch(wanted, tag))) return
  throw new RequestRefusedError(412, {
    subject: 'if-match',
    expected: tag ?? 'something that is there',
    got: wanted.slice(0, 200),
    fix: 'load it again: somebody else has changed it since',
  })
}

/** Whether a list of tags, or `*`, has this one. A proxy that compressed an answer may have made its tag a weak one. */
const isMatch = (listed: string | undefined, tag: string): boolean =>
  listed !== undefined &&
  (listed.trim() === '*' || listed.split(',').some(each => each.trim().replace(/^W\//, '') === tag))
