import { getConnector } from '../config/connector.js'
import type { Job } from '../jobs/job.js'
import { enqueueJob } from '../jobs/jobQueue.js'
import { planRefresh } from '../jobs/refreshOrder.js'
import { planImport, planScan, type SnapshotOrder } from '../jobs/snapshotOrders.js'
import type { Collection } from '../lake/lakeCollections.js'
import { writeText } from '../output/textWriter.js'
import type { Context } from './globals.js'
import { elsewhereOf, requireElsewhere } from './importElsewhere.js'
import type { ImportFlags } from './importRun.js'
import { jobColumns } from './jobColumns.js'
import { describeJob } from './jobScreen.js'
import { openLakeStore } from './lakeSession.js'
import { type ScanFlags, scanRange } from './scanRun.js'
import { makeLake, userName } from './snapshotSession.js'
import { documentEffects } from './tasksOfLake.js'

/** Queues an import, and tells its id. @throws {UsageError} for what no import could do */
export async function queueImport(name: string, flags: ImportFlags, context: Context): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  const elsewhere = elsewhereOf(flags, context)
  if (elsewhere) requireElsewhere(elsewhere, connector, context)
  await queue(planImport(connector, flags), context)
}

/** Queues a scan, and tells its id. @throws {UsageError} for a share that is none */
export async function queueScan(name: string, flags: ScanFlags, context: Context): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  scanRange(flags, connector)
  const { full, sample: rate, prefix } = flags
  await queue(
    planScan(connector, { ...(full && { full }), ...(rate !== undefined && { rate }), ...(prefix && { prefix }) }),
    context,
  )
}

/** Queues a listing of a collection's folder, and tells its id. @throws {NotFoundError} for one whose connector is gone */
export async function queueRefresh(collection: Collection, context: Context): Promise<void> {
  getConnector(context.config.connectors, collection.connector)
  await queue(planRefresh(collection), context)
}

async function queue(order: SnapshotOrder, context: Context): Promise<void> {
  await makeLake(context)
  const store = await openLakeStore(context)
  const job = await enqueueJob(
    { ...order, due: context.now(), created_by: userName() },
    { ...documentEffects(context), store },
  )
  if (context.format !== 'table') return context.write([job], jobColumns(context.format, context.now()))
  await writeText(context.stdout, [`${queuedLines(job).join('\n')}\n`])
}

const queuedLines = (job: Job): string[] => [
  `queued ${describeJob(job)}`,
  `  stocktake agent --until idle      runs it, unless an agent runs already`,
  `  stocktake jobs show ${job.job_id}`,
]
