import { type ReactNode, useMemo } from 'react'
import type { ReportAnswer, ReportList } from '../../../api/results.js'
import { formatCount } from '../../../output/quantities.js'
import { apiUrl } from '../client.js'
import { useApi } from '../hooks/useApi.js'
import { Empty, ErrorNote, Freshness, Loading } from '../parts/states.js'
import { Chart } from '../results/Chart.js'
import { planChart } from '../results/planChart.js'
import { ResultTable } from '../results/ResultTable.js'
import { SqlText } from '../results/SqlText.js'
import { type PageProps, withParams } from '../view.js'
import { ParamForm } from './ParamForm.js'
import { givenParams, queryParams, viewParams } from './reportParams.js'
import { Unpaid } from './Unpaid.js'
import { WhoseReport } from './WhoseReport.js'

interface ReportViewProps extends PageProps {
  readonly report: ReportList['reports'][number]
}

/** One report: its question, its chart, its rows, and the SQL that gives them. */
export function ReportView({ report, view, onView }: ReportViewProps) {
  const { collection, connector } = view.params
  const values = givenParams(view)
  const query = { connector: collection ? undefined : connector, collection, param: queryParams(values) }
  const path = `/reports/${encodeURIComponent(report.name)}`
  const answer = useApi<ReportAnswer>(path, query)
  const link = (format: string) => apiUrl(path, { ...query, format })
  return (
    <article className="report">
      <h1>{report.name}</h1>
      <p className="soft">{report.question}</p>
      <div className="report-options">
        {report.takes_collection && <WhoseReport view={view} onView={onView} />}
        <ParamForm
          params={report.params}
          values={values}
          onValues={next => onView(withParams(view, viewParams(next, report.params)))}
        />
      </div>
      {answer.isPending && <Loading what="the report" />}
      {answer.isError && (
        <ErrorNote error={answer.error} retry={() => answer.refetch()} what="The report can't be shown" />
      )}
      {answer.data && !answer.isError && (
        <Answered answer={answer.data} links={{ json: link('json'), csv: link('csv'), sql: link('sql') }}>
          {report.name === 'savings' && !report.is_own && <Unpaid connector={connector} />}
        </Answered>
      )}
    </article>
  )
}

interface AnsweredProps {
  readonly answer: ReportAnswer
  readonly links: { readonly json: string; readonly csv: string; readonly sql: string }
  /** What else is to be known of it. */
  readonly children: ReactNode
}

function Answered({ answer, links, children }: AnsweredProps) {
  const { columns, rows, none, notices, snapshots, list_requests, sql, is_cut } = answer
  const plan = useMemo(() => planChart(answer), [answer])
  return (
    <>
      <ul className="report-facts">
        {snapshots.map(snapshot => (
          <li key={`${snapshot.connector} ${snapshot.snapshot}`}>
            {snapshot.connector} <Freshness snapshot={snapshot} />
          </li>
        ))}
        <li className="soft">{formatCount(list_requests)} LIST requests: answered from what is kept</li>
      </ul>
      {notices.map(notice => (
        <p key={notice} className="notice">
          {notice}
        </p>
      ))}
      {children}
      {plan && (
        <Chart
          plan={plan}
          label={
            plan.shape === 'bars'
              ? `Bars: ${plan.title} of the first ${plan.bars.length} rows below`
              : `Lines: ${plan.title} over time; the figures are in the table below`
          }
        />
      )}
      {plan?.shape === 'bars' && plan.bars.length < plan.count && (
        <p className="soft">
          The chart has the first {plan.bars.length} of {formatCount(plan.count)} rows.
        </p>
      )}
      <ResultTable
        columns={columns}
        rows={rows}
        label={`Report ${answer.name}`}
        links={links}
        empty={<Empty>{none ?? 'No rows.'}</Empty>}
      />
      {is_cut && <p className="soft">There are more rows: the .csv has them all.</p>}
      <SqlText sql={sql} />
    </>
  )
}
