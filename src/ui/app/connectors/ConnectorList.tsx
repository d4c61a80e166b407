import type { Connector } from '../../../api/connectors.js'
import type { Overview } from '../../../api/overview.js'
import { apiUrl } from '../client.js'
import { useOverview } from '../hooks/useOverview.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { Empty, ErrorNote, Freshness, Loading } from '../parts/states.js'
import { TimeText } from '../parts/TimeText.js'
import { formatView, type PageProps, withParams } from '../view.js'
import { SCHEDULES } from './ConnectorFields.js'
import { NewConnector } from './NewConnector.js'
import { useConnectors } from './useConnectors.js'

type Latest = Overview['connectors'][number]['latest']

/** The connectors: what they read, when they did and will. */
export function ConnectorList({ view, onView }: PageProps) {
  const list = useConnectors()
  const overview = useOverview().data
  const isNew = view.params.new !== undefined
  const latestOf = ({ guid }: Connector): Latest =>
    overview?.connectors.find(each => each.guid === guid)?.latest ?? null
  if (list.isPending) return <Loading what="connectors" />
  if (list.error && !list.data)
    return <ErrorNote what="The connectors can't be read" error={list.error} retry={() => list.refetch()} />
  const { connectors } = list.data
  const isFirst = connectors.length === 0
  return (
    <>
      {isNew && !isFirst && (
        <p className="small">
          <a href={formatView(withParams(view, { new: undefined }))}>Connectors</a>
        </p>
      )}
      <div className="page-head">
        <h1>{isNew ? 'New connector' : 'Connectors'}</h1>
        {!isNew && !isFirst && (
          <div className="actions">
            <a className="button primary" href={formatView(withParams(view, { new: 'yes' }))}>
              New connector
            </a>
          </div>
        )}
      </div>
      {isFirst && (
        <Empty>
          <b>Nothing is counted yet.</b> A connector says which bucket is counted, and where S3 Inventory delivers its
          reports. Reports are read, never your objects.
        </Empty>
      )}
      {(isNew || isFirst) && (
        <NewConnector
          onView={onView}
          onCancel={isFirst ? undefined : () => onView(withParams(view, { new: undefined }))}
        />
      )}
      {!isNew && !isFirst && (
        <DataTable
          label="Connectors"
          rows={connectors}
          columns={columnsOf(latestOf)}
          rowKey={({ guid }) => guid}
          onOpen={({ name }) => onView({ page: 'connectors', name, params: {} })}
          filter={connectors.length > 10}
          links={{ json: apiUrl('/connectors') }}
          empty={null}
        />
      )}
    </>
  )
}

const columnsOf = (latestOf: (connector: Connector) => Latest): TableColumn<Connector>[] => [
  {
    name: 'name',
    title: 'name',
    width: 'min(11rem, 42vw)',
    value: ({ name }) => name,
    cell: ({ name }) => <a href={formatView({ page: 'connectors', name, params: {} })}>{name}</a>,
  },
  { name: 'source_bucket', title: 'bucket', value: each => each.source_bucket, isHiddenOnPhone: true },
  {
    name: 'latest',
    title: 'newest snapshot',
    width: 'min(21rem, 48vw)',
    value: each => latestOf(each)?.taken_at ?? null,
    cell: each => (
      <>
        <LatestText latest={latestOf(each)} />
        <PhoneLine connector={each} />
      </>
    ),
  },
  { name: 'schedule', title: 'imported', width: '9.5rem', isHiddenOnPhone: true, value: each => scheduleText(each) },
  {
    name: 'last',
    title: 'last run',
    kind: 'time',
    width: '9rem',
    isHiddenOnPhone: true,
    value: each => each.last_ended_at,
    cell: each => (
      <span className={each.last_state === 'failed' ? 'error' : undefined}>
        {each.last_state === 'failed' && 'failed '}
        <TimeText time={each.last_ended_at} isRelative none="–" />
      </span>
    ),
  },
  {
    name: 'next',
    title: 'next',
    kind: 'time',
    width: '7rem',
    isHiddenOnPhone: true,
    value: each => each.next_due_at,
    cell: each => <TimeText time={each.next_due_at} isRelative none="–" />,
  },
]

const LatestText = ({ latest }: { latest: Latest }) =>
  latest ? <Freshness snapshot={latest} /> : <span className="soft">none yet</span>

/** What has no column of its own on a phone. */
function PhoneLine({ connector }: { connector: Connector }) {
  const { source_bucket, last_state, last_ended_at, next_due_at } = connector
  return (
    <span className="only-on-phone soft small">
      <br />
      {source_bucket} · imported {scheduleText(connector)}
      {last_ended_at !== null && (
        <span className={last_state === 'failed' ? 'error' : undefined}>
          {' '}
          · {last_state === 'failed' ? 'failed' : 'last'} <TimeText time={last_ended_at} isRelative />
        </span>
      )}
      {next_due_at !== null && (
        <>
          {' '}
          · next <TimeText time={next_due_at} isRelative />
        </>
      )}
    </span>
  )
}

const scheduleText = ({ schedule }: Connector): string =>
  SCHEDULES.find(([value]) => value === schedule)?.[1] ?? schedule
