import { formatCents } from '../../../output/quantities.js'
import { escapeControls } from '../../../output/terminal.js'
import { apiUrl } from '../client.js'
import { Bar } from '../parts/Bar.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { ErrorNote, Loading } from '../parts/states.js'
import { type ClassCost, useMonthlyCost } from './useMonthlyCost.js'

/** What lies in which storage class, and what a month of it costs. */
export function Classes({ connector }: { connector: string }) {
  const { classes, isPending, error, refetch, data } = useMonthlyCost(connector)
  const most = Math.max(0, ...(classes ?? []).map(({ sizeBytes }) => sizeBytes ?? 0))
  const query = { connector, param: 'depth=0' }
  return (
    <section className="page-section">
      <h2>Storage classes</h2>
      {isPending && <Loading what="storage classes" />}
      {error && <ErrorNote what="The storage classes can't be read" error={error} retry={() => refetch()} />}
      {classes && (
        <DataTable
          label="Storage classes"
          rows={classes}
          columns={columnsOf(most)}
          rowKey={({ storageClass }) => storageClass}
          links={{
            json: apiUrl('/reports/cost', { ...query, format: 'json' }),
            csv: apiUrl('/reports/cost', { ...query, format: 'csv' }),
            sql: apiUrl('/reports/cost', { ...query, format: 'sql' }),
          }}
          empty={<p className="soft">{data?.none ?? 'No objects.'}</p>}
        />
      )}
      {data?.notices.map(notice => (
        <p key={notice} className="soft small">
          {escapeControls(notice)}
        </p>
      ))}
    </section>
  )
}

const columnsOf = (most: number): TableColumn<ClassCost>[] => [
  { name: 'class', title: 'class', value: each => each.storageClass || 'unknown' },
  {
    name: 'bar',
    title: '',
    width: '20%',
    isHiddenOnPhone: true,
    value: () => null,
    cell: each => <Bar value={each.sizeBytes ?? 0} most={most} />,
  },
  { name: 'objects', title: 'objects', kind: 'count', value: each => each.objectCount, isHiddenOnPhone: true },
  { name: 'size', title: 'size', kind: 'bytes', value: each => each.sizeBytes },
  {
    name: 'month',
    title: 'a month',
    kind: 'usd',
    value: each => each.monthUsd,
    cell: each => (each.monthUsd === null ? <span className="soft">no price</span> : formatCents(each.monthUsd)),
  },
]
