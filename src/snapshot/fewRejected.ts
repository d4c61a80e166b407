import type { Connector } from '../config/connector.js'
import { ReportRefusedError } from '../errors.js'
import type { RejectedRows } from './rejectedRows.js'
import type { SnapshotSource } from './snapshotSource.js'

/** So many malformed rows are let pass however few rows there are. */
const LEAST_MAX_REJECTED = 10

/**
 * Lets an import go on that has no more malformed rows than its connector bears.
 * @param acceptedRows how many rows are good
 * @throws {ReportRefusedError} with the first of the others
 */
export function requireFewRejected(
  rejected: RejectedRows,
  acceptedRows: number,
  {
    connector,
    source,
  }: { readonly connector: Pick<Connector, 'maxRejected'>; readonly source: Pick<SnapshotSource, 'subject'> },
): void {
  const rows = rejected.count + acceptedRows
  const least = connector.maxRejected === 0 ? 0 : Math.min(LEAST_MAX_REJECTED, rows - 1) // not every row there is
  const most = Math.max(least, Math.floor(rows * connector.maxRejected))
  if (rejected.count <= most) return
  const [first] = rejected.shown
  throw new ReportRefusedError({
    subject: source.subject,
    expected: `at most ${most} malformed rows of ${rows} (max_rejected ${connector.maxRejected * 100}%)`,
    got: `${rejected.count}${first ? `, the first in ${first.file}${first.line === undefined ? '' : `, line ${first.line}`}: ${first.reason}` : ''}`,
    fix: 'check the rows, or raise max_rejected of the connector',
  })
}
