import { UsageError } from '../errors.js'
import { createToken, listTokens, revokeToken, type StoredToken, type TokenRole, tokenState } from '../lake/tokens.js'
import type { Column } from '../output/cells.js'
import { parseDuration } from '../output/quantities.js'
import { writeText } from '../output/textWriter.js'
import { TOKENS_KEPT_MS } from '../web/tokenCheck.js'
import { audited } from './audited.js'
import type { Context } from './globals.js'
import { openLakeStore } from './lakeSession.js'
import { shownTime, timeColumn } from './shown.js'
import { userName } from './snapshotSession.js'
import { documentEffects } from './tasksOfLake.js'

interface NewTokenFlags {
  readonly name: string
  readonly role: TokenRole
  /** How long it lives, or `never`. */
  readonly expires: string
}

/** Makes a token and writes it, alone on a line where no format is asked for; what else there is to say is a notice. */
export async function createTokenHere({ name, role, expires }: NewTokenFlags, context: Context): Promise<void> {
  const lifeMs = lifeOf(expires)
  const store = await openLakeStore(context)
  const { text, token } = await audited(
    { action: 'token create', subject: name },
    context,
    () =>
      createToken({ name, role, ...(lifeMs !== undefined && { lifeMs }) }, userName(), store, documentEffects(context)),
    ({ token: { expires_at } }) => ({
      objects: null,
      detail: { role, expires_at: expires_at?.toISOString() ?? null },
    }),
  )
  if (context.format === 'table') await writeText(context.stdout, [`${text}\n`])
  else await context.write([{ ...token, token: text }], CREATED)
  context.log.notice(`token ${name}: role ${role}, ${endText(token)}; it is kept nowhere, and not shown again`)
}

const CREATED: readonly Column[] = [
  { name: 'name' },
  { name: 'role' },
  { name: 'expires_at', kind: 'time' },
  { name: 'token' },
]

/** @returns nothing for `never`. @throws {UsageError} */
function lifeOf(expires: string): number | undefined {
  if (expires === 'never') return undefined
  const ms = parseDuration(expires)
  if (ms > 0 && ms <= LONGEST_LIFE_MS) return ms
  throw new UsageError({ subject: '--expires', expected: 'a duration up to 100 years, or never', got: expires })
}

const LONGEST_LIFE_MS = 100 * 365 * 86_400_000

const endText = ({ expires_at }: StoredToken): string =>
  expires_at === null ? 'for ever' : `until ${shownTime(expires_at)}`

/** Writes a line for each token that there ever was. */
export async function listTokensHere(context: Context): Promise<void> {
  const { format, log, now } = context
  const store = await openLakeStore(context)
  const tokens = await listTokens(store, ({ message }) => log.warn(`left out, in the lake: ${message}`))
  if (tokens.length === 0) log.notice('no token yet: stocktake token create NAME --role read')
  await context.write(
    tokens.map(token => ({ ...token, state: tokenState(token, now()) })),
    [
      { name: 'name' },
      { name: 'role' },
      { name: 'state' },
      timeColumn('expires_at', 'expires', format),
      timeColumn('created_at', 'made', format),
      { name: 'created_by', title: 'by' },
      timeColumn('revoked_at', 'revoked', format),
    ],
  )
}

/** Revokes a token. @throws {NotFoundError} */
export async function revokeTokenHere(name: string, context: Context): Promise<void> {
  const store = await openLakeStore(context)
  await audited(
    { action: 'token revoke', subject: name },
    context,
    () => revokeToken(name, userName(), store, documentEffects(context)),
    () => ({ objects: null }),
  )
  context.log.notice(`revoked ${name}; a server that runs lets it in for ${TOKENS_KEPT_MS / 1000} s more at most`)
}
