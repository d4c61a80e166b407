import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Engine, QueryError } from '../engine/engine.js'
import { type EngineLimits, type MemoryBudget, writableRows } from './memoryBudget.js'
import { type Part, type PassTarget, partitionRows, partsOf, removePasses } from './partitionRows.js'
import { planSource, type SourcePlan, sourcePlan, UNKNOWN_ROW_BYTES } from './planSource.js'
import {
  addRejected,
  findRejectedRows,
  type RejectedRow,
  type RejectedRows,
  takeRejectedLines,
} from './rejectedRows.js'
import { REASON } from './reportTable.js'
import type { FileChecks, SnapshotSource, StagedFile, StagedRows } from './snapshotSource.js'
import { readStaged } from './stagedFile.js'
import { findSteps, type WorkFolder } from './workFolder.js'

export interface ReadEffects {
  readonly engine: Engine
  readonly work: WorkFolder
  readonly progress: (step: { done: number; total: number; rows: number }) => void
}

/** A source's accepted rows, parted by key ranges. */
export interface ReadRows {
  /** In key order; together they hold every key there can be. */
  readonly parts: readonly Part[]
  readonly rejected: RejectedRows
  readonly budget: MemoryBudget
  /** Of each file. */
  readonly checks: readonly FileChecks[]
}

const fileStep = z.object({
  step: z.literal('file'),
  index: z.int(),
  rows: z.array(z.int()),
  checks: z.array(z.string()),
  rejected: z.object({
    count: z.int(),
    shown: z
      .array(z.object({ file: z.string(), line: z.int().optional(), reason: z.string(), text: z.string() }))
      .readonly(),
  }),
})

/**
 * Reads the files of a source, one after the other: each is made ready while DuckDB works on the one before, decoded,
 * parted by key ranges, and removed where it is a copy. A finished file is a checkpoint.
 *
 * @throws {ReportRefusedError} if a file is missing, isn't what it should be, or can't be read
 */
export async function readSource(
  source: SnapshotSource,
  limits: EngineLimits,
  effects: ReadEffects,
): Promise<ReadRows> {
  const { files } = source
  const { work, engine } = effects
  const done = new Map(findSteps(work, fileStep).map(step => [step.index, step]))
  let plan = findSteps(work, sourcePlan)[0]
  const folder = join(work.path, 'parts')
  const finished = new Set([...done.keys()].map(passName))
  await removePasses(folder, name => !finished.has(name)) // a process that was killed left them
  let rowCount = total([...done.values()].flatMap(step => step.rows))

  const waiting = files.flatMap((_, index) => (done.has(index) ? [] : [index]))
  const stage = (index: number | undefined) => (index === undefined ? undefined : source.stage(index, work.path))
  let next = stage(waiting[0])
  try {
    for (const [i, index] of waiting.entries()) {
      const staged = await next
      if (!staged) throw new RangeError(`file ${index} was not staged`) // skipping it would lose its rows
      next = stage(waiting[i + 1])
      next?.catch(() => undefined) // told when it is awaited
      const read = async (file: StagedFile) => {
        const rows = await source.open(engine, file)
        plan ??= await recordPlan(await planSource(source, rows, limits, engine), work)
        const budget = { ...limits, rowBytes: plan.rowBytes }
        const target = { folder, name: passName(index), rowBudget: writableRows(budget) }
        const counts = await partitionFile(source, rows, plan.cuts, target, effects)
        await source.close(engine, file)
        if (file.isLocal) await rm(file.path)
        return { ...counts, checks: [...file.checks] }
      }
      const counts = await read(staged).catch(async error => {
        if (staged.isLocal || !(error instanceof QueryError)) throw error
        await takeRejectedLines(engine, staged.url) // of the statement that failed
        await source.explain(engine, staged)
        await removePasses(folder, name => name === passName(index))
        return read(await source.copy(index, work.path)) // it reads, or says what is wrong with the file
      })
      const step = { step: 'file' as const, index, ...counts }
      await work.record(step)
      done.set(index, step)
      rowCount += total(step.rows)
      if (done.size % FORGOTTEN_EVERY === 0) await engine.forgetFiles()
      effects.progress({ done: done.size, total: files.length, rows: rowCount })
    }
  } finally {
    await next?.catch(() => undefined) // its file belongs to the work folder, which must not be written to any more
  }

  const cuts = plan?.cuts ?? []
  const steps = [...done.values()]
  const rows = cuts.concat('').map((_, i) => total(steps.map(step => step.rows[i] ?? 0)))
  const rejected = steps.map(step => step.rejected).reduce(addRejected, { count: 0, shown: [] })
  const budget = { ...limits, rowBytes: plan?.rowBytes ?? UNKNOWN_ROW_BYTES }
  return { parts: partsOf(folder, {}, cuts, rows), rejected, budget, checks: steps.map(step => step.checks) }
}

/** After how many files. */
const FORGOTTEN_EVERY = 256

/** What the files of one file's rows are called by. */
const passName = (index: number): string => `file${index}`

async function recordPlan(plan: SourcePlan, work: WorkFolder): Promise<SourcePlan> {
  await work.record(plan)
  return plan
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0)

async function partitionFile(
  source: SnapshotSource,
  rows: StagedRows,
  cuts: readonly string[],
  target: PassTarget,
  effects: ReadEffects,
): Promise<{ rows: number[]; rejected: RejectedRows }> {
  const { engine } = effects
  const from = {
    select: rows.select(rows.path),
    columns: source.fields.map(({ column }) => column),
    rejected: `${REASON} is not null`,
  }
  const counts = await readStaged(engine, rows, () => partitionRows(engine, from, rows.params, cuts, target))
  const lines = await takeRejectedLines(engine, rows.url)
  const found = counts.rejected > 0 ? await findRejected(source, rows, effects) : []
  // Columns that it doesn't ask for aren't read: lines that were left out for one of them may be among what it finds.
  const told = new Set(lines.shown.map(({ line }) => line))
  const shown = found.filter(({ line }) => line === undefined || !told.has(line)).slice(0, counts.rejected)
  await takeRejectedLines(engine, rows.url) // those that were met again
  return { rows: [...counts.rows], rejected: addRejected(lines, { count: counts.rejected, shown }) }
}

/** Lines are looked for in a local file: malformed rows are rare, and worth a copy. */
async function findRejected(
  source: SnapshotSource,
  rows: StagedRows,
  { engine, work }: ReadEffects,
): Promise<RejectedRow[]> {
  if (rows.isLocal || rows.isNumbered) return findRejectedRows(engine, rows)
  const copy = await source.open(engine, await source.copy(rows.index, work.path))
  const found = await findRejectedRows(engine, copy)
  await rm(copy.path)
  return found
}
