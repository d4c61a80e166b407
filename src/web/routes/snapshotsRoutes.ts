import { createRoute } from '@hono/zod-openapi'
import { type Snapshot, type SnapshotList, snapshot, snapshotList, snapshotsQuery } from '../../api/snapshots.js'
import { connectorName } from '../../snapshot/findSnapshot.js'
import type { Receipt } from '../../snapshot/receipts.js'
import { formatReport, loadReport } from '../../snapshot/report.js'
import { parseSnapshotName } from '../../snapshot/snapshotName.js'
import { type Answer, answerJson } from '../answer.js'
import { answerTagged, makeTag } from '../etags.js'
import type { LakeMoment } from '../lakeReader.js'
import { problemAnswers } from '../problems.js'
import { answerTable } from '../tableAnswer.js'
import type { AddRoutes } from '../webApp.js'

const snapshotsRoute = createRoute({
  ...{ method: 'get', path: '/api/snapshots', tags: ['inventory'], summary: 'Snapshots and scans, the newest first' },
  request: { query: snapshotsQuery },
  responses: {
    200: {
      description: 'the receipts: what each holds, what it is compared with, and what it took',
      content: {
        'application/json': { schema: snapshotList },
        'text/csv': { schema: { type: 'string' } },
        'application/sql': { schema: { type: 'string' } },
      },
    },
    304: { description: 'as it was' },
    ...problemAnswers(400, 404),
  },
})

export const addSnapshotsRoutes: AddRoutes = (app, { reader, version }) => {
  app.openapi(snapshotsRoute, async c => {
    const { connector, limit, format } = c.req.valid('query')
    const moment = await reader.look()
    const name = connector === undefined ? null : connectorName(connector, moment.connectors, moment.receipts)
    if (format) {
      const sql = () => formatReport(loadReport('snapshots', { connector: name }))
      const table = { name: name === null ? 'snapshots' : `${name} snapshots`, format, columns: COLUMNS, sql }
      return (await answerTable(c, { ...table, rows: () => listSnapshots(name, moment) }, reader)) as never
    }
    return (await answerTagged(c, makeTag(version, moment.version), () => {
      const snapshots = receiptsOf(name, moment).slice(0, limit).map(toSnapshot)
      return answerJson<SnapshotList>(c, { snapshots })
    })) as never
  })
}

const COLUMNS = Object.keys(snapshot.shape).map(name => ({ name }))

async function* listSnapshots(connector: string | null, moment: LakeMoment): AsyncGenerator<Answer<Snapshot>> {
  for (const receipt of receiptsOf(connector, moment)) yield toSnapshot(receipt)
}

const receiptsOf = (connector: string | null, { receipts }: LakeMoment): Receipt[] =>
  receipts.filter(receipt => connector === null || receipt.connector === connector)

const toSnapshot = (receipt: Receipt): Answer<Snapshot> => ({
  connector: receipt.connector,
  snapshot: receipt.snapshot,
  taken_at: parseSnapshotName(receipt.snapshot),
  source: receipt.source,
  scope: receipt.scope,
  sample_rate: receipt.sample_rate,
  object_count: receipt.object_count,
  total_size_bytes: receipt.total_size_bytes,
  noncurrent_object_count: receipt.noncurrent_object_count,
  noncurrent_size_bytes: receipt.noncurrent_size_bytes,
  folder_count: receipt.folder_count,
  rejected_row_count: receipt.rejected_row_count,
  base_snapshot: receipt.base_snapshot,
  new_count: receipt.new_count,
  modified_count: receipt.modified_count,
  touched_count: receipt.touched_count,
  deleted_count: receipt.deleted_count,
  list_requests: receipt.list_requests,
  get_requests: receipt.get_requests,
  bytes_read: receipt.bytes_read,
  duration_ms: receipt.duration_ms,
  imported_at: receipt.imported_at,
  imported_by: receipt.imported_by,
})
