import { isDeepStrictEqual } from 'node:util'
import type { Catalog } from '../iceberg/catalog.js'
import { changeMetadata } from '../iceberg/changeMetadata.js'
import type { CommitEffects } from '../iceberg/commit.js'
import { evolveSchema } from '../iceberg/evolveSchema.js'
import type { TableMetadata } from '../iceberg/metadata.js'
import { compareTable, type Difference, withDeclaredProperties } from './differences.js'
import { type DeclaredTable, toTableSpec } from './tableSpec.js'

/** What became of a table that is to be as it is declared, or would. */
export interface Creation {
  /** Whether there was none. Of two who create it at once, both may have found none; there is one then. */
  readonly isNew: boolean
  /** What was otherwise, and is as declared now. */
  readonly mended: readonly Difference[]
  /** What is otherwise still: nothing makes it so without harm to what is there. */
  readonly left: readonly Difference[]
}

/**
 * Creates the table; where there is one, makes it as it is declared as far as that can harm nothing, in one commit. Done
 * again it changes nothing.
 * @throws {UsageError} for a change that the table refuses, as for a name that one of its partition fields has
 * @throws {CommitConflictError} after too many lost races
 */
export async function createTable(
  declared: DeclaredTable,
  catalog: Catalog,
  effects: CommitEffects,
): Promise<Creation> {
  const isNew = (await catalog.load(declared.table)) === undefined
  if (isNew) await catalog.create(toTableSpec(declared))
  let mended: readonly Difference[] = []
  const { metadata } = await changeMetadata(
    catalog,
    declared.table,
    table => {
      mended = compareTable(declared, table.metadata).filter(isMendable)
      return mend(declared, table.metadata, effects.now())
    },
    effects,
  )
  return { isNew, mended, left: compareTable(declared, metadata) }
}

/** As {@link createTable}, and nothing is written. */
export async function planCreation(declared: DeclaredTable, catalog: Catalog, now: Date): Promise<Creation> {
  const table = await catalog.load(declared.table)
  if (!table) return { isNew: true, mended: [], left: [] }
  mend(declared, table.metadata, now) // what it refuses is told now
  const differences = compareTable(declared, table.metadata)
  return {
    isNew: false,
    mended: differences.filter(isMendable),
    left: differences.filter(difference => !isMendable(difference)),
  }
}

/** Whether {@link createTable} makes it as declared. */
export const isMendable = ({ aspect, change }: Difference): boolean => change !== undefined || aspect === 'properties'

/** @returns the same object where there is nothing to do */
function mend(declared: DeclaredTable, metadata: TableMetadata, now: Date): TableMetadata {
  const changes = compareTable(declared, metadata).flatMap(({ change }) => change ?? [])
  const evolved = evolveSchema(metadata, changes, now)
  const properties = withDeclaredProperties(declared, metadata)
  if (isDeepStrictEqual(properties, metadata.properties)) return evolved
  return { ...evolved, properties, 'last-updated-ms': Math.max(now.getTime(), metadata['last-updated-ms']) }
}
