import type { Overview } from '../../../api/overview.js'
import { formatCount } from '../../../output/quantities.js'
import { TimeText } from '../parts/TimeText.js'

const KEEPER = 'stocktake daemon keeps them'

/** What runs and waits, and whether schedules are kept. */
export function Activity({ jobs, daemon }: Pick<Overview, 'jobs' | 'daemon'>) {
  return (
    <p className="soft small activity">
      <a href="/jobs">Jobs</a>: {formatCount(jobs.running)} running, {formatCount(jobs.waiting)} waiting,{' '}
      <span className={jobs.failed > 0 ? 'error' : undefined}>{formatCount(jobs.failed)} failed in the last day</span>
      {' · '}
      {daemon.is_running ? (
        'schedules are kept'
      ) : daemon.seen_at === null ? (
        <span title={KEEPER}>nothing is imported by itself here: no schedules are kept</span>
      ) : (
        <>
          <span title={KEEPER}>schedules were last kept</span> <TimeText time={daemon.seen_at} isRelative />
        </>
      )}
    </p>
  )
}
