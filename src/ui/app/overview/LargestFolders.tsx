import type { Folder, FolderPage } from '../../../api/folders.js'
import { escapeControls } from '../../../output/terminal.js'
import { apiUrl } from '../client.js'
import { useApi } from '../hooks/useApi.js'
import { Amount } from '../parts/Amount.js'
import { Bar } from '../parts/Bar.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { ErrorNote, Loading } from '../parts/states.js'
import { formatView, type PageProps } from '../view.js'

const SHOWN = 6

/** The folders at the top that hold most, and what became of them. */
export function LargestFolders({ connector, onView }: { connector: string } & Pick<PageProps, 'onView'>) {
  const path = `/connectors/${encodeURIComponent(connector)}/inventory/folders`
  const page = useApi<FolderPage>(path, { limit: SHOWN })
  const folders = page.data?.folders ?? []
  const most = Math.max(0, ...folders.map(({ total_size_bytes }) => total_size_bytes))
  return (
    <section className="page-section">
      <div className="section-head">
        <h2>Largest folders</h2>
        <a className="small" href={formatView({ page: 'folders', params: { connector } })}>
          {page.data && page.data.total > SHOWN ? `all ${page.data.total}` : 'all folders'}
        </a>
      </div>
      {page.isPending && <Loading what="folders" />}
      {page.error && <ErrorNote what="The folders can't be read" error={page.error} retry={() => page.refetch()} />}
      {page.data && (
        <DataTable
          label="Largest folders"
          rows={folders}
          columns={columnsOf(connector, most)}
          rowKey={({ path }) => path}
          onOpen={folder => onView(viewOf(connector, folder))}
          links={{
            json: apiUrl(path, { format: 'json' }),
            csv: apiUrl(path, { format: 'csv' }),
            sql: apiUrl(path, { format: 'sql' }),
          }}
          empty={<p className="soft">All objects lie in the root.</p>}
        />
      )}
    </section>
  )
}

const viewOf = (connector: string, { path }: Folder) => ({ page: 'folders' as const, params: { connector, path } })

const columnsOf = (connector: string, most: number): TableColumn<Folder>[] => [
  {
    name: 'folder',
    title: 'folder',
    value: ({ name }) => name,
    cell: folder => <a href={formatView(viewOf(connector, folder))}>{escapeControls(folder.name)}</a>,
  },
  {
    name: 'bar',
    title: '',
    width: '20%',
    isHiddenOnPhone: true,
    value: () => null,
    cell: folder => <Bar value={folder.total_size_bytes} most={most} />,
  },
  { name: 'size', title: 'size', kind: 'bytes', value: folder => folder.total_size_bytes },
  {
    name: 'change',
    title: 'change',
    kind: 'bytes',
    value: folder => folder.size_change,
    cell: folder => <Amount value={folder.size_change || null} kind="bytes" isChange none="" />,
  },
  { name: 'objects', title: 'objects', kind: 'count', value: folder => folder.object_count, isHiddenOnPhone: true },
]
