import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Gives memory back that is in use no more, in milliseconds: V8 keeps it until it wants more itself, while the engine's is
 * counted apart and needs it now. 50 MB less at the peak of an insert of texts.
 */
export function freeMemory(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
}
