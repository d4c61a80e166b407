import type { FolderSort } from './folderPlace.js'

export interface TreeHeadProps {
  readonly sort: FolderSort
  readonly onSort: (sort: FolderSort) => void
}

/** What the tree's columns are called; each sorts by what it has. */
export function TreeHead({ sort, onSort }: TreeHeadProps) {
  const column = (title: string, by: FolderSort, className?: string) => (
    <th
      scope="col"
      className={className}
      aria-sort={sort === by ? (by === 'path' ? 'ascending' : 'descending') : undefined}
    >
      <button type="button" onClick={() => onSort(by)}>
        {title}
        {sort === by && <span aria-hidden="true">{by === 'path' ? ' ↑' : ' ↓'}</span>}
      </button>
    </th>
  )
  return (
    <thead className="tree-head">
      <tr aria-rowindex={1} className="tree-row">
        {column('Folder', 'path', 'tree-name')}
        {column('Size', 'bytes')}
        {column('Objects', 'objects')}
        {column('Changes', sort === 'deleted' ? 'deleted' : 'new')}
        {sort === 'modified' ? column('Newest object', 'modified') : column('Size change', 'size_change')}
      </tr>
    </thead>
  )
}
