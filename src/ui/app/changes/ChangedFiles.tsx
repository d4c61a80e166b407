import type { ChangePage } from '../../../api/changes.js'
import { apiUrl } from '../client.js'
import { usePages } from '../hooks/usePages.js'
import { DataTable } from '../parts/DataTable.js'
import { ErrorNote, Loading } from '../parts/states.js'
import { CHANGE_COLUMNS } from './changeColumns.js'
import { CHANGE_KINDS, changesPath, pairQuery, type ShownChanges } from './changesQuery.js'

interface ChangedFilesProps {
  readonly shown: ShownChanges
  readonly onChange: (changes: Readonly<Record<string, string | undefined>>) => void
}

/** The files that changed, as many as somebody wants to see. */
export function ChangedFiles({ shown, onChange }: ChangedFilesProps) {
  const query = { ...pairQuery(shown), change: shown.change }
  const files = usePages<ChangePage>(changesPath(shown), query)
  const link = (format: string) => apiUrl(changesPath(shown), { ...query, format })
  return (
    <section aria-labelledby="changed-files">
      <div className="reading-head">
        <h2 id="changed-files">Files</h2>
        <fieldset className="choices">
          <legend className="unseen">Which changes</legend>
          {[undefined, ...CHANGE_KINDS].map(kind => (
            <button
              type="button"
              key={kind ?? 'all'}
              aria-pressed={shown.change === kind}
              onClick={() => onChange({ change: kind })}
            >
              {kind ?? 'all'}
            </button>
          ))}
        </fieldset>
      </div>
      {files.isPending && <Loading what="files" />}
      {files.error !== null && <ErrorNote error={files.error} retry={files.retry} what="The files can't be shown" />}
      {files.pages && (
        <DataTable
          rows={files.pages.flatMap(({ changes }) => changes)}
          columns={CHANGE_COLUMNS}
          rowKey={({ key }) => key}
          label="Changed files"
          filter
          links={{ json: link('json'), csv: link('csv'), sql: link('sql') }}
          empty={<p>No such change{shown.prefix === '' ? '' : ' in this folder'}.</p>}
          more={files.more}
          isLoadingMore={files.isLoadingMore}
        />
      )}
    </section>
  )
}
