import type { Connector } from '../../../api/connectors.js'
import type { Job } from '../../../api/jobs.js'
import { escapeControls } from '../../../output/terminal.js'
import { useApi } from '../hooks/useApi.js'
import { JobProgress } from '../jobs/JobProgress.js'
import { isEnded } from '../jobs/jobTexts.js'
import { Freshness } from '../parts/states.js'
import { TimeText } from '../parts/TimeText.js'
import { formatView } from '../view.js'
import { useInventoryStatus } from './useConnectors.js'

export interface ImportStatusProps {
  readonly name: string
  /** The job that was just asked for here. */
  readonly order: Job | undefined
  readonly connector: Connector
}

/** What runs for a connector now, what it has last and when it goes on. */
export function ImportStatus({ name, order, connector }: ImportStatusProps) {
  const status = useInventoryStatus(name).data
  const jobId = order?.job_id ?? status?.job_id ?? undefined
  const job = useJob(jobId, order)
  const last = status?.last
  return (
    <>
      {job && <JobProgress job={job} />}
      <dl className="facts">
        <dt>newest snapshot</dt>
        <dd>
          {last ? (
            <>
              <Freshness snapshot={last} />{' '}
              <a href={formatView({ page: 'folders', params: { connector: name } })}>folders</a>{' '}
              {last.base_snapshot && (
                <a href={formatView({ page: 'changes', params: { connector: name } })}>what changed</a>
              )}
            </>
          ) : (
            <span className="soft">{status ? 'none yet' : '…'}</span>
          )}
        </dd>
        <dt>last run</dt>
        <dd>
          <TimeText time={status?.last_ended_at ?? connector.last_ended_at} isRelative none="never" />
          {status?.error && <span className="error">: {escapeControls(status.error)}</span>}
        </dd>
        <dt>next</dt>
        <dd>
          {connector.schedule === 'manual' ? (
            <span className="soft">when you ask for it</span>
          ) : (
            <TimeText time={connector.next_due_at} isRelative none="not set: no schedules are kept here" />
          )}
        </dd>
      </dl>
    </>
  )
}

/** The job as it is now: told by events, and looked at now and then in case they don't come. */
function useJob(jobId: string | undefined, first: Job | undefined): Job | undefined {
  const found = useApi<Job>(`/jobs/${jobId ?? ''}`, {}, { enabled: jobId !== undefined, every: 5000 }).data
  const job = found ?? first
  return job && (first || !isEnded(job)) ? job : undefined
}
