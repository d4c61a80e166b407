import type { Engine } from '../engine/engine.js'
import { selectFiles } from '../engine/tableScan.js'
import type { Catalog, Table, TableSpec } from '../iceberg/catalog.js'
import { currentSchema } from '../iceberg/metadata.js'
import { type Predicate, planFiles } from '../iceberg/plan.js'
import { locateFiles } from './dataFiles.js'

/**
 * A SELECT of a table's files that may hold rows which meet the predicates; rows that don't are among them.
 * A table that isn't there has no rows.
 */
export async function selectTable(
  catalog: Catalog,
  spec: TableSpec,
  predicates: readonly Predicate[],
): Promise<string> {
  const table = await catalog.load(spec.name)
  return table ? selectLoaded(table, predicates) : selectFiles(spec.schema, [])
}

/** As {@link selectTable}, of a table that is loaded. */
export async function selectLoaded(table: Table, predicates: readonly Predicate[]): Promise<string> {
  return selectFiles(currentSchema(table.metadata), locateFiles(table, await planFiles(table, predicates)))
}

/** What reads the tables of a lake. */
export interface LakeEffects {
  readonly catalog: Catalog
  readonly engine: Engine
}
