import { formatDuration } from '../output/quantities.js'
import type { StreamStatus } from '../streams/streamStatus.js'
import type { StreamExpectation } from './expectations.js'
import { selectModel } from './reconcileModel.js'
import { DATASET_GAPS } from './relations.js'
import { type CountedRows, copyCounted, type StagePlace, stageRows } from './stagedRows.js'

/** How a stream of stocktake.yaml goes. */
export type LoadStream = (stream: string) => Promise<StreamStatus>

/**
 * What a stream lacks: a record at all, or one that is new enough.
 * @param place the name is what those of its files begin with
 * @returns with the columns of the model `gaps_found`
 */
export async function findStreamGaps(
  expected: StreamExpectation,
  status: StreamStatus,
  place: StagePlace,
): Promise<CountedRows> {
  const { name, stream, weight } = expected
  const stage = (what: string): StagePlace => ({ ...place, name: `${place.name}-${what}` })
  const dataset_gaps = await stageRows(listGaps(expected, status), DATASET_GAPS, stage('gaps'))
  const params = { connector: stream, dataset: name, weight: BigInt(weight), missing_share: 0 }
  return copyCounted(selectModel('gaps_found', params, { dataset_gaps }), stage('found'))
}

function listGaps({ stream, freshnessMs }: StreamExpectation, { last_record_at, lag_ms }: StreamStatus) {
  const expected = `a record of the last ${formatDuration(freshnessMs)}`
  const shared = { subject: '', partition_values: '{}', key_prefix: `processed/${stream}/`, expected, is_proven: true }
  if (last_record_at === null || lag_ms === null)
    return [{ ...shared, kind: 'missing', found: 'none ever', fact: `no record at all, expected ${expected}` }]
  if (lag_ms <= freshnessMs) return []
  const found = `none since ${last_record_at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return [{ ...shared, kind: 'stale', found, fact: `no new record, expected ${expected}, ${found}` }]
}
