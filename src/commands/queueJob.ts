import { type Connector, getConnector } from '../config/connector.js'
import type { Job } from '../jobs/job.js'
import { enqueueJob, type JobOrder } from '../jobs/jobQueue.js'
import { writeText } from '../output/textWriter.js'
import { reportSource } from '../snapshot/importReports.js'
import type { Context } from './globals.js'
import { wantedReports } from './importRun.js'
import { jobColumns } from './jobColumns.js'
import { describeJob } from './jobScreen.js'
import { openLakeStore } from './lakeSession.js'
import { type ScanFlags, scanRange } from './scanRun.js'
import { makeLake, userName } from './snapshotSession.js'
import { documentEffects } from './tasksOfLake.js'

interface ImportFlags {
  readonly manifest?: string
  readonly at?: string
  readonly all?: boolean
  readonly again?: boolean
}

/** Queues an import, and tells its id. @throws {UsageError} for what no import could do */
export async function queueImport(
  name: string,
  { manifest, at, all, again }: ImportFlags,
  context: Context,
): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  const flags = { ...(manifest !== undefined && { manifest }), ...(at !== undefined && { at }), ...(all && { all }) }
  if (wantedReports(flags).which !== 'newest') reportSource(connector)
  await queue({ type: 'import', params: { ...flags, ...(again && { again }) } }, connector, context)
}

/** Queues a scan, and tells its id. @throws {UsageError} for a share that is none */
export async function queueScan(name: string, flags: ScanFlags, context: Context): Promise<void> {
  const connector = getConnector(context.config.connectors, name)
  scanRange(flags, connector)
  const { full, sample, prefix } = flags
  const params = { ...(full && { full }), ...(sample !== undefined && { rate: sample }), ...(prefix && { prefix }) }
  await queue({ type: 'scan', params }, connector, context)
}

async function queue(what: Pick<JobOrder, 'type' | 'params'>, connector: Connector, context: Context): Promise<void> {
  await makeLake(context)
  const store = await openLakeStore(context)
  const order = { ...what, connector: connector.name, due: context.now(), created_by: userName() }
  const job = await enqueueJob(order, { ...documentEffects(context), store })
  if (context.format !== 'table') return context.write([job], jobColumns(context.format, context.now()))
  await writeText(context.stdout, [`${queuedLines(job).join('\n')}\n`])
}

const queuedLines = (job: Job): string[] => [
  `queued ${describeJob(job)}`,
  `  stocktake agent --until idle      runs it, unless an agent runs already`,
  `  stocktake jobs show ${job.job_id}`,
]
