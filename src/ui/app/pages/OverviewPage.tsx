import type { Overview } from '../../../api/overview.js'
import { escapeControls } from '../../../output/terminal.js'
import { useOverview } from '../hooks/useOverview.js'
import { Activity } from '../overview/Activity.js'
import { Attention } from '../overview/Attention.js'
import { Classes } from '../overview/Classes.js'
import { ConnectorFigures } from '../overview/ConnectorFigures.js'
import { Figures } from '../overview/Figures.js'
import { Growth } from '../overview/Growth.js'
import { LargestFolders } from '../overview/LargestFolders.js'
import { sumMonth, useMonthlyCost } from '../overview/useMonthlyCost.js'
import { Empty, ErrorNote, Loading } from '../parts/states.js'
import { formatView, type PageProps } from '../view.js'
import '../overview/overview.css'

/** What is there, what has changed, what it costs and what needs a person. */
export default function OverviewPage({ view, onView }: PageProps) {
  const { data, error, isPending, refetch } = useOverview()
  const connector = data && chosenOf(data, view.params.connector)
  const { classes, error: costError } = useMonthlyCost(connector?.latest ? connector.name : undefined)
  if (isPending) return <Loading what="the overview" />
  if (error && !data) return <ErrorNote what="The overview can't be read" error={error} retry={() => refetch()} />
  if (data.connectors.length === 0) return <NothingYet lake={data.lake} />
  if (!connector) return <UnknownConnector name={view.params.connector ?? ''} />
  const { name, latest } = connector
  return (
    <>
      <div className="page-head">
        <h1>{name}</h1>
      </div>
      <Attention attention={data.attention} />
      {latest ? (
        <>
          <Figures connector={connector} monthUsd={classes ? sumMonth(classes) : costError ? null : undefined} />
          <Growth connector={name} />
          <div className="overview-columns">
            <LargestFolders connector={name} onView={onView} />
            <Classes connector={name} />
          </div>
        </>
      ) : (
        <Empty>
          <b>{name} has no snapshot yet.</b> A snapshot is made of an inventory report:{' '}
          <a href={formatView({ page: 'connectors', name, params: {} })}>test the connector, and import</a> the newest
          one.
        </Empty>
      )}
      {data.connectors.length > 1 && <ConnectorFigures connectors={data.connectors} onView={onView} />}
      <Activity jobs={data.jobs} daemon={data.daemon} />
    </>
  )
}

/** The one that the URL has; without one the first, as in the header. */
function chosenOf({ connectors }: Overview, wanted: string | undefined) {
  if (wanted !== undefined) return connectors.find(({ name, guid }) => name === wanted || guid === wanted)
  return connectors[0]
}

function NothingYet({ lake }: { lake: string }) {
  return (
    <Empty>
      <h1>Nothing is counted yet</h1>
      <p>
        The lake {lake} is empty. Say which bucket is to be counted and where S3 Inventory delivers its reports; then
        import the newest one.
      </p>
      <p>
        <a className="button primary" href={formatView({ page: 'connectors', params: { new: 'yes' } })}>
          New connector
        </a>
      </p>
    </Empty>
  )
}

function UnknownConnector({ name }: { name: string }) {
  return (
    <Empty>
      <h1>There is no connector {escapeControls(name)} here</h1>
      <a href="/overview">See those that are</a>, or{' '}
      <a href={formatView({ page: 'connectors', params: { new: 'yes' } })}>make it</a>.
    </Empty>
  )
}
