import type { DaemonEffects, TroubleKind } from './daemonEffects.js'

/** Tells what doesn't go well, and not again while it is the same. */
export interface Troubles {
  /** @returns what `act` gives; nothing where it failed, which has been told */
  guard<T>(what: TroubleKind, act: () => Promise<T>): Promise<T | undefined>
  tell(what: TroubleKind, error: unknown): void
  /** It goes well again: the next trouble is told in any case. */
  isWell(what: TroubleKind): void
}

export function createTroubles({ told, signal }: Pick<DaemonEffects, 'told' | 'signal'>): Troubles {
  const known = new Map<TroubleKind, string>()
  const tell = (what: TroubleKind, error: unknown): void => {
    if (signal.aborted) return // what a signal stops may fail in any way
    const message = messageOf(error)
    if (known.get(what) !== message) told({ kind: 'trouble', what, error })
    known.set(what, message)
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
