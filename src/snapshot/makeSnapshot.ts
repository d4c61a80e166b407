import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Connector } from '../config/connector.js'
import { type Engine, type Params, QueryError, type Row } from '../engine/engine.js'
import { InterruptedError, ReportRefusedError } from '../errors.js'
import type { Catalog } from '../iceberg/catalog.js'
import { type Base, loadBase, selectBaseFolders, selectBaseObjects } from './base.js'
import { commitTables, dropImport, requireCommitted } from './commitTables.js'
import { type DerivedChanges, deriveChanges } from './deriveChanges.js'
import { deriveFolders, FINGERPRINT_METHOD, readRoot } from './deriveFolders.js'
import { formatImportId } from './importId.js'
import type { EngineLimits } from './memoryBudget.js'
import { RowsLostError, requireRows } from './partitionRows.js'
import { readSource } from './readSource.js'
import { commitReceipt, findReceipt, type Receipt } from './receipts.js'
import type { RejectedRows } from './rejectedRows.js'
import { parseSnapshotName, snapshotDate } from './snapshotName.js'
import type { SnapshotSource } from './snapshotSource.js'
import { claimWorkFolder, findSteps, type WorkFolder } from './workFolder.js'
import { writeRanges } from './writeRanges.js'

export interface ImportOptions {
  readonly connector: Pick<Connector, 'name' | 'guid' | 'maxRejected'>
  readonly source: SnapshotSource
  /** Imports what has been imported, once more. */
  readonly again: boolean
  readonly limits: EngineLimits
  /** When the work began, if that was before now: a listing comes first. */
  readonly startedAt?: Date
}

/** How far an import is. */
export interface ImportProgress {
  readonly phase: 'read' | 'sort'
  readonly done: number
  readonly total: number
  readonly rows?: number
}

export interface ImportEffects {
  readonly catalog: Catalog
  /** A DuckDB of this import's own, in the models' dialect. */
  readonly engine: Engine
  /** A local folder for unfinished work. */
  readonly workRoot: string
  /** Who imports, and with which version. */
  readonly importer: { readonly user: string; readonly version: string }
  readonly now: () => Date
  /** The process's greatest resident size so far. */
  readonly peakMemoryBytes: () => number
  readonly progress: (step: ImportProgress) => void
  readonly signal: AbortSignal
}

/** What came of an import: a receipt that was there before, or a new one. */
export interface ImportOutcome {
  readonly isNew: boolean
  readonly receipt: Receipt
  readonly rejected: RejectedRows
}

/**
 * Makes a snapshot: reads the source's files, sorts their rows into the table `objects`, derives folders and changes,
 * commits the three and then the receipt, which alone makes the import count.
 *
 * A crash leaves the lake with the snapshots it had; the same import goes on from the last finished file or range.
 *
 * @throws {ReportRefusedError} if the source can't be trusted; the lake is as it was
 * @throws {InterruptedError} if the signal is raised
 */
export async function makeSnapshot(options: ImportOptions, effects: ImportEffects): Promise<ImportOutcome> {
  const { startedAt = effects.now() } = options
  const { identity, isComparable } = options.source
  const current = await findReceipt(effects, identity)
  if (current && !options.again && options.source.isOf(current)) return unchanged(current)

  const base = isComparable ? await loadBase(effects, identity) : undefined
  const before = { current, base }
  const work = await claimWorkFolder(
    effects.workRoot,
    workIdentity(options, before, effects.importer.version),
    startedAt,
    { signal: effects.signal },
  )
  let isOver = false
  try {
    const outcome = await runImport(options, before, { ...effects, work, startedAt })
    isOver = true
    return outcome
  } catch (error) {
    // Nothing to go on with, or steps that can't be gone on with: the next import begins anew.
    const isStuck = work.steps.length > 0 && error instanceof QueryError
    isOver = error instanceof ReportRefusedError || error instanceof RowsLostError || isStuck
    if (effects.signal.aborted) throw new InterruptedError({ subject: 'import', got: 'interrupted', cause: error })
    throw error
  } finally {
    await (isOver ? work.remove() : work.release())
  }
}

type RunEffects = ImportEffects & { readonly work: WorkFolder; readonly startedAt: Date }

/** What an import starts from. */
interface Before {
  /** The receipt that this snapshot has. */
  readonly current: Receipt | undefined
  readonly base: Base | undefined
}

/** Equal for imports that can go on with each other's work: of one version, in like ranges, of one source on one base. */
function workIdentity({ source, limits }: ImportOptions, { current, base }: Before, version: string): string {
  const { identity, fingerprint } = source
  const parts = [version, limits, identity, fingerprint, current?.import_id ?? null, base?.receipt.import_id ?? null]
  return createHash('md5').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

const unchanged = (receipt: Receipt): ImportOutcome => ({ isNew: false, receipt, rejected: { count: 0, shown: [] } })

async function runImport(
  options: ImportOptions,
  { current, base }: Before,
  effects: RunEffects,
): Promise<ImportOutcome> {
  const { engine, work, progress, signal, now } = effects
  const { source, limits } = options
  const { identity, subject } = source
  const importId = await beginImport(effects)
  const partition = { connector: identity.connector, dt: snapshotDate(identity.snapshot), import_id: importId }
  const params = modelParams(options, importId, base?.receipt)

  const read = await readSource(source, limits, {
    ...{ engine, work },
    progress: step => progress({ phase: 'read', ...step }),
  })
  requireFewRejected(read.rejected, read.parts, options)
  const ranges = await writeRanges(
    read,
    { fields: source.fields, params, subject },
    {
      ...{ engine, work },
      selectBase: base && (predicates => selectBaseObjects(base, predicates, engine)),
      progress: step => progress({ phase: 'sort', ...step }),
    },
  )
  const changes = base && (await deriveChanges(ranges, work.path, engine))
  const folders = await deriveFolders(ranges, params, await selectBaseFolders(base), work.path, engine)

  if (signal.aborted) throw new InterruptedError({ subject: 'import', got: 'interrupted' })
  const objects = ranges.flatMap(range => (range.objects ? [range.objects] : []))
  const root = await readRoot(folders, engine)
  const rowCount = read.parts.reduce((sum, part) => sum + part.rows, 0)
  const counted = [root.object_count, root.noncurrent_object_count, root.delete_marker_count].map(Number)
  requireRows(
    `${subject}, counted by folder`,
    rowCount,
    counted.reduce((sum, n) => sum + n, 0),
  )
  await work.requireOwned()
  const files = { objects, folders: [folders], changes: changes?.files ?? [] }
  await commitTables(files, partition, effects)

  await work.requireOwned()
  const { receipt, replaced } = await commitReceipt(
    () => ({
      ...identity,
      ...partition,
      source_bucket: source.sourceBucket,
      ...source.describe(read.checks),
      ...describeRows(rowCount, read.rejected, root, folders.facts.recordCount),
      ...describeChanges(base?.receipt, changes),
      ...describeWork(effects),
    }),
    // A rival that finished the same report first keeps its receipt; one that was there from the start is replaced.
    rival => rival.import_id !== current?.import_id && source.isOf(rival),
    {
      ...{ ...effects, folder: work.path, now },
      async confirm() {
        signal.throwIfAborted()
        await requireCommitted(files, partition, effects)
      },
    },
  )
  const isNew = receipt.import_id === importId
  const dropped = isNew ? replaced : { ...partition }
  if (dropped) await dropImport(dropped, effects)
  return { isNew, receipt, rejected: read.rejected }
}

const beginStep = z.object({ step: z.literal('begin'), importId: z.string() })

/** The import's id: that of the killed import it goes on with, or a new one. */
async function beginImport({ work, startedAt }: RunEffects): Promise<string> {
  const [begun] = findSteps(work, beginStep)
  if (begun) return begun.importId
  const importId = formatImportId(startedAt, randomBytes(10))
  await work.record({ step: 'begin', importId })
  return importId
}

function modelParams({ connector, source }: ImportOptions, importId: string, base?: Receipt): Params {
  const { snapshot } = source.identity
  return {
    connector: connector.name,
    connector_guid: connector.guid,
    dt: snapshotDate(snapshot),
    snapshot,
    import_id: importId,
    source_bucket: source.sourceBucket,
    base_snapshot: base?.snapshot ?? null,
    taken_at: parseSnapshotName(snapshot).toISOString(),
  }
}

/** So many malformed rows are let pass however few rows there are. */
const LEAST_MAX_REJECTED = 10

function requireFewRejected(
  rejected: RejectedRows,
  parts: readonly { rows: number }[],
  { connector, source }: ImportOptions,
): void {
  const rows = rejected.count + parts.reduce((sum, part) => sum + part.rows, 0)
  const least = connector.maxRejected === 0 ? 0 : Math.min(LEAST_MAX_REJECTED, rows - 1) // not every row there is
  const most = Math.max(least, Math.floor(rows * connector.maxRejected))
  if (rejected.count <= most) return
  const [first] = rejected.shown
  throw new ReportRefusedError({
    subject: source.subject,
    expected: `at most ${most} malformed rows of ${rows} (max_rejected ${connector.maxRejected * 100}%)`,
    got: `${rejected.count}${first ? `, the first in ${first.file}${first.line === undefined ? '' : `, line ${first.line}`}: ${first.reason}` : ''}`,
    fix: 'check the rows, or raise max_rejected of the connector',
  })
}

const describeRows = (rowCount: number, rejected: RejectedRows, root: Row, folderCount: number) => ({
  row_count: BigInt(rowCount),
  rejected_row_count: BigInt(rejected.count),
  object_count: root.object_count as bigint,
  total_size_bytes: root.total_size_bytes as bigint,
  noncurrent_object_count: root.noncurrent_object_count as bigint,
  noncurrent_size_bytes: root.noncurrent_size_bytes as bigint,
  delete_marker_count: root.delete_marker_count as bigint,
  folder_count: BigInt(folderCount),
  fingerprint_method: FINGERPRINT_METHOD,
})

const describeChanges = (base: Receipt | undefined, changes: DerivedChanges | undefined) => ({
  base_snapshot: base?.snapshot ?? null,
  new_count: changes?.counts.new ?? null,
  modified_count: changes?.counts.modified ?? null,
  touched_count: changes?.counts.touched ?? null,
  deleted_count: changes?.counts.deleted ?? null,
})

function describeWork({ startedAt, now, peakMemoryBytes, importer }: RunEffects) {
  const endedAt = now()
  return {
    duration_ms: BigInt(endedAt.getTime() - startedAt.getTime()),
    peak_memory_bytes: BigInt(peakMemoryBytes()),
    engine: 'duckdb',
    imported_by: importer.user,
    imported_at: endedAt,
    version: importer.version,
  }
}
