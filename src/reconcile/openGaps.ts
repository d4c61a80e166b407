import type { Engine, Row } from '../engine/engine.js'
import { quoteString } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import type { Table } from '../iceberg/catalog.js'
import { bindInputs, loadModel } from '../models/model.js'
import { CUT_SAMPLE_ROWS, planCuts, rangeCondition, splitRange } from '../snapshot/keyRanges.js'
import { type LakeEffects, selectLoaded } from '../snapshot/lakeTables.js'
import { GAPS } from '../snapshot/tables.js'
import { PRIORITIES, type Priority } from './expectations.js'
import type { OpenGap } from './planTasks.js'

/** A row of the table `gaps`, of a gap that is open. */
export interface GapRow extends OpenGap {
  readonly reason: string
  readonly expected: string | null
  readonly found: string | null
  readonly first_seen: Date
  readonly times_seen: bigint
}

/**
 * The gaps of a SELECT, the most urgent first, then by dataset and key.
 * @param gaps a SELECT with the columns of the table `gaps`
 */
export async function* listGaps(gaps: string, engine: Engine): AsyncGenerator<GapRow> {
  for (const part of await listParts(gaps, engine)) {
    const { rows } = await engine.query(`select * from (${gaps}) where ${part} order by key_prefix, kind, gap_id`)
    for await (const row of rows) yield toGap(row)
  }
}

/** What one sort holds, more or less: 50 MB. */
const PART_ROWS = 100_000

/** Conditions, in the order of the gaps, each of which few enough meet to be sorted in little memory. */
async function listParts(gaps: string, engine: Engine): Promise<string[]> {
  const groups = await engine.rows(
    `select priority, dataset, count(*) as n from (${gaps}) group by 1, 2 order by ${URGENCY}, dataset`,
  )
  const parts: string[] = []
  for (const { priority, dataset, n } of groups) {
    const group = `priority = ${quoteString(String(priority))} and dataset = ${quoteString(String(dataset))}`
    const cuts =
      Number(n) > PART_ROWS ? await sampleCuts(`select * from (${gaps}) where ${group}`, Number(n), engine) : []
    for (const range of splitRange({}, cuts)) parts.push(`${group} and ${rangeCondition(range, 'key_prefix')}`)
  }
  return parts
}

async function sampleCuts(gaps: string, count: number, engine: Engine): Promise<string[]> {
  const sample = `select key_prefix from (${gaps}) using sample reservoir(${CUT_SAMPLE_ROWS} rows) repeatable (1)`
  const rows = await engine.rows(`select key_prefix from (${sample}) order by 1`)
  return planCuts(
    rows.map(row => String(row.key_prefix)),
    Math.ceil(count / PART_ROWS),
  )
}

/** The place of a priority among all. */
const URGENCY = `case priority ${PRIORITIES.map((priority, i) => `when '${priority}' then ${i}`).join(' ')} end`

const toGap = (row: Row): GapRow =>
  ({ ...row, partition_values: JSON.parse(String(row.partition_values ?? '{}')) }) as unknown as GapRow

/** A SELECT of the newest row of each gap that isn't resolved. */
export async function selectOpenGaps(table: Table | undefined): Promise<string> {
  const stored = table ? await selectLoaded(table, []) : selectFiles(GAPS.schema, [])
  const gaps = bindInputs(loadModel('views/gaps', 'duckdb'), { [GAPS.name]: stored })
  return `select * from (${gaps}) where resolved_at is null`
}

/** How many gaps have each priority. */
export type PriorityCounts = Readonly<Record<Priority, number>>

export const sumPriorities = (counts: PriorityCounts): number => Object.values(counts).reduce((sum, n) => sum + n, 0)

export async function countPriorities(gaps: string, { engine }: Pick<LakeEffects, 'engine'>): Promise<PriorityCounts> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0 }
  for (const { priority, n } of await engine.rows(`select priority, count(*) as n from (${gaps}) group by 1`))
    counts[priority as Priority] = Number(n)
  return counts
}
