import type { Job } from '../../../api/jobs.js'
import { workName } from '../../../jobs/jobTexts.js'
import { useCanOperate } from '../hooks/useSession.js'
import { problemOf } from '../parts/states.js'
import { isEnded } from './jobTexts.js'
import { useCancelJob } from './useCancelJob.js'

/** Ends a job that waits or runs; nothing for one that has ended. */
export function CancelButton({ job }: { job: Job }) {
  const cancel = useCancelJob()
  const canOperate = useCanOperate()
  if (isEnded(job) || !canOperate) return null
  return (
    <>
      <button
        type="button"
        className="link"
        disabled={job.is_cancelling || cancel.isPending}
        onClick={() => cancel.mutate(job.job_id)}
        aria-label={`Cancel ${workName(job)}`}
      >
        {job.is_cancelling ? 'ending …' : 'Cancel'}
      </button>
      {cancel.error && (
        <span className="error small" role="alert">
          {problemOf(cancel.error).detail}
        </span>
      )}
    </>
  )
}
