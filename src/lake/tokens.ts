import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { ConflictError, NotFoundError, UsageError } from '../errors.js'
import type { DocumentFormatError } from './documentFormat.js'
import { changeDocument, type DocumentEffects, type DocumentPlace } from './documents.js'
import { loadReadable } from './lake.js'
import type { ObjectStore } from './objectStore.js'

// Who may ask a server of this lake, and what for: `state/tokens/<id>/<n>.json`, a document for each name. The token itself
// is nowhere: whoever reads the lake can't tell it from its hash, as it is 256 random bits.

/** `read`: see everything; `operate`: change things, too. */
export const TOKEN_ROLES = ['read', 'operate'] as const
export type TokenRole = (typeof TOKEN_ROLES)[number]

const time = z.iso.datetime().transform(text => new Date(text))

const storedToken = z.object({
  name: z.string(),
  role: z.enum(TOKEN_ROLES),
  /** SHA-256 of the token's text, hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: time,
  created_by: z.string(),
  /** NULL for one that never ends. */
  expires_at: time.nullable(),
  revoked_at: time.nullable(),
  revoked_by: z.string().nullable(),
})
/** A token, without what would let anybody in. */
export type StoredToken = z.output<typeof storedToken>

const FOLDER = 'state/tokens'

export interface NewToken {
  readonly name: string
  readonly role: TokenRole
  /** From now; for ever unless given. */
  readonly lifeMs?: number
}

/**
 * Makes a token.
 * @returns its text, which is nowhere else, and what is kept of it
 * @throws {UsageError} for a name that none can have
 * @throws {ConflictError} where there is one of that name which is neither revoked nor expired
 */
export async function createToken(
  { name, role, lifeMs }: NewToken,
  by: string,
  store: ObjectStore,
  effects: DocumentEffects,
): Promise<{ readonly text: string; readonly token: StoredToken }> {
  if (!NAME.test(name))
    throw new UsageError({ subject: 'token name', expected: 'up to 64 letters, digits and . _ @ -', got: name })
  const text = `${PREFIX}${randomBytes(32).toString('base64url')}`
  const plan = (current: StoredToken | undefined): StoredToken => {
    const now = effects.now()
    requireFree(current, name, now)
    return {
      ...{ name, role, hash: hashToken(text), created_at: now, created_by: by },
      ...{
        expires_at: lifeMs === undefined ? null : new Date(now.getTime() + lifeMs),
        revoked_at: null,
        revoked_by: null,
      },
    }
  }
  const { current } = await changeDocument(placeOf(store, name), plan, effects)
  return { text, token: current ?? plan(undefined) }
}

/** Revokes a token, for good. @throws {NotFoundError} where there is none of that name that is valid */
export async function revokeToken(
  name: string,
  by: string,
  store: ObjectStore,
  effects: DocumentEffects,
): Promise<StoredToken> {
  const plan = (current: StoredToken | undefined): StoredToken => {
    const now = effects.now()
    if (current && current.revoked_at === null) return { ...current, revoked_at: now, revoked_by: by }
    throw new NotFoundError({
      subject: `token ${name}`,
      got: current ? 'one that is revoked already' : 'no such token',
      fix: 'stocktake token list has them all',
    })
  }
  const { current } = await changeDocument(placeOf(store, name), plan, effects)
  return current ?? plan(undefined)
}

/** All tokens that there ever were, by name; the last one of each. @param unreadable is told of those that can't be read */
export async function listTokens(
  store: ObjectStore,
  unreadable: (error: DocumentFormatError) => void,
): Promise<StoredToken[]> {
  const tokens: StoredToken[] = []
  for await (const { value } of loadReadable({ store, folder: FOLDER, schema: storedToken }, unreadable))
    tokens.push(value)
  return tokens.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What a token is worth now. */
export function tokenState({ expires_at, revoked_at }: StoredToken, now: Date): 'valid' | 'expired' | 'revoked' {
  if (revoked_at !== null) return 'revoked'
  return expires_at !== null && expires_at.getTime() <= now.getTime() ? 'expired' : 'valid'
}

/** What is kept of a token's text. */
export const hashToken = (text: string): string => createHash('sha256').update(text).digest('hex')

/** By which those who look for secrets that were left lying about know one. */
const PREFIX = 'stocktake_'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/

/** One document for each name, so that of two who make the same one only one does. */
const placeOf = (store: ObjectStore, name: string): DocumentPlace<StoredToken> => ({
  store,
  folder: `${FOLDER}/tok_${createHash('sha256').update(name).digest('hex').slice(0, 32)}`,
  schema: storedToken,
})

function requireFree(current: StoredToken | undefined, name: string, now: Date): void {
  if (current === undefined || tokenState(current, now) !== 'valid') return
  throw new ConflictError({
    subject: `token ${name}`,
    got: 'there is one of that name',
    fix: `choose another name, or first: stocktake token revoke ${name}`,
  })
}
