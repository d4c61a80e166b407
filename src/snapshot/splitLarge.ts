import { rm } from 'node:fs/promises'
import { relative } from 'node:path'
import { z } from 'zod'
import type { Engine } from '../engine/engine.js'
import { CUT_SAMPLE_ROWS, MOST_CUT_RANGES, planCuts } from './keyRanges.js'
import { type MemoryBudget, sortableRows, writableRows } from './memoryBudget.js'
import { type Part, partitionRows, partsOf, readPart, requireRows } from './partitionRows.js'
import { findSteps, type WorkFolder } from './workFolder.js'

const splitStep = z.object({
  step: z.literal('split'),
  part: z.string(),
  cuts: z.array(z.string()),
  rows: z.array(z.int()),
})

interface SplitEffects {
  readonly engine: Engine
  readonly work: WorkFolder
}

/**
 * A part, or the parts it is split into, until each can be sorted in memory or has one key alone. A finished split is a
 * checkpoint, and what was split is removed.
 * @param columns of the part's rows
 */
export async function* splitLarge(
  part: Part,
  columns: readonly string[],
  budget: MemoryBudget,
  effects: SplitEffects,
): AsyncGenerator<Part> {
  const { work } = effects
  const id = relative(work.path, part.folder)
  const known = findSteps(work, splitStep).find(step => step.part === id)
  const isLarge = part.rows > 1.5 * sortableRows(budget)
  const split = known ?? (isLarge ? await splitPart(part, id, columns, budget, effects) : undefined)
  if (!split || split.cuts.length === 0) yield part
  else
    for (const inner of partsOf(splitFolder(part), part.range, split.cuts, split.rows))
      yield* splitLarge(inner, columns, budget, effects)
}

const splitFolder = (part: Part): string => `${part.folder}-split`

async function splitPart(
  part: Part,
  id: string,
  columns: readonly string[],
  budget: MemoryBudget,
  { engine, work }: SplitEffects,
): Promise<z.infer<typeof splitStep>> {
  const relation = await readPart(part)
  const sample = await engine.rows(
    `select key from (select key from ${relation} using sample reservoir(${CUT_SAMPLE_ROWS} rows)) order by key`,
  )
  const ranges = Math.min(MOST_CUT_RANGES, Math.ceil(part.rows / sortableRows(budget)))
  const cuts = planCuts(
    sample.map(row => String(row.key)),
    ranges,
  )
  let rows: readonly number[] = []
  if (cuts.length > 0) {
    await rm(splitFolder(part), { recursive: true, force: true }) // a split that was begun, and not finished
    const target = { folder: splitFolder(part), name: 'split', rowBudget: writableRows(budget) }
    rows = (await partitionRows(engine, { select: `select * from ${relation}`, columns }, {}, cuts, target)).rows
    const total = rows.reduce((sum, n) => sum + n, 0)
    requireRows(part.folder, part.rows, total)
  }
  const step = { step: 'split' as const, part: id, cuts, rows: [...rows] }
  await work.record(step)
  if (cuts.length > 0) await rm(part.folder, { recursive: true, force: true })
  return step
}
