import type { Job } from '../jobs/job.js'
import { progressText } from '../jobs/jobTexts.js'
import { formatBytes, formatCount, formatDuration } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import type { Context } from './globals.js'
import { jobColumns, whenText } from './jobColumns.js'
import { getJobNamed } from './jobsOfLake.js'
import { openLakeStore } from './lakeSession.js'
import { shownTime } from './shown.js'

/** Writes all about one job. @throws {NotFoundError} */
export async function showJob(id: string, context: Context): Promise<void> {
  const job = await getJobNamed(id, await openLakeStore(context))
  if (context.format !== 'table') return context.write([job], jobColumns(context.format, context.now()))
  await writeText(
    context.stdout,
    linesOf(job, context.now()).map(([name, value]) => `${name.padEnd(20)}${indent(value)}\n`),
  )
}

type Line = readonly [name: string, value: string]

function linesOf(job: Job, now: Date): Line[] {
  const { progress, error, cancel, chain, lease, result } = job
  return [
    ['job', job.job_id],
    ['type', job.type],
    ...optional('connector', job.connector),
    ...Object.entries(job.params).map(([name, value]): Line => [name.replaceAll('_', ' '), valueText(value)]),
    ['state', `${job.state}, ${whenText(job, now)}`],
    ['created', `${shownTime(job.created_at)} by ${job.created_by}`],
    ['due', shownTime(job.due)],
    ...optional('not before', job.not_before && shownTime(job.not_before)),
    ...optional('part of', chain && `${chain.name}, link ${chain.link}`),
    ['attempts', `${job.attempts} of ${job.max_attempts}`],
    ...optional('started', job.started_at && shownTime(job.started_at)),
    ...optional('on', lease && `${lease.host}, process ${lease.worker?.pid ?? lease.runner.pid}`),
    ...optional('progress', progress && progressText(progress)),
    ...optional('ended', job.ended_at && shownTime(job.ended_at)),
    ...optional('to be cancelled', cancel && `by ${cancel.by}, ${shownTime(cancel.at)}`),
    ...optional('failed', error && `${error.message} (exit code ${error.exit_code})`),
    ...Object.entries(result ?? {}).flatMap(([name, value]): Line[] =>
      value === null ? [] : [[nameText(name), resultText(name, value)]],
    ),
  ]
}

const optional = (name: string, value: string | null): Line[] => (value === null ? [] : [[name, value]])

const nameText = (name: string): string =>
  name
    .replace(/_(ms|bytes)$/, '')
    .replace(/_count$/, 's')
    .replaceAll('_', ' ')

/** Values of an outcome, by the units in their names. */
function resultText(name: string, value: unknown): string {
  if (typeof value !== 'number') return valueText(value)
  if (name.endsWith('_bytes') || name === 'bytes_read') return formatBytes(value)
  return name.endsWith('_ms') ? formatDuration(value) : formatCount(value)
}

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Messages may have several lines. */
const indent = (value: string): string =>
  value
    .split('\n')
    .map(escapeControls)
    .join(`\n${' '.repeat(20)}`)
