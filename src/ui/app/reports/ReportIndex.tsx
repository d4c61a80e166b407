import type { ReportList } from '../../../api/results.js'
import { connectorOf } from '../hooks/usePageKeys.js'
import { formatView, type View } from '../view.js'

interface ReportIndexProps {
  readonly reports: ReportList['reports']
  readonly view: View
}

/** The reports by their questions; beside a report, by their names. */
export function ReportIndex({ reports, view }: ReportIndexProps) {
  const [own, ours] = [reports.filter(({ is_own }) => is_own), reports.filter(({ is_own }) => !is_own)]
  const isBeside = view.name !== undefined
  return (
    <nav aria-label="Reports" className={isBeside ? 'report-index' : 'report-index alone'}>
      {!isBeside && <h1>Reports</h1>}
      <Links reports={ours} view={view} />
      {own.length > 0 && (
        <>
          <h2>Your own</h2>
          <Links reports={own} view={view} />
        </>
      )}
    </nav>
  )
}

function Links({ reports, view }: ReportIndexProps) {
  const { collection } = view.params
  return (
    <ul>
      {reports.map(({ name, question, takes_collection }) => (
        <li key={name}>
          <a
            href={formatView({
              page: 'reports',
              name,
              params: { ...connectorOf(view), ...(collection && takes_collection && { collection }) },
            })}
            aria-current={name === view.name ? 'page' : undefined}
            title={question}
          >
            {name}
          </a>
          {view.name === undefined && <span className="soft"> {question}</span>}
        </li>
      ))}
    </ul>
  )
}
