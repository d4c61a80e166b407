import { useMemo } from 'react'
import type { Collection, CollectionList } from '../../../api/collections.js'
import { countText } from '../../../output/quantities.js'
import { useApi } from '../hooks/useApi.js'
import { useOverview } from '../hooks/useOverview.js'
import { connectorOf } from '../hooks/usePageKeys.js'
import { Amount } from '../parts/Amount.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { Empty, ErrorNote, Loading } from '../parts/states.js'
import { type Value, valueText } from '../parts/valueText.js'
import { formatView, type PageProps, withParams } from '../view.js'
import { FileInfoAge } from './FileInfoAge.js'
import { StaleFileInfo } from './StaleFileInfo.js'

const LINKS = { sql: formatView({ page: 'sql', params: { q: 'select * from collections order by name' } }) }

/** The collections, with what is known of their files; those of one connector where the URL says so. */
export function CollectionTable({ view, onView }: PageProps) {
  const { data, error, refetch } = useApi<CollectionList>('/collections')
  const connectors = useOverview().data?.connectors
  const { connector } = view.params
  const name = connectors?.find(({ guid }) => guid === connector)?.name ?? connector
  const all = data?.collections
  const shown = all?.filter(each => name === undefined || each.connector === name)
  const isOfMany = new Set(shown?.map(each => each.connector)).size > 1
  const columns = useMemo(() => columnsOf(view, isOfMany), [view, isOfMany])
  const others = (all?.length ?? 0) - (shown?.length ?? 0)
  return (
    <>
      <div className="page-head">
        <h1>Collections</h1>
        {others > 0 && (
          <span className="soft">
            of {valueText(name ?? '')};{' '}
            <a href={formatView(withParams(view, { connector: undefined }))}>
              {countText(others, 'other')} of other connectors
            </a>
          </span>
        )}
      </div>
      {error && !data ? (
        <ErrorNote error={error} retry={() => void refetch()} what="The collections can't be shown" />
      ) : shown ? (
        <DataTable<Collection>
          rows={shown}
          columns={columns}
          rowKey={({ collection }) => collection}
          label="Collections"
          sort={{ column: 'name', direction: 'asc' }}
          filter
          links={LINKS}
          onOpen={({ collection }) => onView({ ...view, name: collection })}
          empty={<NoCollections view={view} />}
        />
      ) : (
        <Loading what="collections" />
      )}
    </>
  )
}

function NoCollections({ view }: Pick<PageProps, 'view'>) {
  return (
    <Empty>
      <h2>No collections yet</h2>
      <p>
        A collection is a folder with a name. Its list of files is kept, so that reports on it need no listing of the
        bucket.
      </p>
      <p>
        <a href={formatView({ page: 'folders', params: connectorOf(view) })}>Pick folders and name them</a>
      </p>
    </Empty>
  )
}

const columnsOf = (view: PageProps['view'], isOfMany: boolean): TableColumn<Collection>[] => [
  {
    name: 'name',
    title: 'name',
    value: ({ name }) => name,
    cell: ({ collection, name }) => (
      <a className="cell" href={formatView({ ...view, name: collection })}>
        <bdi>{valueText(name)}</bdi>
      </a>
    ),
  },
  { name: 'folder', title: 'folder', value: ({ folder }) => folder || 'the whole bucket', isHiddenOnPhone: true },
  ...(isOfMany
    ? [{ name: 'connector', title: 'connector', width: '9rem', value: (each: Collection) => each.connector }]
    : []),
  amountColumn('files', 'count', ({ file_info }) => file_info.file_count),
  amountColumn('size', 'bytes', ({ file_info }) => file_info.total_size_bytes),
  {
    name: 'updated',
    title: 'updated',
    kind: 'time',
    width: '15rem',
    value: ({ file_info }) => file_info.updated_at,
    cell: ({ file_info, job_id }) => (job_id === null ? <FileInfoAge info={file_info} /> : <span>refresh runs</span>),
    isHiddenOnPhone: true,
  },
  {
    name: 'overlaps',
    title: 'shares files with',
    width: '11rem',
    value: ({ overlaps }) => overlaps.join(', ') || null,
    isHiddenOnPhone: true,
  },
]

/** An amount, marked where it stands if it is of too old a look. */
function amountColumn(
  title: string,
  kind: 'count' | 'bytes',
  amountOf: (collection: Collection) => number | null,
): TableColumn<Collection> {
  return {
    name: title,
    title,
    kind,
    value: amountOf satisfies (collection: Collection) => Value,
    cell: collection => (
      <StaleFileInfo info={collection.file_info}>
        <Amount value={amountOf(collection)} kind={kind} none="not known" />
      </StaleFileInfo>
    ),
  }
}
