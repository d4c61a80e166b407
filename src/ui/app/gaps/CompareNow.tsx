import { useCanOperate } from '../hooks/useSession.js'
import { JobProgress } from '../jobs/JobProgress.js'
import { isEnded } from '../jobs/jobTexts.js'
import { NobodyRuns } from '../jobs/NobodyRuns.js'
import { ErrorNote } from '../parts/states.js'
import { useCompare } from './useCompare.js'

/** Compares what is there with what should be, and shows how far that is. */
export function CompareNow({ isPrimary = false }: { readonly isPrimary?: boolean }) {
  const canOperate = useCanOperate()
  const { order, job } = useCompare()
  const isUnderWay = order.isPending || (job !== undefined && !isEnded(job))
  return (
    <div className="compare-now">
      <button
        type="button"
        className={isPrimary ? 'primary' : undefined}
        disabled={!canOperate || isUnderWay}
        title={canOperate ? undefined : 'You may read here, not change anything'}
        onClick={() => order.mutate()}
      >
        Compare now
      </button>
      {job && <JobProgress job={job} />}
      {job && !isEnded(job) && <NobodyRuns />}
      {order.error && <ErrorNote error={order.error} what="It can't be compared" />}
    </div>
  )
}
