import type { Overview } from '../../../api/overview.js'
import { Amount } from '../parts/Amount.js'
import { ChangeMark } from '../parts/ChangeMark.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { Freshness, Stale } from '../parts/states.js'
import { formatView, type PageProps } from '../view.js'

type Figures = Overview['connectors'][number]

/** All connectors beside each other, where there is more than one. */
export function ConnectorFigures({
  connectors,
  onView,
}: { connectors: readonly Figures[] } & Pick<PageProps, 'onView'>) {
  return (
    <section className="page-section">
      <h2>All connectors</h2>
      <DataTable
        label="Connectors"
        rows={connectors}
        columns={COLUMNS}
        rowKey={({ guid }) => guid}
        onOpen={({ name }) => onView({ page: 'overview', params: { connector: name } })}
        filter={connectors.length > 12}
        empty={null}
      />
    </section>
  )
}

const COLUMNS: readonly TableColumn<Figures>[] = [
  {
    name: 'name',
    title: 'connector',
    value: ({ name }) => name,
    cell: ({ name }) => <a href={formatView({ page: 'overview', params: { connector: name } })}>{name}</a>,
  },
  {
    name: 'latest',
    title: 'newest snapshot',
    width: 'min(21rem, 48vw)',
    isHiddenOnPhone: true,
    value: ({ latest }) => latest?.taken_at ?? null,
    cell: ({ latest }) => (latest ? <Freshness snapshot={latest} /> : <span className="soft">none yet</span>),
  },
  figure('size', 'bytes', each => each.total_size_bytes),
  figure('objects', 'count', each => each.object_count),
  {
    name: 'changes',
    title: 'changes',
    width: '12rem',
    isHiddenOnPhone: true,
    value: each => (each.new_count ?? 0) + (each.modified_count ?? 0) + (each.deleted_count ?? 0),
    cell: each => (
      <ChangeMark newCount={each.new_count} modifiedCount={each.modified_count} deletedCount={each.deleted_count} />
    ),
  },
]

function figure(name: string, kind: 'bytes' | 'count', value: (each: Figures) => number | null): TableColumn<Figures> {
  return {
    name,
    title: name,
    kind,
    value,
    cell: each => (
      <Stale snapshot={each.latest}>
        <Amount value={value(each)} kind={kind} />
      </Stale>
    ),
  }
}
