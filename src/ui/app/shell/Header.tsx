import { useOverview } from '../hooks/useOverview.js'
import { connectorName } from '../hooks/usePageKeys.js'
import { useSession } from '../hooks/useSession.js'
import { Freshness } from '../parts/states.js'
import { formatView, type PageProps } from '../view.js'
import { ConnectorPicker } from './ConnectorPicker.js'
import { FolderSearch } from './FolderSearch.js'
import { SignOut } from './SignOut.js'
import { ThemeButton } from './ThemeButton.js'

/** Whose data is looked at and how old it is; search, theme and help. */
export function Header({ view, onView, onHelp }: PageProps & { onHelp: () => void }) {
  const { data, isError } = useOverview()
  const session = useSession().data
  const wanted = connectorName(view)
  const connectors = data?.connectors ?? []
  const chosen =
    wanted === undefined ? connectors[0] : connectors.find(({ guid, name }) => name === wanted || guid === wanted)
  return (
    <header className="top">
      <a
        className="brand"
        href={formatView({ page: 'overview', params: {} })}
        title={data && `${data.lake} · Stocktake ${data.version}`}
      >
        Stocktake
      </a>
      {connectors.length > 0 && (
        <ConnectorPicker
          names={connectors.map(({ name }) => name)}
          chosen={chosen?.name ?? ''}
          view={view}
          onView={onView}
        />
      )}
      {chosen?.latest && <Freshness snapshot={chosen.latest} />}
      {chosen && !chosen.latest && <span className="soft small">nothing imported yet</span>}
      {isError && (
        <span className="warn small" role="status">
          Stocktake doesn't answer
        </span>
      )}
      <div className="tools">
        <FolderSearch view={view} onView={onView} />
        <ThemeButton />
        <button type="button" className="plain" onClick={onHelp} aria-label="Keys" title="Keys (?)">
          ?
        </button>
        {session?.needs_token && <SignOut name={session.name} />}
      </div>
    </header>
  )
}
