import { randomBytes } from 'node:crypto'
import { InterruptedError } from '../errors.js'
import { makeFolder } from '../lake/makeFolder.js'
import { type Base, loadBase } from './base.js'
import { dropImport } from './commitTables.js'
import type { ImportPartition } from './dataFiles.js'
import { formatImportId } from './importId.js'
import type { ImportEffects, ImportOutcome } from './makeSnapshot.js'
import { describeChanges, describeRows, describeWork } from './receiptFacts.js'
import { commitReceipt, findReceipt, type Receipt } from './receipts.js'
import {
  makeRemoteRows,
  type RemoteRows,
  type RemoteRowsEffects,
  type RemoteRowsOptions,
  requireRemoteRows,
} from './remoteRows.js'
import { snapshotDate } from './snapshotName.js'
import type { SnapshotSource } from './snapshotSource.js'
import { FOLDERS, OBJECTS } from './tables.js'

export interface RemoteImportOptions extends Pick<RemoteRowsOptions, 'connector' | 'loaded'> {
  /** The report, as what a snapshot is made of; its rows are read elsewhere. */
  readonly source: RemoteRowsOptions['source'] & Pick<SnapshotSource, 'isOf' | 'describe'>
  /** Imports what has been imported, once more. */
  readonly again: boolean
}

export interface RemoteImportEffects
  extends Pick<ImportEffects, 'importer' | 'peakMemoryBytes' | 'signal'>,
    RemoteRowsEffects {
  /** A DuckDB for receipts and footers, in the models' dialect. */
  readonly engine: ImportEffects['engine']
}

/**
 * Makes a snapshot as `makeSnapshot` does, but for the rows, which an engine elsewhere reads and writes: for reports that are too
 * large for this machine. The manifest is checked here, and the size and ETag of each data file; the engine reads them through
 * a table of exactly those, inserts the accepted rows into `objects` under an id of their own, and derives folders and changes
 * from them by the same models. The receipt is committed here, and last.
 *
 * Nothing is gone on with: what a killed import leaves is vouched for by no receipt, and `maintain` removes it.
 *
 * @throws {ReportRefusedError} if the report can't be trusted; no snapshot of the lake is another than before
 * @throws {RemoteQueryError} in the words of the engine
 * @throws {InterruptedError} if the signal is raised
 */
export async function importElsewhere(
  options: RemoteImportOptions,
  effects: RemoteImportEffects,
): Promise<ImportOutcome> {
  const startedAt = effects.now()
  const { source } = options
  const current = await findReceipt(effects, source.identity)
  if (current && !options.again && source.isOf(current))
    return { isNew: false, receipt: current, rejected: { count: 0, shown: [] } }
  const base = await loadBase(effects, source.identity)
  const { connector, snapshot } = source.identity
  const partition = { connector, dt: snapshotDate(snapshot), import_id: formatImportId(startedAt, randomBytes(10)) }
  try {
    const made = await makeRemoteRows({ ...options, partition, base }, effects)
    return await vouchFor(made, options, { current, base }, { ...effects, startedAt, partition })
  } catch (error) {
    if (effects.signal.aborted) throw new InterruptedError({ subject: 'import', got: 'interrupted', cause: error })
    throw error
  }
}

/** Commits the receipt, and takes out the rows that don't count. */
async function vouchFor(
  { checks, rejected, counts, root, changes }: RemoteRows,
  { source }: RemoteImportOptions,
  { current, base }: { readonly current: Receipt | undefined; readonly base: Base | undefined },
  effects: RemoteImportEffects & { readonly startedAt: Date; readonly partition: ImportPartition },
): Promise<ImportOutcome> {
  const { partition, statements, signal, engine } = effects
  await makeFolder(engine.tempFolder)
  const { receipt, replaced } = await commitReceipt(
    () => {
      const facts = source.describe(checks)
      return {
        ...source.identity,
        ...partition,
        source_bucket: source.sourceBucket,
        ...facts,
        bytes_read: facts.bytes_read + BigInt(statements.stats().reportBytes),
        ...describeRows(counts.get(OBJECTS) ?? 0, rejected, root, counts.get(FOLDERS) ?? 0),
        ...describeChanges(base?.receipt, changes),
        ...describeWork(statements.kind, effects),
      }
    },
    // A rival that finished the same report first keeps its receipt; one that was there from the start is replaced.
    rival => rival.import_id !== current?.import_id && source.isOf(rival),
    {
      ...{ ...effects, folder: engine.tempFolder },
      async confirm() {
        signal.throwIfAborted()
        await requireRemoteRows(counts, partition, effects)
      },
    },
  )
  const isNew = receipt.import_id === partition.import_id
  const dropped = isNew ? replaced : partition
  if (dropped) await dropImport(dropped, effects)
  return { isNew, receipt, rejected }
}
