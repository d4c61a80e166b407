import type { Engine, Row } from '../engine/engine.js'
import { PRIORITIES } from './expectations.js'
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
  const { rows } = await engine.query(`select * from (${gaps}) order by ${URGENCY}, dataset, key_prefix, kind, gap_id`)
  for await (const row of rows) yield toGap(row)
}

/** The place of a priority among all. */
const URGENCY = `case priority ${PRIORITIES.map((priority, i) => `when '${priority}' then ${i}`).join(' ')} end`

const toGap = (row: Row): GapRow =>
  ({ ...row, partition_values: JSON.parse(String(row.partition_values ?? '{}')) }) as unknown as GapRow
