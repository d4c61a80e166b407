import { InterruptedError, StocktakeError } from '../errors.js'
import { RemoteQueryError } from './remoteEngine.js'
import { type SqlPlace, withPlace } from './sqlPlace.js'

/** A remote engine didn't answer, or was too busy, however often it was asked. */
export class RemoteUnavailableError extends StocktakeError {}

/** A remote engine refused to be asked: who asks may not, or it isn't what it is taken for. */
export class RemoteRefusedError extends StocktakeError {}

/** Why nobody waits for a query any more, as an error of ours. @param reason of the signal that was raised */
export const interrupted = (reason: unknown): InterruptedError =>
  reason instanceof InterruptedError ? reason : new InterruptedError({ subject: 'interrupted', cause: reason })

/**
 * What a statement did wrong, in the engine's words, with its place in the statement.
 * @param code the engine's name of the mistake; empty where it has none
 * @param message has the name, too
 */
export function remoteMistake(
  code: string,
  message: string,
  sql: string,
  place: SqlPlace | undefined,
): RemoteQueryError {
  const fix = fixOf(code, message)
  const told = fix === undefined ? message : `${message}; ${fix}` // before the line that is shown
  return new RemoteQueryError({ subject: 'query', got: withPlace(told, sql, place) }, code)
}

function fixOf(code: string, message: string): string | undefined {
  if (code === 'EXCEEDED_SCAN_LIMIT') return SCAN_FIX
  if (!NOT_FOUND.has(code)) return undefined
  return /\.audit'/.test(message)
    ? 'the view audit is for DuckDB only: leave --engine out'
    : '`stocktake publish` makes the tables and views of a lake known'
}

export const SCAN_FIX = 'ask for fewer columns or snapshots, or raise --max-scan'

const NOT_FOUND = new Set(['TABLE_NOT_FOUND', 'SCHEMA_NOT_FOUND', 'CATALOG_NOT_FOUND'])
