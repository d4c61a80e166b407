import type { Collection } from '../../../api/collections.js'
import type { ReportAnswer } from '../../../api/results.js'
import { formatCount } from '../../../output/quantities.js'
import { apiUrl } from '../client.js'
import { useApi } from '../hooks/useApi.js'
import { Empty, ErrorNote, Freshness, Loading } from '../parts/states.js'
import { ResultTable } from '../results/ResultTable.js'
import { formatView } from '../view.js'

export interface CollectionReportProps {
  readonly collection: Collection
  readonly report: string
}

/** A report on the files of a collection, from what is known of them: how many LIST requests that took is said. */
export function CollectionReport({ collection, report }: CollectionReportProps) {
  const path = `/reports/${report}`
  const query = { collection: collection.collection }
  const { data, error, refetch } = useApi<ReportAnswer>(path, query)
  if (error && !data) return <ErrorNote error={error} retry={() => void refetch()} what="The report can't be shown" />
  if (!data) return <Loading what="the report" />
  const { question, columns, rows, none, notices, snapshots, list_requests, is_cut } = data
  const link = (format: 'json' | 'csv' | 'sql') => apiUrl(path, { ...query, format })
  return (
    <>
      <p className="collection-line">
        <span className="soft">{question}</span>{' '}
        <span className="requests">{formatCount(list_requests)} LIST requests</span>{' '}
        {snapshots.map(snapshot => (
          <span key={`${snapshot.connector} ${snapshot.snapshot}`} className="small">
            <Freshness snapshot={snapshot} />{' '}
          </span>
        ))}
      </p>
      {notices.map(notice => (
        <p key={notice} className="warn">
          {notice}
        </p>
      ))}
      <ResultTable
        columns={columns}
        rows={rows}
        label={report}
        links={{ json: link('json'), csv: link('csv'), sql: link('sql') }}
        empty={<Empty>{none ? `In this collection: ${none}.` : 'No rows.'}</Empty>}
      />
      {is_cut && <p className="soft">There are more rows: the .csv has all.</p>}
      <p className="small">
        <a href={formatView({ page: 'reports', name: report, params: query })}>This report with its chart and SQL</a>
      </p>
    </>
  )
}
