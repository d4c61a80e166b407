import { useMemo } from 'react'
import type { ChangeSummary } from '../../../api/changes.js'
import { formatShare } from '../../../output/quantities.js'
import { apiUrl } from '../client.js'
import { Amount } from '../parts/Amount.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { changesPath, DEPTHS, pairQuery, type ShownChanges } from './changesQuery.js'

interface ChangedFoldersProps {
  readonly shown: ShownChanges
  readonly summary: ChangeSummary
  readonly onPrefix: (prefix: string) => void
  readonly onDepth: (depth: string) => void
}

type ChangedFolder = ChangeSummary['folders'][number]

/** Which folders changed; one goes in by a click. */
export function ChangedFolders({ shown, summary, onPrefix, onDepth }: ChangedFoldersProps) {
  const all = { ...pairQuery(shown), depth: shown.depth }
  const columns = useMemo(() => columnsOf(shown.prefix), [shown.prefix])
  const link = (format: string) => apiUrl(`${changesPath(shown)}/summary`, { ...all, format })
  return (
    <section aria-labelledby="changed-folders">
      <div className="reading-head">
        <h2 id="changed-folders">By folder</h2>
        <label>
          levels{' '}
          <select value={shown.depth} onChange={event => onDepth(event.target.value)}>
            {DEPTHS.map(depth => (
              <option key={depth}>{depth}</option>
            ))}
          </select>
        </label>
      </div>
      <DataTable
        rows={summary.folders}
        columns={columns}
        rowKey={({ path }) => path}
        label="Changed folders"
        filter
        links={{ json: link('json'), csv: link('csv'), sql: link('sql') }}
        onOpen={({ path }) => onPrefix(path)}
        empty={<p>No folder changed.</p>}
      />
      {summary.is_cut && <p className="soft">These are the folders with most changes: the .csv has all.</p>}
    </section>
  )
}

const counted = (name: 'new' | 'modified' | 'deleted' | 'touched', sign: string): TableColumn<ChangedFolder> => ({
  name,
  title: name,
  kind: 'count',
  width: '4.6rem',
  value: row => row[`${name}_count`] || null,
  cell: row => {
    const count = row[`${name}_count`]
    return count === 0 ? null : (
      <span className={`change ${name}`}>
        {sign}
        <Amount value={count} kind="count" />
      </span>
    )
  },
  ...((name === 'touched' || name === 'modified') && { isHiddenOnPhone: true }),
})

/** The folder that the changes are of has all of them. */
const columnsOf = (prefix: string): readonly TableColumn<ChangedFolder>[] => [
  { name: 'path', title: 'folder', value: ({ path }) => (path === prefix ? `all${path && ` of ${path}`}` : path) },
  counted('new', '+'),
  counted('modified', '~'),
  counted('deleted', '-'),
  counted('touched', ''),
  {
    name: 'size_change',
    title: 'size',
    kind: 'bytes',
    width: '5.4rem',
    value: row => row.size_change,
    cell: row => <Amount value={row.size_change} kind="bytes" isChange none="unknown" />,
  },
  { name: 'mostly_in', title: 'mostly in', value: mostlyText, isHiddenOnPhone: true },
]

/** `98 % in 2020/Milledgeville, GA/`; a share that isn't all is never said to be. */
function mostlyText({ mostly_in, mostly_in_share: share }: ChangedFolder): string | null {
  if (mostly_in === null || share === null) return null
  return `${share === 1 ? 'all' : formatShare(Math.floor(share * 100) / 100)} in ${mostly_in}`
}
