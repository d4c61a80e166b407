import type { ObjectStore } from '../lake/objectStore.js'
import { hashToken, listTokens, type StoredToken, tokenState } from '../lake/tokens.js'
import type { Log } from '../output/log.js'

/** Knows the tokens of a lake. */
export interface TokenCheck {
  /** The valid token of this text; `undefined` where there is none. */
  find(text: string): Promise<StoredToken | undefined>
  /** As {@link find}, by its hash. */
  findHash(hash: string): Promise<StoredToken | undefined>
}

export interface TokenCheckEffects {
  readonly store: ObjectStore
  readonly now: () => Date
  readonly log: Pick<Log, 'warn'>
}

/** How long a token that was revoked may still be taken for valid. */
export const TOKENS_KEPT_MS = 5_000
/** How long one that isn't among them is not looked for again: wrong ones cost a lake no more requests than that. */
const ABSENT_KEPT_MS = 1_000

/** Reads the tokens when somebody asks and what is known is old, once for all who ask meanwhile. */
export function createTokenCheck({ store, now, log }: TokenCheckEffects): TokenCheck {
  let found: { readonly byHash: ReadonlyMap<string, StoredToken>; readonly atMs: number } | undefined
  let loading: Promise<ReadonlyMap<string, StoredToken>> | undefined

  const load = async (): Promise<ReadonlyMap<string, StoredToken>> => {
    const atMs = now().getTime()
    const tokens = await listTokens(store, error => log.warn(`left out, in the lake: ${error.message}`))
    const byHash = new Map(tokens.map(token => [token.hash, token]))
    found = { byHash, atMs }
    return byHash
  }
  const loadOnce = (): Promise<ReadonlyMap<string, StoredToken>> => {
    loading ??= load().finally(() => {
      loading = undefined
    })
    return loading
  }
  const findHash: TokenCheck['findHash'] = async hash => {
    const ageMs = found ? now().getTime() - found.atMs : Number.POSITIVE_INFINITY
    const keptMs = found?.byHash.has(hash) ? TOKENS_KEPT_MS : ABSENT_KEPT_MS
    const byHash = found && ageMs >= 0 && ageMs < keptMs ? found.byHash : await loadOnce()
    const token = byHash.get(hash)
    return token && tokenState(token, now()) === 'valid' ? token : undefined
  }
  return { findHash, find: text => findHash(hashToken(text)) }
}
