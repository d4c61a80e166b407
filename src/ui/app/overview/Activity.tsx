import type { Overview } from '../../../api/reading.js'
import { formatCount } from '../../../output/quantities.js'
import { TimeText } from '../parts/TimeText.js'

/** What runs and waits, and whether schedules are kept. */
export function Activity({ jobs, daemon }: Pick<Overview, 'jobs' | 'daemon'>) {
  return (
    <p className="soft small activity">
      <a href="/jobs">Jobs</a>: {formatCount(jobs.running)} running, {formatCount(jobs.waiting)} waiting,{' '}
      <span className={jobs.failed > 0 ? 'error' : undefined}>{formatCount(jobs.failed)} failed in the last day</span>
      {' · '}
      {daemon.is_running ? (
        'the daemon keeps the schedules'
      ) : daemon.seen_at === null ? (
        'no daemon: nothing is imported by schedule'
      ) : (
        <>
          the daemon was seen <TimeText time={daemon.seen_at} isRelative />
        </>
      )}
    </p>
  )
}
