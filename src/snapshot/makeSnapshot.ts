import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Connector } from '../config/connector.js'
import { type Engine, QueryError } from '../engine/engine.js'
import { InterruptedError, ReportRefusedError } from '../errors.js'
import type { Catalog } from '../iceberg/catalog.js'
import { type Base, loadBase, selectBaseFolders, selectBaseObjects } from './base.js'
import { commitTables, dropImport, requireCommitted } from './commitTables.js'
import { deriveChanges } from './deriveChanges.js'
import { deriveFolders, readRoot } from './deriveFolders.js'
import { requireFewRejected } from './fewRejected.js'
import { formatImportId } from './importId.js'
import { importParams } from './importParams.js'
import type { EngineLimits } from './memoryBudget.js'
import { RowsLostError } from './partitionRows.js'
import { readSource } from './readSource.js'
import { describeChanges, describeRows, describeWork, requireCounted } from './receiptFacts.js'
import { commitReceipt, findReceipt, type Receipt } from './receipts.js'
import type { RejectedRows } from './rejectedRows.js'
import { snapshotDate } from './snapshotName.js'
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
  const params = importParams(options, importId, base?.receipt)

  const read = await readSource(source, limits, {
    ...{ engine, work },
    progress: step => progress({ phase: 'read', ...step }),
  })
  const rowCount = read.parts.reduce((sum, part) => sum + part.rows, 0)
  requireFewRejected(read.rejected, rowCount, options)
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
  requireCounted(subject, rowCount, root)
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
      ...describeChanges(base?.receipt, changes?.counts),
      ...describeWork('duckdb', effects),
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
