import { apiUrl } from '../client.js'
import { SearchField } from '../parts/SearchField.js'
import type { FolderPlace, FolderSort } from './folderPlace.js'
import { foldersPath } from './folderQuery.js'

export interface FolderToolsProps {
  readonly connector: string
  readonly at: string
  readonly place: FolderPlace
  readonly onSort: (sort: FolderSort) => void
  readonly onSearch: (search: string) => void
  readonly onSearched: () => void
}

const SORT_WORDS: Readonly<Record<FolderSort, string>> = {
  bytes: 'size',
  objects: 'objects',
  size_change: 'size change',
  new: 'new objects',
  deleted: 'deleted objects',
  modified: 'newest object',
  path: 'name',
}

/** Search and sort; and what is listed as a file: what was found, or all that lies directly in the folder of the page. */
export function FolderTools({ connector, at, place, onSort, onSearch, onSearched }: FolderToolsProps) {
  const { path, search, sort } = place
  const listed = search === '' ? { parent: path } : { search }
  const link = (format: 'json' | 'csv' | 'sql') => apiUrl(foldersPath(connector), { ...listed, at, sort, format })
  const what = search === '' ? `the folders in ${path || 'the root'}` : `the folders with ${search}`
  return (
    <div className="folder-tools">
      <SearchField label="Search all folders" search={search} onSearch={onSearch} onDone={onSearched} />
      <label>
        sort by{' '}
        <select value={sort} onChange={event => onSort(event.target.value as FolderSort)}>
          {Object.entries(SORT_WORDS).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <span className="table-links">
        <a href={link('json')} title={`All ${what.slice(4)} as JSON`}>
          .json
        </a>
        <a href={link('csv')} title={`All ${what.slice(4)} as CSV`}>
          .csv
        </a>
        <a href={link('sql')} title={`The SQL that gives ${what}`}>
          sql
        </a>
      </span>
    </div>
  )
}
