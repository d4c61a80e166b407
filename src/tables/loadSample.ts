import { UsageError } from '../errors.js'
import type { Table } from '../iceberg/catalog.js'
import { currentSchema } from '../iceberg/metadata.js'
import { loadModel } from '../models/model.js'
import { formatCount } from '../output/quantities.js'
import { type AppendEffects, type Appended, appendRows, hasBatch } from './appendRows.js'
import { requireRules } from './requireRules.js'
import { makeSampleRows, type SampleOptions } from './sampleRows.js'
import type { DeclaredTable } from './tableSpec.js'

/** The name under which sample rows are in a table once. */
export const sampleBatch = ({ rows, seed, until }: SampleOptions): string => `sample-${seed}-${rows}-${until}`

/**
 * Puts sample rows into a table in one snapshot, made by the model that its spec names.
 * @param options of 1,000 to 100,000 rows
 * @param batch see `Rows.batch`
 * @throws {UsageError} for options beyond the bounds, a table without a model, and one that doesn't take its rows
 * @throws what `appendRows` does
 */
export async function loadSample(
  options: SampleOptions,
  batch: string | undefined,
  declared: DeclaredTable,
  table: Table,
  effects: AppendEffects,
): Promise<Appended> {
  requireSampleOptions(options)
  const model = loadModel(requireSample(declared), 'duckdb')
  if (hasBatch(table.metadata, batch)) return { kind: 'unchanged', why: 'batch' }
  requireRules(declared, currentSchema(table.metadata))
  const target = { schema: currentSchema(table.metadata), columns: declared.columns }
  const { rows: total } = options
  const made = (done: number) => effects.progress({ phase: 'make', done, total, unit: 'rows' })
  const select = await makeSampleRows(model, options, target, made, effects.engine)
  return appendRows({ select, params: {}, count: total, ...(batch !== undefined && { batch }) }, table, effects)
}

const LEAST_ROWS = 1_000
const MOST_ROWS = 100_000

function requireSampleOptions({ rows, seed, until }: SampleOptions): void {
  const refuse = (subject: string, expected: string, got: string) => new UsageError({ subject, expected, got })
  if (!Number.isInteger(rows) || rows < LEAST_ROWS || rows > MOST_ROWS)
    throw refuse('--rows', `a number from ${formatCount(LEAST_ROWS)} to ${formatCount(MOST_ROWS)}`, String(rows))
  if (!Number.isSafeInteger(seed)) throw refuse('--seed', 'a whole number', String(seed))
  const day = new Date(`${until}T00:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(until) || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== until)
    throw refuse('--until', 'a day such as 2026-01-20', JSON.stringify(until))
}

function requireSample({ name, file, sample }: DeclaredTable): string {
  if (sample !== undefined) return sample
  throw new UsageError({ subject: `table ${name}`, expected: 'a model of sample rows', got: `none in ${file}` })
}
