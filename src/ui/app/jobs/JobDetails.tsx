import type { ReactNode } from 'react'
import type { Job } from '../../../api/jobs.js'
import { workName } from '../../../jobs/jobTexts.js'
import { formatDuration } from '../../../output/quantities.js'
import { escapeControls } from '../../../output/terminal.js'
import { useApi } from '../hooks/useApi.js'
import { useNow } from '../hooks/useNow.js'
import { ErrorNote, Loading } from '../parts/states.js'
import { TimeText } from '../parts/TimeText.js'
import { formatView } from '../view.js'
import { CancelButton } from './CancelButton.js'
import { escapeLines, Fact, JobFacts } from './JobFacts.js'
import { JobProgress } from './JobProgress.js'
import { isEnded, ranMs } from './jobTexts.js'

/** One job: how far it is, what it was asked to do and what came of it. */
export function JobDetails({ jobId }: { jobId: string }) {
  const { data: job, error, refetch, isPending } = useApi<Job>(`/jobs/${encodeURIComponent(jobId)}`)
  const now = useNow(1000)
  if (isPending) return <Loading what="the job" />
  if (error)
    return (
      <ErrorNote
        what="The job can't be read"
        error={error}
        retry={() => refetch()}
        others={{ href: '/jobs', text: 'All jobs' }}
      />
    )
  const took = ranMs(job, now)
  const about = aboutOf(job)
  return (
    <>
      <p className="small">
        <a href="/jobs">Jobs</a>
      </p>
      <div className="page-head">
        <h1>{workName(job)}</h1>
        <div className="actions">
          <CancelButton job={job} />
        </div>
      </div>
      <JobProgress job={job} isNamed={false} />
      <dl className="facts">
        {about && <Fact name="snapshot">{about}</Fact>}
        <Fact name="asked for">
          <TimeText time={job.created_at} /> UTC by {escapeControls(job.created_by)}
          {job.chain !== null && ', by schedule'}
        </Fact>
        {!isEnded(job) && job.state !== 'running' && (
          <Fact name="due">
            <TimeText time={job.due} /> UTC
          </Fact>
        )}
        {job.started_at !== null && (
          <Fact name="began">
            <TimeText time={job.started_at} /> UTC
          </Fact>
        )}
        {job.ended_at !== null && (
          <Fact name="ended">
            <TimeText time={job.ended_at} /> UTC
          </Fact>
        )}
        {took !== null && <Fact name="took">{formatDuration(took)}</Fact>}
        <Fact name="attempts">
          {job.attempts} of {job.max_attempts}
        </Fact>
        <Fact name="id">
          <code>{job.job_id}</code>
        </Fact>
      </dl>
      {job.error && <Part title="Error" text={job.error.message} />}
      <JobFacts title="Asked" facts={job.params} />
      <JobFacts title="What came of it" facts={job.result} />
    </>
  )
}

/** The way to what it made. */
function aboutOf({ result, connector }: Job): ReactNode {
  const snapshot = result?.snapshot
  if (typeof snapshot !== 'string' || connector === null) return undefined
  return <a href={formatView({ page: 'folders', params: { connector, at: snapshot } })}>{snapshot}</a>
}

function Part({ title, text }: { title: string; text: string }) {
  return (
    <section className="page-section">
      <h2>{title}</h2>
      <pre>{escapeLines(text)}</pre>
    </section>
  )
}
