import { useState } from 'react'
import type { Collection, FileInfo } from '../../../api/collections.js'
import { formatCount } from '../../../output/quantities.js'
import { apiUrl } from '../client.js'
import { DataTable, type TableColumn } from '../parts/DataTable.js'
import { SearchField } from '../parts/SearchField.js'
import { Empty, ErrorNote, Loading } from '../parts/states.js'
import { valueText } from '../parts/valueText.js'
import { type PageProps, withParams } from '../view.js'
import { collectionPath } from './collectionPath.js'
import { MOST_FILES, useFiles } from './useFiles.js'

export type CollectionFilesProps = PageProps & { readonly collection: Collection }

/** The files of a collection by key, as they are known: read as far as somebody scrolls. */
export function CollectionFiles({ collection, view, onView }: CollectionFilesProps) {
  const { search = '' } = view.params
  const path = `${collectionPath(collection.collection)}/files`
  const files = useFiles(path, search)
  const [wasSortAsked, setAskedSort] = useState(false)
  const link = (format: 'json' | 'csv' | 'sql') => apiUrl(path, { ...(search && { search }), format })
  const { folder, file_info } = collection
  return (
    <>
      <SearchField
        label="Search files"
        search={search}
        onSearch={text => onView(withParams(view, { search: text }), 'replace')}
      />
      {files.error && !files.rows ? (
        <ErrorNote error={files.error} retry={files.retry} what="The files can't be shown" />
      ) : files.rows ? (
        <>
          {wasSortAsked && !files.isWhole && (
            <p className="soft" role="status">
              These are not all files yet, so they stand by key. Sort all of them <a href={link('sql')}>with the SQL</a>{' '}
              or in the <a href={link('csv')}>.csv</a>.
            </p>
          )}
          {files.before > 0 && (
            <p className="soft">
              {formatCount(files.before)} files come before these.{' '}
              <button type="button" className="link" onClick={files.moveBack}>
                Back
              </button>
            </p>
          )}
          <DataTable<FileInfo>
            key={`${search} ${files.before}`}
            rows={files.rows}
            columns={columnsBelow(folder)}
            rowKey={({ key }) => key}
            label="Files"
            links={{ json: link('json'), csv: link('csv'), sql: link('sql') }}
            more={files.more}
            isLoadingMore={files.isLoadingMore}
            sort={BY_KEY}
            {...(!files.isWhole && { onSort: () => setAskedSort(true) })}
            empty={
              <Empty>
                {search !== ''
                  ? `No file has “${search}” in its key.`
                  : file_info.source === null
                    ? 'Nothing has looked at this folder yet: refresh it from S3.'
                    : 'This folder has no files.'}
              </Empty>
            }
          />
          {files.error && <ErrorNote error={files.error} retry={files.retry} what="More files can't be shown" />}
          {files.moveOn && (
            <p className="soft">
              {formatCount(MOST_FILES)} files are shown.{' '}
              <button type="button" className="link" onClick={files.moveOn}>
                Show those that follow
              </button>
            </p>
          )}
        </>
      ) : (
        <Loading what="files" />
      )}
    </>
  )
}

const BY_KEY = { column: 'key', direction: 'asc' } as const

/** Keys are shown from the collection's folder on; all of them are in it. */
const columnsBelow = (folder: string): TableColumn<FileInfo>[] => [
  {
    name: 'key',
    title: 'key',
    value: ({ key }) => (key.startsWith(folder) ? key.slice(folder.length) : key),
  },
  { name: 'size', title: 'size', kind: 'bytes', value: ({ size }) => size },
  { name: 'last_modified', title: 'modified', kind: 'time', value: row => row.last_modified },
  { name: 'storage_class', title: 'class', width: '9rem', value: row => row.storage_class, isHiddenOnPhone: true },
  {
    name: 'etag',
    title: 'ETag',
    width: '11rem',
    value: ({ etag }) => etag,
    cell: ({ etag }) => etag !== null && <OneLine text={etag} />,
    isHiddenOnPhone: true,
  },
  { name: 'checksum', title: 'checksum', width: '7rem', value: row => row.checksum_algorithm, isHiddenOnPhone: true },
  {
    name: 'source',
    title: 'source',
    width: '6rem',
    value: ({ source }) => (source === 'api' ? 'listing' : 'inventory'),
    isHiddenOnPhone: true,
  },
]

/** As long as all ETags are, the first half tells them apart. */
function OneLine({ text }: { readonly text: string }) {
  return (
    <span className="one-line" title={text}>
      {valueText(text)}
    </span>
  )
}
