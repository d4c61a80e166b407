import type { Connector } from '../config/connector.js'
import type { Params, Row } from '../engine/engine.js'
import type { Catalog, TableSpec } from '../iceberg/catalog.js'
import { currentSnapshot } from '../iceberg/metadata.js'
import { planFiles } from '../iceberg/plan.js'
import type { LoadedManifest } from '../inventory/loadManifest.js'
import type { Base } from './base.js'
import { dropImport } from './commitTables.js'
import { requireCurrentOnce } from './currentOnce.js'
import { type ImportPartition, ofImport } from './dataFiles.js'
import type { ChangeCounts } from './deriveChanges.js'
import { requireFewRejected } from './fewRejected.js'
import { importParams } from './importParams.js'
import { RowsLostError, requireRows } from './partitionRows.js'
import { requireCounted } from './receiptFacts.js'
import { type RegisterEffects, type RegisteredReport, registerReport } from './registeredReport.js'
import { type RejectedRows, SHOWN_REJECTED } from './rejectedRows.js'
import {
  countChanges,
  countJudged,
  insertChanges,
  insertFolders,
  insertObjects,
  type StatePartition,
  selectCurrentTwice,
  selectJudged,
  selectRejected,
  selectRoot,
} from './remoteSelects.js'
import type { RemoteStatements } from './remoteStatements.js'
import { type FooterEffects, readFooters } from './reportFooters.js'
import { checkReportObjects } from './reportObjects.js'
import type { FileChecks, SnapshotSource } from './snapshotSource.js'
import { CHANGES, FOLDERS, IMPORT_TABLES, OBJECTS } from './tables.js'

export interface RemoteRowsOptions {
  readonly connector: Pick<Connector, 'name' | 'guid' | 'maxRejected'>
  /** The report, as what a snapshot is made of; its rows are read elsewhere. */
  readonly source: Pick<SnapshotSource, 'identity' | 'sourceBucket' | 'subject'>
  readonly loaded: LoadedManifest
  /** What the rows are known by. */
  readonly partition: ImportPartition
  readonly base: Base | undefined
}

export interface RemoteRowsEffects extends RegisterEffects, FooterEffects {
  readonly catalog: Catalog
  readonly now: () => Date
  /** What the engine elsewhere is asked, in the lake's database. */
  readonly statements: RemoteStatements
}

/** The rows of an import that an engine elsewhere has made, and nobody counts yet. */
export interface RemoteRows {
  /** Of each data file. */
  readonly checks: readonly FileChecks[]
  readonly rejected: RejectedRows
  /** How many there are in each table. */
  readonly counts: ReadonlyMap<TableSpec, number>
  /** The root's row of folders: the counts of the whole snapshot. */
  readonly root: Row
  /** `undefined` without a base. */
  readonly changes: ChangeCounts | undefined
}

/**
 * Has the rows of an import made: objects from the report, folders and changes from these. No statement is sent twice; one
 * that ran twice all the same, as may be where an answer was lost, is found by the counts. Where something fails the rows are taken out
 * again, as far as that can be done now.
 * @throws {ReportRefusedError} if the report can't be trusted
 * @throws {RowsLostError} if a table hasn't the rows that it should have
 * @throws {RemoteQueryError} in the words of the engine
 */
export async function makeRemoteRows(options: RemoteRowsOptions, effects: RemoteRowsEffects): Promise<RemoteRows> {
  const { loaded, partition } = options
  const objects = await checkReportObjects(loaded, effects.reports)
  const rowsThere = await readFooters(loaded, effects)
  for (const spec of IMPORT_TABLES) await effects.catalog.create(spec)
  try {
    const { rejected, accepted } = await insertReport(options, rowsThere, effects)
    await objects.requireUnchanged()
    const made = await deriveRest(options, accepted, effects)
    const footer = rowsThere === undefined ? [] : ['footer']
    return { checks: objects.checks.map(checks => [...checks, ...footer]), rejected, ...made }
  } catch (error) {
    await dropImport(partition, effects).catch(() => undefined) // what stays, nobody counts
    throw error
  }
}

/** @throws {RowsLostError} unless each table has as many rows as were made */
export async function requireRemoteRows(
  counts: RemoteRows['counts'],
  partition: ImportPartition,
  { catalog }: Pick<RemoteRowsEffects, 'catalog'>,
): Promise<void> {
  for (const [spec, count] of counts)
    requireRows(`table ${spec.name}`, count, await countInTable(spec, partition, { catalog }))
}

/** Puts the accepted rows into `objects`, once it is known that they are enough. @param rowsThere by the files' footers */
async function insertReport(
  options: RemoteRowsOptions,
  rowsThere: number | undefined,
  effects: RemoteRowsEffects,
): Promise<{ readonly accepted: number; readonly rejected: RejectedRows }> {
  const { loaded, source, partition, base } = options
  return withReport(
    () => registerReport(loaded, effects.reports, partition.import_id, effects),
    async ({ table }) => {
      const judged = selectJudged(loaded, table)
      const counted = await countRows(judged, effects)
      const found = counted.accepted + counted.rejected.count
      requireRows(`${source.subject}, by its data files`, rowsThere ?? found, found)
      requireFewRejected(counted.rejected, counted.accepted, options)
      const params = importParams(options, partition.import_id, base?.receipt)
      await effects.statements.run('objects', insertObjects(judged, params))
      return counted
    },
  )
}

/** Checks the objects, and makes folders and changes of them. */
async function deriveRest(
  { source, partition, base, connector }: RemoteRowsOptions,
  accepted: number,
  effects: RemoteRowsEffects,
): Promise<Pick<RemoteRows, 'counts' | 'root' | 'changes'>> {
  const { statements } = effects
  const { subject } = source
  const params = importParams({ connector, source }, partition.import_id, base?.receipt)
  requireRows(`${subject}, inserted`, accepted, await countInTable(OBJECTS, partition, effects))
  const [twice] = await statements.rows('check', selectCurrentTwice(partition))
  requireCurrentOnce(twice, subject)
  await statements.run('folders', insertFolders(partition, stateOf(base, 'folders'), params))
  const [root, ...others] = await statements.rows('folders', selectRoot(partition))
  if (!root || others.length > 0)
    throw new RowsLostError({ subject, expected: 'one row for the root', got: root ? 'several' : 'none' })
  requireCounted(subject, accepted, root)
  const changes = base && (await deriveChanges(base, partition, params, effects))
  const changed = Object.values(changes ?? {}).reduce((sum, n) => sum + n, 0n)
  const counts = new Map([
    [OBJECTS, accepted],
    [FOLDERS, Number(root.folder_count)],
    [CHANGES, Number(changed)],
  ])
  await requireRemoteRows(counts, partition, effects)
  return { counts, root, changes }
}

/** The table goes whatever became of the rows; one that can't be removed now is left to `maintain`. */
async function withReport<T>(
  register: () => Promise<RegisteredReport>,
  act: (report: RegisteredReport) => Promise<T>,
): Promise<T> {
  const report = await register()
  try {
    return await act(report)
  } finally {
    await report.remove().catch(() => undefined)
  }
}

async function countRows(
  judged: string,
  { statements }: RemoteRowsEffects,
): Promise<{ readonly accepted: number; readonly rejected: RejectedRows }> {
  const [counts] = await statements.rows('rows', countJudged(judged))
  const count = Number(counts?.rejected_count)
  const shown = count === 0 ? [] : await statements.rows('rows', selectRejected(judged, SHOWN_REJECTED))
  return {
    accepted: Number(counts?.row_count) - count,
    rejected: {
      count,
      shown: shown.map(({ file, raw_key, reason }) => ({
        file: String(file),
        reason: String(reason),
        text: String(raw_key ?? ''),
      })),
    },
  }
}

/** The base's rows in the state in which they were found; a table that never held any has none. */
function stateOf(base: Base | undefined, name: 'objects' | 'folders'): StatePartition | undefined {
  const snapshotId = base && currentSnapshot(base[name].metadata)?.['snapshot-id']
  return base && snapshotId !== undefined ? { ...base.receipt, snapshotId } : undefined
}

async function deriveChanges(
  base: Base,
  partition: ImportPartition,
  params: Params,
  { statements }: RemoteRowsEffects,
): Promise<ChangeCounts> {
  await statements.run('changes', insertChanges(partition, stateOf(base, 'objects'), params))
  const counts = { new: 0n, modified: 0n, touched: 0n, deleted: 0n }
  for (const { change, n } of await statements.rows('changes', countChanges(partition)))
    counts[change as keyof ChangeCounts] = n as bigint
  return counts
}

/** How many rows of the import the table holds, by its manifests. */
async function countInTable(
  { name }: TableSpec,
  partition: ImportPartition,
  { catalog }: Pick<RemoteRowsEffects, 'catalog'>,
): Promise<number> {
  const table = await catalog.load(name)
  const files = table ? await planFiles(table, ofImport(partition)) : []
  return files.reduce((sum, { recordCount }) => sum + recordCount, 0)
}
