import type { Column } from '../output/cells.js'
import { formatCount, formatShare } from '../output/quantities.js'
import { writeText } from '../output/textWriter.js'
import { latestReceipts } from '../snapshot/currentSources.js'
import { connectorName } from '../snapshot/findSnapshot.js'
import { type Freshness, judgeFreshness } from '../snapshot/freshness.js'
import { selectTable } from '../snapshot/lakeTables.js'
import { listReceipts, type Receipt } from '../snapshot/receipts.js'
import { formatReport, loadReport, runReport } from '../snapshot/report.js'
import { parseSnapshotName } from '../snapshot/snapshotName.js'
import { SNAPSHOTS } from '../snapshot/tables.js'
import type { Context } from './globals.js'
import { withLake } from './lakeSession.js'
import { isForPeople, shownAge } from './shown.js'
import { RECEIPT_COLUMNS } from './snapshotColumns.js'

interface SnapshotsOptions {
  readonly connector?: string
  readonly sql?: boolean
}

/** Writes the receipts of the lake, or of one connector. */
export const showSnapshots = (options: SnapshotsOptions, context: Context): Promise<void> =>
  withLake(context, async session => {
    const receipts = await listReceipts(session)
    const { connectors } = context.config
    const name = options.connector === undefined ? undefined : connectorName(options.connector, connectors, receipts)
    const report = loadReport('snapshots', { connector: name ?? null })
    if (options.sql) return writeText(context.stdout, [formatReport(report)])
    if (receipts.length === 0) context.log.notice(`no snapshots yet: stocktake import ${name ?? 'CONNECTOR'}`)
    const newest = new Set(latestReceipts(receipts).map(({ import_id }) => import_id))
    const freshness = (receipt: Receipt): Freshness | undefined =>
      newest.has(receipt.import_id)
        ? judgeFreshness(
            receipt,
            connectors.find(each => each.name === receipt.connector),
            context.now(),
          )
        : undefined
    const select = await selectTable(session.catalog, SNAPSHOTS, [])
    const { rows } = await runReport(report, { snapshots: select }, session.engine)
    const column: Column<Receipt> = { name: 'freshness', value: receipt => freshness(receipt) ?? null }
    const columns = isForPeople(context.format)
      ? peopleColumns(context.now(), receipts.some(freshness) ? [column] : [])
      : [...RECEIPT_COLUMNS, column]
    await context.write(rows as AsyncIterable<object> as AsyncIterable<Receipt>, columns)
  })

const peopleColumns = (now: Date, freshness: Column<Receipt>[]): Column<Receipt>[] => [
  { name: 'connector' },
  { name: 'snapshot' },
  { name: 'age', value: ({ snapshot }) => shownAge(parseSnapshotName(snapshot), now) },
  ...freshness,
  { name: 'source', value: sourceText },
  { name: 'row_count', title: 'rows', kind: 'count' },
  { name: 'object_count', title: 'objects', kind: 'count' },
  { name: 'total_size_bytes', title: 'size', kind: 'bytes' },
  { name: 'noncurrent_size_bytes', title: 'old versions', kind: 'bytes' },
  { name: 'changes', value: changesText },
  { name: 'duration_ms', title: 'took', kind: 'duration' },
  { name: 'peak_memory_bytes', title: 'memory', kind: 'bytes' },
  { name: 'engine' },
]

function sourceText({ source, file_format, scope, sample_rate }: Receipt): string {
  const what = source === 'inventory' ? `${file_format} report` : 'scan'
  const part = sample_rate === null ? '' : `, ${formatShare(sample_rate)} sample`
  return `${what}${part}${scope === '' ? '' : ` of ${scope}`}`
}

/** `+2,311 ~402 -727`; nothing for a first snapshot. */
function changesText({ base_snapshot, new_count, modified_count, deleted_count }: Receipt): string {
  if (base_snapshot === null) return ''
  const [added, modified, deleted] = [new_count, modified_count, deleted_count].map(count => formatCount(count ?? 0n))
  return `+${added} ~${modified} -${deleted}`
}
