import { ConnectorFolders } from '../folders/ConnectorFolders.js'
import { useConnector } from '../hooks/useConnector.js'
import { useOverview } from '../hooks/useOverview.js'
import { NoConnector } from '../parts/NoConnector.js'
import { ErrorNote, Loading } from '../parts/states.js'
import type { PageProps } from '../view.js'

/** The folders of a bucket: a tree, a map beside it, and the way from folders to collections. */
export default function FoldersPage({ view, onView }: PageProps) {
  const connector = useConnector(view)
  const { error, refetch } = useOverview()
  if (connector === null) return <NoConnector />
  if (connector !== undefined)
    return <ConnectorFolders key={connector} connector={connector} view={view} onView={onView} />
  return error ? (
    <ErrorNote error={error} retry={() => void refetch()} />
  ) : (
    <>
      <h1>Folders</h1>
      <Loading what="folders" />
    </>
  )
}
