import type { Catalog, Table } from './catalog.js'
import { type CommitEffects, commitStaged } from './commit.js'
import type { TableMetadata } from './metadata.js'

/**
 * Changes a table's metadata and none of its files: loads it, asks `change`, commits; again from the start when another
 * writer was first.
 * @param change gets the table as just loaded, each time; `undefined` or the very metadata of it: there is nothing to do
 * @returns the table as committed, or as loaded where nothing changed
 * @throws {NotFoundError} for a table that isn't there
 * @throws {CommitConflictError} after too many lost races; the table is as the others left it
 */
export function changeMetadata(
  catalog: Catalog,
  name: string,
  change: (table: Table) => TableMetadata | undefined,
  effects: CommitEffects,
): Promise<Table> {
  const stage = async (table: Table) => {
    const metadata = change(table)
    return metadata && metadata !== table.metadata ? { metadata, paths: [] } : undefined
  }
  return commitStaged(catalog, name, stage, effects)
}
