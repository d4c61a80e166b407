import { backoffMs } from '../lake/retry.js'
import type { IngestEffects, IngestTrouble } from './ingestEffects.js'

interface PersistOptions {
  readonly what: IngestTrouble
  /** Whether the ingest is to end: then what fails, fails. */
  readonly isEnding: () => boolean
  /** Raised when another has the stream: nothing is tried any more. */
  readonly lost: AbortSignal
}

type Effects = Pick<IngestEffects, 'sleep' | 'random' | 'signal' | 'told'>

/** Tries until it works, for as long as it takes: a disk that is full gets room, and a bucket answers again. */
export async function persist<T>(act: () => Promise<T>, options: PersistOptions, effects: Effects): Promise<T> {
  const { what, isEnding, lost } = options
  const { sleep, random, signal, told } = effects
  for (let failures = 0; ; ) {
    lost.throwIfAborted()
    try {
      const done = await act()
      if (failures > 0) told({ kind: 'trouble is over', what })
      return done
    } catch (error) {
      lost.throwIfAborted()
      if (isEnding()) throw error
      if (failures === 0) told({ kind: 'trouble', what, error })
      failures++
      await sleep(backoffMs(failures, random), AbortSignal.any([signal, lost])).catch(() => {})
    }
  }
}
