import { type Catalog, CommitConflictError, type Table } from './catalog.js'
import { changeMetadata } from './changeMetadata.js'
import type { CommitEffects } from './commit.js'
import { mapConcurrently } from './loadManifests.js'
import { tablePrefix } from './location.js'
import { currentSchema, NO_SNAPSHOT, type TableMetadata } from './metadata.js'
import { parseMetadataVersion } from './metadataFiles.js'

/** Whether the metadata is the last one of a table that was dropped. */
export const isDropped = ({ properties }: TableMetadata): boolean => properties[DROPPED_PROPERTY] !== undefined

/** Its value is the time. */
const DROPPED_PROPERTY = 'stocktake.dropped'

/**
 * Drops a table: one commit, after which there is none, and then its files. The metadata file of that commit stays: a writer
 * that has loaded the table before can't bring it back then, as one whose files are gone. A crash leaves the table whole, or
 * gone with files that go when the same is done again.
 * @param catalog one that takes what {@link isDropped} for no table
 * @throws {CommitConflictError} where another table has its name by now; that one stays as it is
 */
export async function dropTable(catalog: Catalog, table: Table, effects: CommitEffects): Promise<void> {
  const end = ({ metadata }: Table): TableMetadata => {
    if (metadata['table-uuid'] === table.metadata['table-uuid']) return lastMetadata(metadata, effects.now())
    throw renewed(table)
  }
  if (await catalog.load(table.name)) await changeMetadata(catalog, table.name, end, effects)
  const keys: string[] = []
  for await (const { key } of table.store.list(`${tablePrefix(table.name)}/`)) keys.push(key)
  const hint = `${tablePrefix(table.name)}/metadata/version-hint.text`
  if (keys.includes(hint)) await table.store.remove(hint)
  // Looked at after the listing, so that none of the files in it is one of a table that was made since.
  if (await catalog.load(table.name)) throw renewed(table)
  const last = newestOf(keys)
  await mapConcurrently(keys, async key => (key === last || key === hint ? undefined : table.store.remove(key)))
}

/** A table without rows for readers that don't know what its property means. */
function lastMetadata(metadata: TableMetadata, now: Date): TableMetadata {
  const schema = currentSchema(metadata)
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
    properties: { [DROPPED_PROPERTY]: now.toISOString() },
    'current-snapshot-id': NO_SNAPSHOT,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  }
}

function newestOf(keys: readonly string[]): string | undefined {
  const version = (key: string): number => parseMetadataVersion(key) ?? -1
  const newest = keys.reduce((a, b) => (version(b) > version(a) ? b : a), '')
  return version(newest) < 0 ? undefined : newest
}

const renewed = ({ name }: Table): CommitConflictError =>
  new CommitConflictError({
    subject: `table ${name}`,
    expected: 'the one that was loaded',
    got: 'another of that name',
  })
