import { randomUUID } from 'node:crypto'
import { type Glue, GlueConflictError, type GlueTable } from '../lake/glue.js'
import { CommitConflictError, type Table } from './catalog.js'
import { UnsupportedTableError } from './errors.js'
import { METADATA_LOCATION, toGlueEntry } from './glueEntry.js'
import type { GluePlace, LoadedTable } from './glueTable.js'
import { loadMetadata } from './loadMetadata.js'
import { findKey, recordedPath } from './location.js'
import { formatMetadata, type TableMetadata } from './metadata.js'
import { numberedMetadataName } from './metadataFiles.js'
import { withMetadataLog } from './snapshot.js'

/**
 * Puts the next metadata file of a table, which nobody sees, and then has Glue name it, if the entry is as it was loaded.
 * After a lost answer it is looked at what Glue names.
 * @throws {CommitConflictError} when another writer was first; the file is gone then
 * @throws when it isn't known whether the commit counts: the file stays, as it may
 */
export async function commitToGlue(
  { table: base, entry }: LoadedTable,
  next: TableMetadata,
  place: GluePlace,
  glue: Glue,
): Promise<Table> {
  requireVersion(base, entry)
  const metadata = withMetadataLog(base, next)
  const version = base.version + 1
  const folder = base.metadataKey.slice(0, base.metadataKey.lastIndexOf('/') + 1)
  const metadataKey = `${folder}${numberedMetadataName(version, randomUUID())}`
  const committed: Table = { ...base, metadata, metadataKey, version }
  const metadataLocation = recordedPath(base, metadataKey)
  const input = toGlueEntry(metadata, { name: place.table, metadataLocation, previous: entry })
  await base.store.putIfAbsent(metadataKey, Buffer.from(formatMetadata(metadata)))
  try {
    await glue.updateTable(place.database, input, entry.versionId)
    return committed
  } catch (error) {
    const outcome = await findOutcome(error, { base, committed, entry }, place, glue)
    if (outcome === 'ours') return committed
    if (outcome === 'unknown') throw error
    await base.store.remove(metadataKey).catch(() => undefined) // left behind, it is a file that nobody names
    throw conflict(base, error)
  }
}

/** Another writer committed after the table was loaded. */
export const conflict = (base: Table, cause?: unknown): CommitConflictError =>
  new CommitConflictError({
    subject: `table ${base.name}`,
    expected: `version ${base.version} to be the newest`,
    got: 'another writer committed first',
    fix: 'run it again',
    ...(cause !== undefined && { cause }),
  })

/** By which Glue tells one writer from another; some stand-ins for it have none. @throws {UnsupportedTableError} */
function requireVersion({ name }: Table, { versionId }: GlueTable): void {
  if (versionId !== undefined) return
  throw new UnsupportedTableError({ subject: `table ${name} in Glue`, expected: 'a VersionId', got: 'none' })
}

interface Tried {
  readonly base: Table
  readonly committed: Table
  readonly entry: GlueTable
}

/** What a failure of the update has left: our commit, that of another, or what can't be told. */
async function findOutcome(
  error: unknown,
  { base, committed, entry }: Tried,
  { database, table }: GluePlace,
  glue: Glue,
): Promise<'ours' | 'another' | 'unknown'> {
  if (error instanceof GlueConflictError && !error.mayBeOurs) return 'another'
  const now = await glue.findTable(database, table).catch(() => 'unreachable' as const)
  if (now === 'unreachable') return 'unknown' // the first error says more
  if (!now) return error instanceof GlueConflictError ? 'another' : 'unknown'
  // As it was loaded: a request may still be under way to it. Else none of ours can change it any more.
  if (now.versionId === entry.versionId) return 'unknown'
  const key = findKey(base.store, now.parameters[METADATA_LOCATION] ?? '')
  if (key === committed.metadataKey) return 'ours'
  if (key === base.metadataKey) return 'another' // who changed something else of the entry
  if (key === undefined) return 'unknown'
  return judgeLog(await loadMetadata(base.store, key).catch(() => undefined), base, committed)
}

/** Whoever commits next names the file before in its log; the log ends with the newest and may be cut at its start. */
function judgeLog(metadata: TableMetadata | undefined, base: Table, committed: Table): 'ours' | 'another' | 'unknown' {
  const keys = metadata?.['metadata-log'].map(entry => findKey(base.store, entry['metadata-file'])) ?? []
  if (keys.includes(committed.metadataKey)) return 'ours'
  return keys.includes(base.metadataKey) ? 'another' : 'unknown'
}
