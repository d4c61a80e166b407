import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { NotFoundError } from '../errors.js'
import { type Catalog, CommitConflictError, type Table } from './catalog.js'
import { mergeManifests, prepareFiles, stageAdded, stageDropped } from './changeFiles.js'
import type { DataFile } from './dataFile.js'
import { loadManifestList } from './loadManifests.js'
import type { ManifestFile } from './manifestList.js'
import { currentSnapshot, type Snapshot, type TableMetadata } from './metadata.js'
import { addSnapshot, type Operation, summarizeChange } from './snapshot.js'
import { numberManifest, Staging } from './stage.js'

/** What is to become of a table. */
export interface Change {
  readonly operation: Operation
  /** Files that are in the store already. Those without rows are left out: readers don't like them. */
  readonly add: readonly DataFile[]
  /** Which live files go. An `append` drops nothing and isn't asked: asking costs reading every manifest. */
  readonly drop: (file: DataFile) => boolean
  /** More entries for the snapshot's summary. */
  readonly summary?: Readonly<Record<string, string>>
}

export interface CommitEffects {
  readonly now: () => Date
  /** How the wait after a lost race passes: without it, in real time. */
  readonly sleep?: (ms: number) => Promise<void>
}

/** How often a change is tried against other writers before it is given up. */
export const COMMIT_ATTEMPTS = 50

/**
 * Changes a table: loads it, asks `plan` what to do, stages that and commits it; again from the start when another writer
 * was first. A crash leaves the table as it was or as it is to be, and at most files that no metadata names.
 * @param plan gets the table as just loaded, each time; `undefined`: there is nothing to do
 * @returns the table as committed, or as loaded where nothing changed
 * @throws {NotFoundError} for a table that isn't there
 * @throws {CommitConflictError} after 50 lost races; the table is as the others left it
 * @throws {UnsupportedTableError} for a table with delete files
 */
export async function changeTable(
  catalog: Catalog,
  name: string,
  plan: (table: Table) => Promise<Change | undefined>,
  effects: CommitEffects,
): Promise<Table> {
  const stage = async (table: Table, staging: Staging): Promise<Staged | undefined> => {
    const change = await plan(table)
    return change && stageChange(table, change, staging, effects.now())
  }
  return commitStaged(catalog, name, stage, effects)
}

/** What a stage leaves: metadata to be committed, and the paths of the staged files that it needs. */
export interface Staged {
  readonly metadata: TableMetadata
  readonly paths: readonly string[]
}

/** As {@link changeTable}, for what isn't a change of files: `stage` makes the metadata itself. */
export async function commitStaged(
  catalog: Catalog,
  name: string,
  stage: (table: Table, staging: Staging) => Promise<Staged | undefined>,
  effects: CommitEffects,
): Promise<Table> {
  const sleep = effects.sleep ?? (ms => setTimeout(ms))
  let staging = new Staging(effects.now())
  for (let attempt = 1; ; attempt++) {
    const table = await catalog.load(name)
    if (!table) throw new NotFoundError({ subject: `table ${name}`, got: 'no such table' })
    const isOld = Math.abs(effects.now().getTime() - staging.since.getTime()) > MAX_STAGED_AGE_MS
    if (isOld) staging = await stageAnew(table, staging, effects)
    const staged = await stageOrTidy(table, stage, staging)
    if (!staged) return table
    try {
      const committed = await catalog.commit(table, staged.metadata)
      await tidy(committed, staging, staged.paths)
      return committed
    } catch (error) {
      // Another error leaves it open whether the commit counts, and so what it named stays.
      if (!(error instanceof CommitConflictError)) throw error
      if (attempt < COMMIT_ATTEMPTS) await sleep(backoffMs(attempt))
      else {
        await tidy(table, staging, [])
        throw error
      }
    }
  }
}

/** Manifests staged longer ago than that are written again: `maintain` may have taken them for what a crash has left. */
const MAX_STAGED_AGE_MS = 3_600_000

async function stageAnew(table: Table, old: Staging, { now }: CommitEffects): Promise<Staging> {
  await tidy(table, old, [])
  return new Staging(now())
}

async function stageOrTidy(
  table: Table,
  stage: (table: Table, staging: Staging) => Promise<Staged | undefined>,
  staging: Staging,
): Promise<Staged | undefined> {
  let staged: Staged | undefined
  try {
    staged = await stage(table, staging)
    return staged
  } finally {
    if (!staged) await tidy(table, staging, []) // nothing to do, or it failed before any commit
  }
}

async function stageChange(table: Table, change: Change, staging: Staging, now: Date): Promise<Staged | undefined> {
  const { metadata } = table
  const parent = currentSnapshot(metadata)
  const base = parent ? await loadManifestList(table, parent) : []
  const added = prepareFiles(table, change.add)
  const dropped =
    change.operation === 'append'
      ? { files: [], carried: base, rewritten: [] }
      : await stageDropped(table, base, change.drop, staging)
  if (added.length === 0 && dropped.files.length === 0) return undefined

  const sequenceNumber = metadata['last-sequence-number'] + 1
  const written = [...(await stageAdded(table, added, staging)), ...dropped.rewritten]
  const manifests = [
    ...written.map(staged => numberManifest(staged, sequenceNumber)),
    ...(await mergeManifests(table, dropped.carried, sequenceNumber, staging)),
  ]
  const counts = summarizeChange(metadata, change.operation, added, dropped.files, manifests)
  return stageSnapshot(table, manifests, { ...change.summary, ...counts }, staging, now)
}

/**
 * Stages the next snapshot of a table, of the manifests as its list is to have them.
 * @param summary of the snapshot, the operation included
 */
export async function stageSnapshot(
  table: Table,
  manifests: readonly ManifestFile[],
  summary: Snapshot['summary'],
  staging: Staging,
  now: Date,
): Promise<Staged> {
  const { metadata } = table
  const parent = currentSnapshot(metadata)
  const sequenceNumber = metadata['last-sequence-number'] + 1
  const list = await staging.list(table, manifests, sequenceNumber)
  const next = addSnapshot(metadata, {
    'snapshot-id': staging.snapshotId,
    ...(parent && { 'parent-snapshot-id': parent['snapshot-id'] }),
    'sequence-number': sequenceNumber,
    'timestamp-ms': Math.max(now.getTime(), metadata['last-updated-ms']),
    'manifest-list': list,
    summary,
    'schema-id': metadata['current-schema-id'],
  })
  return { metadata: next, paths: [list, ...manifests.map(manifest => manifest.path)] }
}

/** Removes staged files that aren't needed. A failure is no reason to fail: what stays is an unreferenced file. */
async function tidy(table: Table, staging: Staging, kept: readonly string[]): Promise<void> {
  await staging.remove(table, kept).catch(() => undefined)
}

/** Grows to about a second, with a random share so that writers don't meet again. */
function backoffMs(attempt: number): number {
  return randomInt(1, Math.min(1000, 10 * 2 ** Math.min(attempt, 7)))
}
