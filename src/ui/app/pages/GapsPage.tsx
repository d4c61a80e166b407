import '../styles/reading.css'
import { GapDetail } from '../gaps/GapDetail.js'
import { GapList } from '../gaps/GapList.js'
import { TaskTable } from '../gaps/TaskTable.js'
import { connectorOf } from '../hooks/usePageKeys.js'
import { formatView, type PageProps } from '../view.js'

/** What should be there and isn't, and the tasks that are to mend it; or one gap, and why it is told. */
export default function GapsPage({ view, onView }: PageProps) {
  const list = { page: 'gaps', params: view.params } as const
  if (view.name !== undefined)
    return (
      <div className="gaps-page">
        <p className="reading-path">
          <a href={formatView(list)}>Gaps</a>
        </p>
        <GapDetail gapId={view.name} />
      </div>
    )
  return (
    <div className="gaps-page">
      <h1>Gaps</h1>
      <GapList
        view={view}
        onView={onView}
        onOpen={gapId => onView({ page: 'gaps', name: gapId, params: connectorOf(view) })}
      />
      <TaskTable />
    </div>
  )
}
