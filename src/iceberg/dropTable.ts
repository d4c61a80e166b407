import { type Catalog, CommitConflictError, type Table } from './catalog.js'
import { changeMetadata } from './changeMetadata.js'
import type { CommitEffects } from './commit.js'
import { mapConcurrently } from './loadManifests.js'
import { DATA_PATH_PROPERTY, tableFolder, tableFolders } from './location.js'
import { currentSchema, NO_SNAPSHOT, type TableMetadata } from './metadata.js'

/** Whether the metadata is the last one of a table that was dropped. */
export const isDropped = ({ properties }: TableMetadata): boolean => properties[DROPPED_PROPERTY] !== undefined

/** A property of a table that was dropped; its value is the time. */
export const DROPPED_PROPERTY = 'stocktake.dropped'

/**
 * Drops a table: one commit, after which there is none, and then its files. The metadata file of that commit stays: a writer
 * that has loaded the table before can't bring it back then, as one whose files are gone. A crash leaves the table whole, or
 * gone with files that go when the same is done again.
 * @param catalog one that takes what {@link isDropped} for no table
 * @returns the last state of the table; `undefined` where nothing was left of it
 * @throws {CommitConflictError} where another table has its name by now; that one stays as it is
 */
export async function dropTable(catalog: Catalog, table: Table, effects: CommitEffects): Promise<Table | undefined> {
  const end = ({ metadata }: Table): TableMetadata => {
    if (metadata['table-uuid'] === table.metadata['table-uuid']) return lastMetadata(metadata, effects.now())
    throw renewed(table)
  }
  const isThere = (await catalog.load(table.name)) !== undefined
  const last = isThere ? await changeMetadata(catalog, table.name, end, effects) : await catalog.findDropped(table.name)
  const keys: string[] = []
  for (const folder of tableFolders(table)) for await (const { key } of table.store.list(`${folder}/`)) keys.push(key)
  const hint = `${tableFolder(table)}/metadata/version-hint.text`
  if (keys.includes(hint)) await table.store.remove(hint)
  // Looked at after the listing, so that none of the files in it is one of a table that was made since.
  if (await catalog.load(table.name)) throw renewed(table)
  const kept = [last?.metadataKey, hint]
  await mapConcurrently(keys, async key => (kept.includes(key) ? undefined : table.store.remove(key)))
  return last
}

/** A table without rows for readers that don't know what its property means. */
function lastMetadata(metadata: TableMetadata, now: Date): TableMetadata {
  const schema = currentSchema(metadata)
  const dataPath = metadata.properties[DATA_PATH_PROPERTY]
  return {
    'format-version': 2,
    'table-uuid': metadata['table-uuid'],
    location: metadata.location,
    'last-sequence-number': metadata['last-sequence-number'],
    'last-updated-ms': Math.max(now.getTime(), metadata['last-updated-ms']),
    'last-column-id': metadata['last-column-id'],
    'current-schema-id': schema['schema-id'],
    schemas: [schema],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: [] }],
    'last-partition-id': metadata['last-partition-id'],
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: {
      [DROPPED_PROPERTY]: now.toISOString(),
      // Where files may be left.
      ...(dataPath !== undefined && { [DATA_PATH_PROPERTY]: dataPath }),
    },
    'current-snapshot-id': NO_SNAPSHOT,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  }
}

const renewed = ({ name }: Table): CommitConflictError =>
  new CommitConflictError({
    subject: `table ${name}`,
    expected: 'the one that was loaded',
    got: 'another of that name',
  })
