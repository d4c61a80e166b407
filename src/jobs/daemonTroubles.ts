import type { DaemonEffects, TroubleKind } from './daemonEffects.js'

/** Tells what doesn't go well, and not again while it is the same; of each kind, no more than once a minute. */
export interface Troubles {
  /** @returns what `act` gives; nothing where it failed, which has been told */
  guard<T>(what: TroubleKind, act: () => Promise<T>): Promise<T | undefined>
  tell(what: TroubleKind, error: unknown): void
  /** It goes well again: the next trouble is told, also where it is the same. */
  isWell(what: TroubleKind): void
}

/** How long nothing is told of a kind that was told of, milliseconds: messages may differ each time. */
const QUIET_MS = 60_000

export function createTroubles({ told, signal, now }: Pick<DaemonEffects, 'told' | 'signal' | 'now'>): Troubles {
  const known = new Map<TroubleKind, string>()
  const toldAt = new Map<TroubleKind, number>()
  const isQuiet = (what: TroubleKind): boolean => {
    const sinceMs = now().getTime() - (toldAt.get(what) ?? -Infinity)
    return sinceMs >= 0 && sinceMs < QUIET_MS // a clock that went back keeps nothing quiet
  }
  const tell = (what: TroubleKind, error: unknown): void => {
    if (signal.aborted) return // what a signal stops may fail in any way
    const message = messageOf(error)
    if (known.get(what) === message || isQuiet(what)) return
    told({ kind: 'trouble', what, error })
    known.set(what, message)
    toldAt.set(what, now().getTime())
  }
  return {
    tell,
    isWell: what => void known.delete(what),
    async guard(what, act) {
      try {
        const done = await act()
        known.delete(what)
        return done
      } catch (error) {
        tell(what, error)
        return undefined
      }
    },
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
