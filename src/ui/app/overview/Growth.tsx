import type { Snapshot, SnapshotList } from '../../../api/snapshots.js'
import { useApi } from '../hooks/useApi.js'
import { ErrorNote, Loading } from '../parts/states.js'
import { formatView } from '../view.js'
import { GrowthChart } from './GrowthChart.js'

/** Size and objects over the snapshots of the whole bucket. */
export function Growth({ connector }: { connector: string }) {
  const snapshots = useApi<SnapshotList>('/snapshots', { connector, limit: 400 })
  const whole = (snapshots.data?.snapshots ?? []).filter(isWhole).reverse()
  return (
    <section className="page-section">
      <div className="section-head">
        <h2>Growth</h2>
        <a className="small" href={formatView({ page: 'reports', name: 'growth', params: { connector } })}>
          in figures
        </a>
      </div>
      {snapshots.isPending && <Loading what="snapshots" />}
      {snapshots.error && (
        <ErrorNote what="The snapshots can't be read" error={snapshots.error} retry={() => snapshots.refetch()} />
      )}
      {snapshots.data && whole.length < 2 && (
        <p className="soft">
          {whole.length === 0
            ? 'No snapshot of the whole bucket yet.'
            : 'One snapshot so far: growth shows from the second on.'}
        </p>
      )}
      {whole.length > 1 && (
        <div className="charts">
          <GrowthChart title="Size" kind="bytes" points={pointsOf(whole, each => each.total_size_bytes)} />
          <GrowthChart title="Objects" kind="count" points={pointsOf(whole, each => each.object_count)} />
        </div>
      )}
    </section>
  )
}

/** A sample or a folder beside whole buckets would look like a loss. */
const isWhole = ({ scope, sample_rate }: Snapshot): boolean =>
  scope === '' && (sample_rate === null || sample_rate >= 1)

const pointsOf = (snapshots: readonly Snapshot[], amountOf: (snapshot: Snapshot) => number) =>
  snapshots.map(snapshot => ({ time: Date.parse(snapshot.taken_at), value: amountOf(snapshot) }))
