import { inspect } from 'node:util'
import { EXIT, StocktakeError, toFileSystemError, UsageError } from '../errors.js'
import { ConnectorBusyError } from '../jobs/connectorLease.js'
import type { Job } from '../jobs/job.js'
import { type WorkerMessage, workerOrder } from '../jobs/jobProcess.js'
import { MaintainBusyError } from '../jobs/maintainTurn.js'
import { withLakeConnectors } from './connectorContext.js'
import type { Channel, Context } from './globals.js'
import { channelProgress } from './jobProgress.js'
import { runJob } from './jobWork.js'

/**
 * Runs the one job that the process that started this one sends, and sends it how far the job is, and what came of it.
 * @throws {UsageError} where no process started this one for that
 */
export async function runJobOfChannel(context: Context): Promise<void> {
  const channel = context.openChannel?.()
  if (!channel)
    throw new UsageError({ subject: 'run-job', expected: 'to be started by an agent', fix: 'stocktake agent' })
  const { job } = workerOrder.parse(await channel.receive())
  await channel.send(await outcomeOf(job, channel, context))
}

async function outcomeOf(job: Job, channel: Channel, context: Context): Promise<WorkerMessage> {
  const progress = channelProgress(channel, context.now)
  // A reconciliation waits for the connectors that it looks at: what it did before isn't done again.
  const waits = job.type !== 'import' && job.type !== 'scan'
  try {
    const settings = await withLakeConnectors(context, job.connector ?? undefined)
    return { kind: 'succeeded', result: await runJob(job, { ...settings, progress, job: { id: job.job_id, waits } }) }
  } catch (thrown) {
    if (context.signal.aborted) return { kind: 'interrupted' }
    const error = toFileSystemError(toFileSystemError(thrown), 'a file')
    if (error instanceof ConnectorBusyError || error instanceof MaintainBusyError)
      return { kind: 'busy', message: error.message }
    context.log.detail(inspect(error))
    const message = error instanceof Error ? error.message || error.name : String(error)
    if (error instanceof StocktakeError) return { kind: 'failed', error: { message, exit_code: error.exitCode } }
    return { kind: 'failed', error: { message: `unexpected error: ${message}`, exit_code: EXIT.failed } }
  }
}
