import type { Job, JobList as Jobs } from '../../../api/jobs.js'
import { workName } from '../../../jobs/jobTexts.js'
import { formatDuration } from '../../../output/quantities.js'
import { apiUrl } from '../client.js'
import { useApi } from '../hooks/useApi.js'
import { useNow } from '../hooks/useNow.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { Empty, ErrorNote, Loading } from '../parts/states.js'
import { TimeText } from '../parts/TimeText.js'
import { formatView, type PageProps, withParams } from '../view.js'
import { CancelButton } from './CancelButton.js'
import { JobBar } from './JobProgress.js'
import { JobState } from './JobState.js'
import { outcomeText, ranMs } from './jobTexts.js'
import { NobodyRuns } from './NobodyRuns.js'

const STATES = ['all', 'open', 'ended'] as const

/** Jobs that wait and run, then those that ended; live. */
export function JobList({ view, onView }: PageProps) {
  const state = STATES.find(each => each === view.params.state) ?? 'all'
  const jobs = useApi<Jobs>('/jobs', { state, limit: 200 }, { keep: true, every: 30_000 })
  const now = useNow(jobs.data?.jobs.some(job => job.state === 'running') ? 1000 : 30_000)
  const open = (job: Job) => onView({ page: 'jobs', name: job.job_id, params: {} })

  return (
    <>
      <div className="page-head">
        <h1>Jobs</h1>
        <div className="actions">
          <label className="check-field">
            <span className="soft small">show</span>
            <select
              value={state}
              onChange={event => onView(withParams(view, { state: event.target.value }), 'replace')}
            >
              <option value="all">all</option>
              <option value="open">open</option>
              <option value="ended">ended</option>
            </select>
          </label>
        </div>
      </div>
      <NobodyRuns />
      {jobs.isPending && <Loading what="jobs" />}
      {jobs.error && <ErrorNote what="The jobs can't be read" error={jobs.error} retry={() => jobs.refetch()} />}
      {jobs.data && (
        <DataTable
          label="Jobs"
          rows={jobs.data.jobs}
          columns={columnsAt(now)}
          rowKey={job => job.job_id}
          onOpen={open}
          filter={jobs.data.jobs.length > 10}
          links={{ json: apiUrl('/jobs', { state, limit: 500 }) }}
          empty={
            <Empty>
              {state === 'open' ? (
                'Nothing waits and nothing runs.'
              ) : (
                <>
                  No job was ever queued here.{' '}
                  <a href={formatView({ page: 'connectors', params: {} })}>Import a connector</a> now, or give it a
                  schedule.
                </>
              )}
            </Empty>
          }
        />
      )}
    </>
  )
}

const columnsAt = (now: number): TableColumn<Job>[] => [
  {
    name: 'job',
    title: 'job',
    width: 'min(11rem, 28vw)',
    value: workName,
    cell: job => <a href={`/jobs/${job.job_id}`}>{workName(job)}</a>,
  },
  {
    name: 'state',
    title: 'state',
    width: 'min(7rem, 28vw)',
    value: job => job.state,
    cell: job => <JobState job={job} />,
  },
  {
    name: 'outcome',
    title: 'progress, or what came of it',
    value: job => outcomeText(job, now),
    cell: job => (
      <>
        <span className="cell">{outcomeText(job, now)}</span>
        {job.state === 'running' && <JobBar job={job} />}
      </>
    ),
  },
  {
    name: 'when',
    title: 'when',
    kind: 'time',
    width: '7.5rem',
    isHiddenOnPhone: true,
    value: whenOf,
    cell: job => <TimeText time={whenOf(job)} isRelative />,
  },
  {
    name: 'took',
    title: 'took',
    kind: 'duration',
    isHiddenOnPhone: true,
    value: job => ranMs(job, now),
    cell: job => tookText(ranMs(job, now)),
  },
  { name: 'by', title: 'by', width: '8rem', isHiddenOnPhone: true, value: byText },
  {
    name: 'cancel',
    title: '',
    width: '5.5rem',
    isHiddenOnPhone: true,
    value: () => null,
    cell: job => <CancelButton job={job} />,
  },
]

const whenOf = ({ ended_at, started_at, due }: Job): string => ended_at ?? started_at ?? due
const byText = ({ chain, created_by }: Job): string => (chain === null ? created_by : 'schedule')
/** Whole seconds, which don't flicker. */
const tookText = (ms: number | null): string =>
  ms === null ? '' : formatDuration(ms < 1000 ? ms : Math.floor(ms / 1000) * 1000)
