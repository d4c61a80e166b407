import { useState } from 'react'
import type { Collection } from '../../../api/collections.js'
import { ApiError } from '../client.js'
import { useApi } from '../hooks/useApi.js'
import { connectorOf } from '../hooks/usePageKeys.js'
import { useCanOperate } from '../hooks/useSession.js'
import { Empty, ErrorNote, Loading } from '../parts/states.js'
import { valueText } from '../parts/valueText.js'
import { formatView, type PageProps } from '../view.js'
import { CollectionFacts } from './CollectionFacts.js'
import { CollectionFiles } from './CollectionFiles.js'
import { CollectionReport } from './CollectionReport.js'
import { CollectionTabs, shownPart } from './CollectionTabs.js'
import { collectionPath } from './collectionPath.js'
import { RefreshJob } from './RefreshJob.js'
import { RemoveDialog } from './RemoveDialog.js'
import { RenameDialog } from './RenameDialog.js'
import { useRefresh } from './useRefresh.js'

/** A collection: where its FileInfo comes from, its files, and tools that run on them without a listing. */
export function OneCollection({ guid, view, onView }: PageProps & { readonly guid: string }) {
  const { data, error, refetch } = useApi<Collection>(collectionPath(guid))
  const toList = { page: 'collections', params: connectorOf(view) } as const
  if (data) return <KnownCollection collection={data} view={view} onView={onView} onRemoved={() => onView(toList)} />
  if (!error) return <Loading what="the collection" />
  if (!(error instanceof ApiError && error.problem.status === 404))
    return <ErrorNote error={error} retry={() => void refetch()} what="The collection can't be shown" />
  return (
    <Empty>
      <h1>No such collection</h1>
      <p>{error.problem.detail}</p>
      <p>
        <a href={formatView(toList)}>All collections</a>
      </p>
    </Empty>
  )
}

type KnownCollectionProps = PageProps & { readonly collection: Collection; readonly onRemoved: () => void }

function KnownCollection({ collection, view, onView, onRemoved }: KnownCollectionProps) {
  const { collection: guid, name, job_id } = collection
  const [asking, setAsking] = useState<'rename' | 'remove'>()
  const canOperate = useCanOperate()
  const refresh = useRefresh(guid)
  const part = shownPart(view)
  const jobId = job_id ?? refresh.data?.job_id
  const refusal = canOperate ? undefined : 'You may read here, not change anything'
  const stop = () => setAsking(undefined)
  return (
    <>
      <div className="page-head">
        <h1>
          <bdi>{valueText(name)}</bdi>
        </h1>
        <div className="actions">
          <button
            type="button"
            className="primary"
            disabled={!canOperate || job_id !== null || refresh.isPending}
            title={refusal ?? 'Lists this folder of the bucket now'}
            onClick={() => refresh.mutate()}
          >
            Refresh from S3
          </button>
          <button type="button" disabled={!canOperate} title={refusal} onClick={() => setAsking('rename')}>
            Rename…
          </button>
          <button type="button" disabled={!canOperate} title={refusal} onClick={() => setAsking('remove')}>
            Remove…
          </button>
        </div>
      </div>
      <CollectionFacts collection={collection} />
      {refresh.error && <ErrorNote error={refresh.error} what="It can't be refreshed" />}
      {jobId !== undefined && jobId !== null && <RefreshJob jobId={jobId} />}
      <CollectionTabs view={view} />
      {part === 'files' ? (
        <CollectionFiles collection={collection} view={view} onView={onView} />
      ) : (
        <CollectionReport key={part} collection={collection} report={part} />
      )}
      {asking === 'rename' && <RenameDialog collection={collection} onClose={stop} />}
      {asking === 'remove' && <RemoveDialog collection={collection} onClose={stop} onRemoved={onRemoved} />}
    </>
  )
}
