import type { Column } from '../output/cells.js'
import type { GapRow } from '../reconcile/openGaps.js'

/** The columns of the table `gaps` that a list of open ones has, in its order. */
export const GAP_COLUMNS: readonly Column<GapRow>[] = [
  { name: 'priority' },
  { name: 'dataset' },
  { name: 'kind' },
  { name: 'reason' },
  { name: 'first_seen', title: 'since', kind: 'time' },
  { name: 'times_seen', title: 'seen', kind: 'count' },
  { name: 'key_prefix' },
  { name: 'partition_values' },
  { name: 'expected' },
  { name: 'found' },
  { name: 'connector' },
  { name: 'gap_id' },
  { name: 'run_id' },
  { name: 'run_at', kind: 'time' },
]
