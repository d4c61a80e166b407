import type { Job } from '../jobs/job.js'
import { isEnded } from '../jobs/job.js'
import { progressText } from '../jobs/jobTexts.js'
import type { Column } from '../output/cells.js'
import type { Format } from '../output/format.js'
import { formatDuration } from '../output/quantities.js'
import { outcomeText } from './jobScreen.js'
import { isForPeople, shownAge } from './shown.js'

/** The columns of a list of jobs: for programs the whole document, for people what most need. */
export const jobColumns = (format: Format, now: Date): readonly Column<Job>[] =>
  isForPeople(format) ? shownColumns(now) : ALL

const ALL: readonly Column<Job>[] = [
  { name: 'job_id' },
  { name: 'type' },
  { name: 'connector' },
  { name: 'params' },
  { name: 'state' },
  { name: 'due', kind: 'time' },
  { name: 'not_before', kind: 'time' },
  { name: 'attempts', kind: 'count' },
  { name: 'max_attempts', kind: 'count' },
  { name: 'created_at', kind: 'time' },
  { name: 'created_by' },
  { name: 'started_at', kind: 'time' },
  { name: 'ended_at', kind: 'time' },
  { name: 'phase', value: ({ progress }) => progress?.phase ?? null },
  { name: 'done', value: ({ progress }) => progress?.done ?? null },
  { name: 'total', value: ({ progress }) => progress?.total ?? null },
  { name: 'rate', value: ({ progress }) => progress?.rate ?? null },
  { name: 'unit', value: ({ progress }) => progress?.unit ?? null },
  { name: 'progress_at', kind: 'time', value: ({ progress }) => progress?.at ?? null },
  { name: 'result' },
  { name: 'error', value: ({ error }) => error?.message ?? null },
  { name: 'exit_code', value: ({ error }) => error?.exit_code ?? null },
  { name: 'cancelled_by', value: ({ cancel }) => cancel?.by ?? null },
  { name: 'chain', value: ({ chain }) => chain?.name ?? null },
  { name: 'link', value: ({ chain }) => chain?.link ?? null },
  { name: 'host', value: ({ lease }) => lease?.host ?? null },
  { name: 'pid', value: ({ lease }) => lease?.worker?.pid ?? null },
  { name: 'lease_until', kind: 'time', value: ({ lease }) => lease?.until ?? null },
]

const shownColumns = (now: Date): Column<Job>[] => [
  { name: 'job_id', title: 'job id' },
  { name: 'type' },
  { name: 'connector' },
  { name: 'state' },
  { name: 'when', value: job => whenText(job, now) },
  { name: 'progress', value: ({ progress }) => progress && progressText(progress) },
  {
    name: 'attempts',
    value: ({ attempts, max_attempts }) => (attempts === 0 ? null : `${attempts} of ${max_attempts}`),
  },
  { name: 'outcome', value: outcomeText },
]

/** `in 5 min`, `for 31 s`, `9 h ago`: until it is due, since it began, or since it ended. */
export function whenText(job: Job, now: Date): string {
  const { state, started_at, ended_at, not_before, due } = job
  if (isEnded(job)) return ended_at ? agoText(ended_at, now) : ''
  if (state === 'running') return started_at ? `for ${ageText(started_at, now)}` : ''
  const from = not_before && not_before > due ? not_before : due
  const leftMs = from.getTime() - now.getTime()
  return leftMs > 0 ? `in ${formatDuration(Math.ceil(leftMs / 1000) * 1000)}` : `due ${agoText(from, now)}`
}

const agoText = (time: Date, now: Date): string =>
  now.getTime() - time.getTime() < 1000 ? 'now' : `${shownAge(time, now)} ago`

const ageText = (time: Date, now: Date): string => (now.getTime() - time.getTime() < 1000 ? '0 s' : shownAge(time, now))
