import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Engine } from '../engine/engine.js'
import type { LoadedManifest } from '../inventory/loadManifest.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { type EngineLimits, type MemoryBudget, writableRows } from './memoryBudget.js'
import { type Part, partitionRows, partsOf } from './partitionRows.js'
import { planReport, reportPlan, UNKNOWN_ROW_BYTES } from './planReport.js'
import { addRejected, findRejectedRows, type RejectedRows, takeRejectedLines } from './rejectedRows.js'
import { REASON, tableFields } from './reportTable.js'
import { openStaged, readStaged, type StagedRows, stageReportFile } from './stagedFile.js'
import { findSteps, type WorkFolder } from './workFolder.js'

export interface ReadEffects {
  readonly reports: ObjectStore
  readonly engine: Engine
  readonly work: WorkFolder
  readonly signal: AbortSignal
  readonly progress: (step: { done: number; total: number; rows: number }) => void
}

/** A report's accepted rows, parted by key ranges. */
export interface ReadReport {
  /** In key order; together they hold every key there can be. */
  readonly parts: readonly Part[]
  readonly rejected: RejectedRows
  readonly budget: MemoryBudget
}

const fileStep = z.object({
  step: z.literal('file'),
  index: z.int(),
  rows: z.array(z.int()),
  rejected: z.object({
    count: z.int(),
    shown: z
      .array(z.object({ file: z.string(), line: z.int().optional(), reason: z.string(), text: z.string() }))
      .readonly(),
  }),
})

/**
 * Reads the data files of a report, one after the other: each is copied and checked while DuckDB works on the one before,
 * decoded, parted by key ranges, and removed. A finished file is a checkpoint.
 *
 * @throws {ReportRefusedError} if a file is missing, has another size or MD5, or can't be read
 */
export async function readReport(
  loaded: LoadedManifest,
  limits: EngineLimits,
  effects: ReadEffects,
): Promise<ReadReport> {
  const { files } = loaded.manifest
  const { work, engine } = effects
  const done = new Map(findSteps(work, fileStep).map(step => [step.index, step]))
  let plan = findSteps(work, reportPlan)[0]
  const folder = join(work.path, 'parts')

  const waiting = files.flatMap((_, index) => (done.has(index) ? [] : [index]))
  const stage = (index: number | undefined) =>
    index === undefined ? undefined : stageReportFile(loaded, index, work.path, effects)
  let next = stage(waiting[0])
  try {
    for (const [i, index] of waiting.entries()) {
      const staged = await next
      if (!staged) throw new RangeError(`data file ${index} was not staged`) // skipping it would lose its rows
      next = stage(waiting[i + 1])
      next?.catch(() => undefined) // told when it is awaited
      const rows = await openStaged(engine, loaded, staged)
      if (!plan) {
        plan = await planReport(loaded, rows, limits, engine)
        await work.record(plan)
      }
      const budget = { ...limits, rowBytes: plan.rowBytes }
      const counts = await partitionFile(loaded, rows, plan.cuts, { folder, rowBudget: writableRows(budget) }, engine)
      const step = { step: 'file' as const, index, ...counts }
      await work.record(step)
      done.set(index, step)
      await rm(staged.path)
      effects.progress({
        done: done.size,
        total: files.length,
        rows: total([...done.values()].flatMap(step => step.rows)),
      })
    }
  } finally {
    await next?.catch(() => undefined) // its file belongs to the work folder, which must not be written to any more
  }

  const cuts = plan?.cuts ?? []
  const steps = [...done.values()]
  const rows = cuts.concat('').map((_, i) => total(steps.map(step => step.rows[i] ?? 0)))
  const rejected = steps.map(step => step.rejected).reduce(addRejected, { count: 0, shown: [] })
  const budget = { ...limits, rowBytes: plan?.rowBytes ?? UNKNOWN_ROW_BYTES }
  return { parts: partsOf(folder, {}, cuts, rows), rejected, budget }
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0)

async function partitionFile(
  loaded: LoadedManifest,
  rows: StagedRows,
  cuts: readonly string[],
  target: { folder: string; rowBudget: number },
  engine: Engine,
): Promise<{ rows: number[]; rejected: RejectedRows }> {
  const source = {
    select: rows.select(rows.path),
    columns: tableFields(loaded).map(({ column }) => column),
    rejected: `${REASON} is not null`,
  }
  const counts = await readStaged(engine, rows, () =>
    partitionRows(engine, source, rows.params, cuts, { ...target, name: `file${rows.index}` }),
  )
  const lines = await takeRejectedLines(engine, rows.url)
  const shown = counts.rejected > 0 ? await findRejectedRows(engine, rows) : []
  await takeRejectedLines(engine, rows.url) // those that were met again
  return { rows: [...counts.rows], rejected: addRejected(lines, { count: counts.rejected, shown }) }
}
