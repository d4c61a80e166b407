import type { Column } from '../output/cells.js'
import type { Format } from '../output/format.js'
import type { GapRow } from '../reconcile/openGaps.js'
import { isForPeople, timeColumn } from './shown.js'

/** The columns of a list of gaps, as those of the report `gaps`. */
export function gapColumns(format: Format): readonly Column<GapRow>[] {
  const columns: readonly Column<GapRow>[] = [
    { name: 'priority' },
    { name: 'dataset' },
    { name: 'kind' },
    { name: 'reason' },
    { name: 'expected' },
    { name: 'found' },
    timeColumn('first_seen', 'since', format),
    { name: 'times_seen', kind: 'count' },
    { name: 'resolved_at', kind: 'time' },
    { name: 'gap_id', title: 'gap id' },
    { name: 'connector' },
    { name: 'key_prefix' },
    { name: 'partition_values', value: ({ partition_values }) => JSON.stringify(partition_values) },
    { name: 'run_id' },
    { name: 'run_at', kind: 'time' },
  ]
  return isForPeople(format) ? columns.filter(({ name }) => SHOWN.has(name)) : columns
}

const SHOWN = new Set(['priority', 'dataset', 'reason', 'first_seen', 'gap_id'])
