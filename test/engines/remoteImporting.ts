import type { Row } from '../../src/engine/engine.js'
import type { RemoteEngine } from '../../src/engine/remoteEngine.js'
import { importReports, type ReportOutcome } from '../../src/snapshot/importReports.js'
import { importElsewhere, type RemoteImportEffects } from '../../src/snapshot/remoteImport.js'
import { remoteStatements } from '../../src/snapshot/remoteStatements.js'
import { IMPORT_TABLES } from '../../src/snapshot/tables.js'
import {
  connectorOf,
  effectsOf,
  type ImportChanges,
  LIMITS,
  readVouched,
  receiptsOf,
  type TestLake,
} from '../snapshot/importing.js'
import type { GlueLake } from './glueLake.js'

/** What a test may put in the place of an import's own. */
export interface RemoteChanges extends ImportChanges {
  /** Of the lake there. */
  readonly there?: Partial<Pick<RemoteImportEffects, 'catalog' | 'glue' | 'store'>>
}

/** Imports the newest report by an engine elsewhere, or those that are wanted. */
export async function importRemotely(
  lake: GlueLake,
  remote: RemoteEngine,
  changes: RemoteChanges = {},
): Promise<ReportOutcome[]> {
  const options = {
    connector: changes.connector ?? connectorOf(),
    wanted: changes.wanted ?? { which: 'newest' as const },
    again: changes.again ?? false,
    limits: LIMITS,
  }
  const effects = effectsOf(lake, changes)
  const statements = remoteStatements(remote, lake.database, { signal: effects.signal, progress: () => undefined })
  const { glue, store, database } = lake
  const there = { ...effects, statements, glue, store, database, ...changes.there }
  const outcomes: ReportOutcome[] = []
  for await (const outcome of importReports(options, {
    ...effects,
    importElsewhere: each => importElsewhere(each, { ...there, reports: each.reports }),
  }))
    outcomes.push(outcome)
  return outcomes
}

/** What a lake's receipts vouch for, without what tells one import from another. */
export async function readLake(lake: TestLake): Promise<Readonly<Record<string, readonly Row[]>>> {
  const select = '* exclude (import_id)'
  const tables: Record<string, readonly Row[]> = {}
  for (const spec of IMPORT_TABLES) tables[spec.name] = await readVouched(lake, spec, select)
  const receipts = await receiptsOf(lake)
  return {
    ...tables,
    receipts: receipts.map(
      ({
        import_id,
        verified_by,
        list_requests,
        get_requests,
        bytes_read,
        duration_ms,
        engine,
        imported_at,
        ...rest
      }) => rest,
    ),
  }
}

/** What happens around the statements that an engine is asked, which are counted from 1. */
export interface Watch {
  readonly before?: (n: number, sql: string) => Promise<void> | void
  readonly after?: (n: number, sql: string) => Promise<void> | void
}

/** An engine whose statements are watched. What is thrown there comes out of it. */
export function watchRemote(remote: RemoteEngine, { before, after }: Watch): RemoteEngine {
  let n = 0
  return {
    kind: remote.kind,
    async query(sql, options) {
      n++
      await before?.(n, sql)
      const result = await remote.query(sql, options)
      await after?.(n, sql)
      return result
    },
    async run(sql, options) {
      n++
      await before?.(n, sql)
      const stats = await remote.run(sql, options)
      await after?.(n, sql)
      return stats
    },
    close: () => remote.close(),
  }
}

/** A process that was killed does nothing any more: every call of what it had throws. */
export function mortal<T extends object>(target: T, isDead: () => boolean): T {
  return new Proxy(target, {
    get(object, name) {
      const value = Reflect.get(object, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (isDead()) throw new Error('killed')
        return value.apply(object, args)
      }
    },
  })
}
