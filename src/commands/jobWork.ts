import { getConnector } from '../config/connector.js'
import { InterruptedError, UsageError } from '../errors.js'
import type { Job, JobType } from '../jobs/job.js'
import {
  importParams,
  maintainParams,
  parseParams,
  reconcileParams,
  refreshParams,
  scanParams,
} from '../jobs/jobParams.js'
import {
  type JobCost,
  type JobResult,
  type JobSnapshot,
  maintainResult,
  publishResult,
  reconcileResult,
  snapshotResult,
} from '../jobs/jobResult.js'
import { wantedReports } from '../snapshot/importReports.js'
import { openExpectations } from './expectationsSession.js'
import type { Context } from './globals.js'
import { elsewhereOf } from './importElsewhere.js'
import { importInto } from './importInto.js'
import type { TellMade } from './madeScreens.js'
import { queuePublish } from './publishAfter.js'
import { reconcileLake } from './reconcileLake.js'
import { runLakeTasks } from './runLakeTasks.js'
import { scanInto, scanRange } from './scanRun.js'

/**
 * Does what a job is for, and tells nobody but the log.
 * @throws what the command of the same name throws; {@link ConnectorBusyError} where it doesn't wait
 */
export async function runJob(job: Job, context: Context): Promise<JobResult> {
  const result = await WORK[job.type](job, context)
  await queuePublish(job.type, context)
  return result
}

type Work = (job: Job, context: Context) => Promise<JobResult>

const WORK: Readonly<Record<JobType, Work>> = {
  import: importSnapshots,
  scan: scanConnector,
  reconcile: reconcileBuckets,
  maintain,
  refresh: refreshFolder,
  publish: publishLake,
}

async function importSnapshots(job: Job, context: Context): Promise<JobResult> {
  const { again = false, engine, ...which } = parseParams(importParams, job)
  const connector = connectorOf(job, context)
  return collectSnapshots(context, tell =>
    importInto(
      {
        connector,
        wanted: wantedReports(which),
        again,
        elsewhere: elsewhereOf({ ...(engine && { engine }) }, context),
      },
      context,
      tell,
    ),
  )
}

async function scanConnector(job: Job, context: Context): Promise<JobResult> {
  const { rate, full, prefix } = parseParams(scanParams, job)
  const connector = connectorOf(job, context)
  const flags = { ...(full && { full }), ...(rate !== undefined && { sample: rate }), ...(prefix && { prefix }) }
  return collectSnapshots(context, tell => scanInto(connector, scanRange(flags, connector), context, tell))
}

async function refreshFolder(job: Job, context: Context): Promise<JobResult> {
  const { prefix } = parseParams(refreshParams, job)
  const connector = connectorOf(job, context)
  return collectSnapshots(context, tell => scanInto(connector, { scope: prefix, rate: 1 }, context, tell))
}

async function reconcileBuckets(job: Job, context: Context): Promise<JobResult> {
  const { dry_run: dryRun = false, run_tasks: isRunning = false } = parseParams(reconcileParams, job)
  const cost = beginCost(context)
  const file = await openExpectations(context)
  const reconciled = await reconcileLake({ dryRun }, file, context, async () => {})
  const tasks = isRunning && !dryRun ? await runLakeTasks({ ids: [] }, file, context) : undefined
  if (context.signal.aborted) throw new InterruptedError({ subject: 'reconcile', got: 'interrupted' })
  return reconcileResult(reconciled, tasks, cost())
}

async function maintain(job: Job, context: Context): Promise<JobResult> {
  const { dry_run: dryRun = false } = parseParams(maintainParams, job)
  const { maintainHere, requireMaintained } = await import('./maintainRun.js')
  const cost = beginCost(context)
  const report = await maintainHere({ dryRun }, context)
  requireMaintained(report)
  return maintainResult(report, cost())
}

async function publishLake(_job: Job, context: Context): Promise<JobResult> {
  const [{ publishHere }, { requirePublished }] = await Promise.all([
    import('./publishRun.js'),
    import('../publish/publish.js'),
  ])
  const cost = beginCost(context)
  const differences = await publishHere(false, context)
  requirePublished(differences)
  return publishResult(differences, cost())
}

function connectorOf({ connector, job_id }: Job, { config }: Context) {
  if (connector !== null) return getConnector(config.connectors, connector)
  throw new UsageError({ subject: job_id, expected: 'a connector', got: 'none' })
}

async function collectSnapshots(context: Context, act: (tell: TellMade) => Promise<void>): Promise<JobResult> {
  const cost = beginCost(context)
  const all: JobSnapshot[] = []
  await act(async made => {
    for await (const { kind, receipt } of made) all.push({ receipt, isNew: kind !== 'unchanged' })
  })
  return snapshotResult(all, cost())
}

function beginCost({ now }: Context): () => JobCost {
  const begunAt = now().getTime()
  return () => ({
    durationMs: Math.max(0, now().getTime() - begunAt),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  })
}
