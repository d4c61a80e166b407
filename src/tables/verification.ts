import type { Prices } from '../config/prices.js'
import type { Engine } from '../engine/engine.js'
import type { Catalog } from '../iceberg/catalog.js'
import type { TableQueryList } from './tableQueries.js'
import type { DeclaredTable } from './tableSpec.js'

/** What a table is judged by. */
export interface VerifyOptions {
  /** How many of them are asked in a month, for what the table costs. */
  readonly queriesPerMonth: number
  /** A query that takes longer is told. */
  readonly slowQueryMs: number
  readonly prices: Prices
}

export interface VerifyEffects {
  readonly catalog: Catalog
  readonly engine: Engine
  readonly listQueries: (declared: DeclaredTable) => Promise<TableQueryList>
  /** Makes the engine know the other views that a query names. */
  readonly registerOthers: (sql: string) => Promise<unknown>
  readonly now: () => Date
}
