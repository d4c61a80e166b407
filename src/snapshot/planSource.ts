import { z } from 'zod'
import type { Engine } from '../engine/engine.js'
import type { InventoryField } from '../inventory/fields.js'
import { CUT_SAMPLE_ROWS, MOST_CUT_RANGES, planCuts } from './keyRanges.js'
import { type EngineLimits, sortableRows } from './memoryBudget.js'
import { takeRejectedLines } from './rejectedRows.js'
import { REASON } from './reportTable.js'
import type { SnapshotSource, StagedRows } from './snapshotSource.js'
import { readStaged } from './stagedFile.js'

/** Where a source's keys are cut into ranges, and what a row of it takes in a sort. */
export const sourcePlan = z.object({ step: z.literal('cuts'), cuts: z.array(z.string()), rowBytes: z.number() })
export type SourcePlan = z.infer<typeof sourcePlan>

/** What a row is taken to need where none was seen. */
export const UNKNOWN_ROW_BYTES = 1000

/** Plans the key ranges of a source from one of its files. If the others have other keys, large ranges are split later. */
export async function planSource(
  { fields, files }: SnapshotSource,
  rows: StagedRows,
  limits: EngineLimits,
  engine: Engine,
): Promise<SourcePlan> {
  const { params } = rows
  const all = rows.select(rows.path)
  const accepted = `select * from (${all}) where ${REASON} is null`
  const sample = `select key, ${rowWidth(fields)} as bytes from (${accepted}) using sample reservoir(${CUT_SAMPLE_ROWS} rows)`
  const [count, keys] = await readStaged(engine, rows, async () => {
    // Also those that will be left out: to know them, all their values would have to be decoded.
    const [counted] = await engine.rows(`select count(*) as n from (${all})`, params)
    return [Number(counted?.n), await engine.rows(`select key, bytes from (${sample}) order by key`, params)]
  })
  const bytesOfSample = keys.reduce((sum, { bytes }) => sum + Number(bytes), 0)
  const rowBytes = keys.length > 0 ? bytesOfSample / keys.length : UNKNOWN_ROW_BYTES
  await takeRejectedLines(engine, rows.url) // they are told when the file is read for good
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const share = Math.max((files[rows.index]?.sizeBytes ?? 0) / bytes, 1e-9)
  const ranges = Math.ceil(count / share / sortableRows({ ...limits, rowBytes }))
  return {
    step: 'cuts',
    cuts: planCuts(
      keys.map(({ key }) => String(key)),
      Math.min(ranges, MOST_CUT_RANGES),
    ),
    rowBytes,
  }
}

/** SQL for the bytes that a row takes in a sort: 16 for each text and its bytes, 8 for the rest. */
function rowWidth(fields: readonly InventoryField[]): string {
  const texts = fields.filter(({ type }) => type === 'string').map(({ column }) => `coalesce(strlen(${column}), 0)`)
  return `${texts.length * 16 + (fields.length - texts.length) * 8} + ${texts.join(' + ')}`
}
