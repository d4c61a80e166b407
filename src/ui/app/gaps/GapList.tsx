import type { Gap, GapPage } from '../../../api/gaps.js'
import { formatCount } from '../../../output/quantities.js'
import { apiUrl } from '../client.js'
import { usePages } from '../hooks/usePages.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { Empty, ErrorNote, Loading } from '../parts/states.js'
import { TimeText } from '../parts/TimeText.js'
import { type PageProps, withParams } from '../view.js'
import { CompareNow } from './CompareNow.js'
import { URGENCY } from './urgency.js'

interface GapListProps extends PageProps {
  readonly onOpen: (gapId: string) => void
}

const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const

/** The open gaps, the most urgent first. */
export function GapList({ view, onView, onOpen }: GapListProps) {
  const priority = PRIORITIES.find(each => each === view.params.priority)
  const query = { priority, dataset: view.params.dataset }
  const { pages, error, isPending, isLoadingMore, more, retry } = usePages<GapPage>('/gaps', query)
  if (isPending) return <Loading what="gaps" />
  if (!pages?.[0]) return <ErrorNote error={error} retry={retry} what="The gaps can't be shown" />
  const { counts, last_run, is_comparable } = pages[0]
  if (last_run === null) return is_comparable ? <NeverCompared /> : <NothingExpected />
  const link = (format: string) => apiUrl('/gaps', { ...query, format })
  const all = PRIORITIES.reduce((sum, each) => sum + counts[each], 0)
  return (
    <section aria-label="Open gaps">
      <p className="soft">
        As of the last comparison, <TimeText time={last_run} isRelative />
      </p>
      {is_comparable && <CompareNow />}
      <fieldset className="choices">
        <legend className="unseen">Which priority</legend>
        {[undefined, ...PRIORITIES].map(each => (
          <button
            type="button"
            key={each ?? 'all'}
            aria-pressed={priority === each}
            onClick={() => onView(withParams(view, { priority: each }))}
          >
            {each ?? 'all'} <span className="count">{formatCount(each ? counts[each] : all)}</span>
          </button>
        ))}
      </fieldset>
      {query.dataset !== undefined && (
        <p>
          of the dataset <b>{query.dataset}</b>{' '}
          <button type="button" className="link" onClick={() => onView(withParams(view, { dataset: undefined }))}>
            all datasets
          </button>
        </p>
      )}
      <DataTable
        rows={pages.flatMap(page => page.gaps)}
        columns={COLUMNS}
        rowKey={({ gap_id }) => gap_id}
        label="Gaps"
        filter
        links={{ json: link('json'), csv: link('csv'), sql: link('sql') }}
        onOpen={({ gap_id }) => onOpen(gap_id)}
        empty={<Empty>{all === 0 ? 'Nothing is missing: all that is expected is there.' : 'No such gaps.'}</Empty>}
        more={more}
        isLoadingMore={isLoadingMore}
      />
    </section>
  )
}

function NeverCompared() {
  return (
    <Empty>
      <p>
        <b>Nothing was ever compared with what should be there.</b> <code>data_inventory.yaml</code> says what is
        expected.
      </p>
      <CompareNow isPrimary />
    </Empty>
  )
}

function NothingExpected() {
  return (
    <Empty>
      <p>
        <b>Nobody has said yet what should be there.</b>
      </p>
      <p>
        A file <code>data_inventory.yaml</code> beside the server's settings says which files are expected; then those
        that are missing can be found from here. Whoever keeps this server can write it: docs/expectations.md shows how.
      </p>
    </Empty>
  )
}

const COLUMNS: readonly TableColumn<Gap>[] = [
  ...URGENCY,
  { name: 'reason', title: 'reason', value: ({ reason }) => reason },
  { name: 'first_seen', title: 'since', kind: 'time', value: ({ first_seen }) => first_seen, isHiddenOnPhone: true },
  {
    name: 'times_seen',
    title: 'seen',
    kind: 'count',
    width: '4rem',
    value: ({ times_seen }) => times_seen,
    isHiddenOnPhone: true,
  },
]
