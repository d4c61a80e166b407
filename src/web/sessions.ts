import { randomBytes } from 'node:crypto'

/**
 * Who has logged in with a browser. A browser gets a number of its own and not the token, as it sends its cookies to every
 * port of a machine; with the server, the sessions go.
 */
export interface Sessions {
  /** Begins one for a token's hash. @returns its id, which nobody can guess */
  open(tokenHash: string): string
  /** The hash of the token that it was begun with; `undefined` for none that lives. */
  find(id: string): string | undefined
  close(id: string): void
}

/** How long one lives; a token that was revoked or has expired ends it before. */
export const SESSION_MS = 12 * 3_600_000

/** More aren't kept: the oldest go. */
const MOST_SESSIONS = 10_000

export function createSessions(now: () => Date): Sessions {
  const sessions = new Map<string, { readonly tokenHash: string; readonly openedMs: number }>()
  const removeOld = (): void => {
    const nowMs = now().getTime()
    for (const [id, { openedMs }] of sessions) {
      if (nowMs - openedMs < SESSION_MS && sessions.size < MOST_SESSIONS) return
      sessions.delete(id) // in the order that they were begun
    }
  }
  return {
    open(tokenHash) {
      removeOld()
      const id = randomBytes(32).toString('base64url')
      sessions.set(id, { tokenHash, openedMs: now().getTime() })
      return id
    },
    find(id) {
      const session = sessions.get(id)
      return session && now().getTime() - session.openedMs < SESSION_MS ? session.tokenHash : undefined
    },
    close(id) {
      sessions.delete(id)
    },
  }
}
