import type { GapExplained } from '../../../api/gaps.js'
import { countText } from '../../../output/quantities.js'
import { escapeControls } from '../../../output/terminal.js'
import { useApi } from '../hooks/useApi.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { ErrorNote, Loading } from '../parts/states.js'
import { TimeText } from '../parts/TimeText.js'
import { SqlText } from '../results/SqlText.js'

/** One gap: what is expected, what was found, and what lies beside it. */
export function GapDetail({ gapId }: { readonly gapId: string }) {
  const asked = useApi<GapExplained>(`/gaps/${encodeURIComponent(gapId)}`)
  if (asked.isPending) return <Loading what="the gap" />
  if (asked.isError)
    return <ErrorNote error={asked.error} retry={() => asked.refetch()} what="The gap can't be shown" />
  const { gap, resolved_at, partition_values, expectation, nearest, sql, task } = asked.data
  const values = Object.entries(partition_values).map(([name, value]) => `${name} ${value}`)
  return (
    <article>
      <h1>{escapeControls(gap.reason)}</h1>
      <p>
        <span className={`priority ${gap.priority}`}>{gap.priority}</span>{' '}
        <span className="soft">
          {gap.kind} · {gap.dataset} · {gap.gap_id}
        </span>
      </p>
      <dl className="gap-facts">
        <Fact name="expected">{gap.expected}</Fact>
        <Fact name="found">{gap.found}</Fact>
        <dt>{resolved_at === null ? 'open' : 'was open'}</dt>
        <dd>
          since <TimeText time={gap.first_seen} />, seen {countText(gap.times_seen, 'time')}
          {resolved_at !== null && (
            <>
              , gone <TimeText time={resolved_at} />
            </>
          )}
        </dd>
        <Fact name="values">{values.join(', ') || null}</Fact>
        <Fact name="expectation">{expectation ?? `${gap.dataset} is no longer in data_inventory.yaml`}</Fact>
        <Fact name="key">{gap.key_prefix}</Fact>
        <Fact name="task">
          {task && [task.state, task.outcome, task.command.join(' ')].filter(Boolean).join(' · ')}
        </Fact>
      </dl>
      <h2>Nearest keys</h2>
      <DataTable
        rows={nearest}
        columns={NEAREST}
        rowKey={({ key }) => key}
        label="Nearest keys"
        empty={<p className="soft">None: nothing lies near where it should be.</p>}
      />
      <SqlText sql={sql} title="See for yourself" />
    </article>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: string | null }) {
  if (children === null) return null
  return (
    <>
      <dt>{name}</dt>
      <dd>{escapeControls(children)}</dd>
    </>
  )
}

const NEAREST: readonly TableColumn<GapExplained['nearest'][number]>[] = [
  { name: 'key', title: 'key', value: ({ key }) => key },
  { name: 'size', title: 'size', kind: 'bytes', value: ({ size }) => size },
  { name: 'last_modified', title: 'modified', kind: 'time', value: row => row.last_modified },
  { name: 'storage_class', title: 'class', width: '8rem', value: row => row.storage_class, isHiddenOnPhone: true },
]
