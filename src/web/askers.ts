import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { hashToken, type StoredToken, type TokenRole } from '../lake/tokens.js'
import { RequestRefusedError } from './problems.js'
import { SESSION_MS, type Sessions } from './sessions.js'
import type { TokenCheck } from './tokenCheck.js'

/** Who asks, and what they may do. */
export interface Asker {
  readonly who: string
  readonly role: TokenRole
  /** The token that says so; NULL where none is needed. */
  readonly token: string | null
}

/** Knows who asks. */
export interface Askers {
  readonly needsToken: boolean
  /**
   * Who asks: by the token in the request, or else by the cookie of a browser that has logged in; where neither is needed, the
   * user that the server runs as. `undefined` where nobody says.
   * @throws {RequestRefusedError} 401 for a token that isn't valid
   */
  identify(c: Context): Promise<Asker | undefined>
  /** Gives a browser a cookie for a token. @throws {RequestRefusedError} 401 for one that isn't valid */
  login(c: Context, text: string): Promise<Asker>
  /** Ends what {@link login} began, if it did. */
  logout(c: Context): void
}

export interface AskerEffects {
  readonly tokens: TokenCheck
  readonly sessions: Sessions
  /** Whom deeds are put down to where nobody needs a token. */
  readonly user: string
  readonly needsToken: boolean
}

export function createAskers({ tokens, sessions, user, needsToken }: AskerEffects): Askers {
  const fromText = async (text: string): Promise<Asker> => {
    const token = await tokens.find(text)
    if (token) return toAsker(token)
    throw new RequestRefusedError(401, { subject: 'token', expected: 'one that is valid', got: 'another' })
  }
  const fromCookie = async (c: Context): Promise<Asker | undefined> => {
    const hash = sessions.find(getCookie(c, cookieName(c)) ?? '')
    const token = hash === undefined ? undefined : await tokens.findHash(hash)
    return token && toAsker(token)
  }
  return {
    needsToken,
    async identify(c) {
      const header = c.req.header('authorization')
      if (header !== undefined) return fromText(readBearer(header))
      return needsToken ? fromCookie(c) : { who: user, role: 'operate', token: null }
    },
    async login(c, text) {
      const asker = await fromText(text)
      const secure = c.req.header('origin')?.startsWith('https://') === true // this server itself can't see it
      const id = sessions.open(hashToken(text))
      setCookie(c, cookieName(c), id, { httpOnly: true, sameSite: 'Strict', secure, maxAge: SESSION_MS / 1000 })
      return asker
    },
    logout(c) {
      sessions.close(deleteCookie(c, cookieName(c), { httpOnly: true, sameSite: 'Strict' }) ?? '')
    },
  }
}

const toAsker = ({ name, role }: StoredToken): Asker => ({ who: name, role, token: name })

/** @throws {RequestRefusedError} 401 */
function readBearer(header: string): string {
  const text = /^bearer +([\w~+/.=-]{1,200})$/i.exec(header)?.[1]
  if (text !== undefined) return text
  throw new RequestRefusedError(401, {
    subject: 'authorization',
    expected: 'Bearer and a token',
    got: 'something else',
  })
}

/** A browser has the cookies of all ports of a machine in one place. */
const cookieName = (c: Context): string =>
  `stocktake-session-${/:(\d+)$/.exec(c.req.header('host') ?? '')?.[1] ?? 'default'}`
