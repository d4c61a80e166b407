import { createHmac, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { StocktakeError } from '../errors.js'
import { ObjectNotFoundError, type ObjectStore, readText } from '../lake/objectStore.js'
import { parseJson } from '../lake/parseJson.js'

/** What is shown for the names in a lake: they themselves, or tokens. */
export interface Names {
  readonly isRedacted: boolean
  /** Of a connector. */
  connector(name: string): string
  /** Of a connector's bucket. */
  bucket(connector: string, name: string): string
  /**
   * Of a folder, the last name in its path, without a slash.
   * @param path as the lake has it, with a slash at its end; not the root's
   */
  folder(connector: string, path: string): string
}

/** Names as they are. */
export const PLAIN_NAMES: Names = {
  isRedacted: false,
  connector: name => name,
  bucket: (_connector, name) => name,
  folder: (_connector, path) => path.slice(path.lastIndexOf('/', path.length - 2) + 1, -1),
}

/**
 * Tokens for names: the same for the same name of a lake, whoever makes them and whenever. A folder's is made of its whole
 * path, so that folders of one name don't show that they are. Who has no key can't find a name by trying likely ones.
 */
export function redactedNames(key: Uint8Array): Names {
  const tokenOf = (...parts: readonly string[]): string =>
    encodeBase32(createHmac('sha256', key).update(JSON.stringify(parts)).digest())
  return {
    isRedacted: true,
    connector: name => `connector-${tokenOf('connector', name)}`,
    bucket: (connector, name) => `bucket-${tokenOf('bucket', connector, name)}`,
    folder: (connector, path) => tokenOf('folder', connector, path),
  }
}

/** A folder's path as it is shown, each name in it by itself: `2025/raw/`. */
export function shownPath(names: Names, connector: string, path: string): string {
  let shown = ''
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1))
    shown += `${names.folder(connector, path.slice(0, end + 1))}/`
  return shown
}

/** The key of a lake's tokens is not what it should be. */
export class RedactionKeyError extends StocktakeError {}

const KEY_BYTES = 32
const keyDocument = z.object({ key: z.string().regex(new RegExp(`^[0-9a-f]{${KEY_BYTES * 2}}$`)) })

/** Where a lake keeps the key of its tokens. Without it there are new tokens, which match no older ones. */
export const REDACTION_KEY = 'state/redaction.json'

/**
 * The key of a lake's tokens; a lake that has none gets one. Who can read it can read the names, too.
 * @returns 32 random bytes
 * @throws {RedactionKeyError}
 */
export async function loadRedactionKey(store: ObjectStore): Promise<Uint8Array> {
  const found = await findKey(store)
  if (found !== undefined) return parseKey(found, store)
  const document = { key: randomBytes(KEY_BYTES).toString('hex') }
  await store.putIfAbsent(REDACTION_KEY, new TextEncoder().encode(`${JSON.stringify(document)}\n`))
  return parseKey(await readText(store, REDACTION_KEY), store) // another may have been first
}

async function findKey(store: ObjectStore): Promise<string | undefined> {
  try {
    return await readText(store, REDACTION_KEY)
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined
    throw error
  }
}

/** The text is in no message: it may be a key. */
function parseKey(text: string, { url }: ObjectStore): Uint8Array {
  const parsed = keyDocument.safeParse(parseJson(text))
  if (parsed.success) return Buffer.from(parsed.data.key, 'hex')
  throw new RedactionKeyError({
    subject: `${url}/${REDACTION_KEY}`,
    expected: `{"key":"…"} with ${KEY_BYTES * 2} hex digits`,
    got: 'something else',
    fix: 'remove it: the next page has new tokens',
  })
}

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'

/** The first 40 bits: of the two thousand folders of a page, two have one token once in half a million pages. */
function encodeBase32(bytes: Uint8Array): string {
  let bits = 0n
  for (const byte of bytes.subarray(0, 5)) bits = (bits << 8n) | BigInt(byte)
  return Array.from({ length: 8 }, (_, i) => DIGITS[Number((bits >> BigInt(35 - 5 * i)) & 31n)]).join('')
}
