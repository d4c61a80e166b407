import '../styles/reading.css'
import type { ReportList } from '../../../api/results.js'
import { useApi } from '../hooks/useApi.js'
import { ErrorNote, Loading } from '../parts/states.js'
import { ReportIndex } from '../reports/ReportIndex.js'
import { ReportView } from '../reports/ReportView.js'
import type { PageProps } from '../view.js'

/** Questions that have a name: a list of them, and one that is answered. */
export default function ReportsPage({ view, onView }: PageProps) {
  const list = useApi<ReportList>('/reports')
  if (list.isPending) return <Loading what="reports" />
  if (list.isError)
    return <ErrorNote error={list.error} retry={() => list.refetch()} what="The reports can't be shown" />
  const { reports } = list.data
  const report = reports.find(({ name }) => name === view.name)
  return (
    <div className={view.name === undefined ? 'reports-page' : 'reports-page with-report'}>
      <ReportIndex reports={reports} view={view} />
      {view.name !== undefined &&
        (report ? (
          <ReportView key={report.name} report={report} view={view} onView={onView} />
        ) : (
          <section>
            <h1>{view.name}</h1>
            <p>There is no such report.</p>
          </section>
        ))}
    </div>
  )
}
