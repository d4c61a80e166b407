import '../styles/reading.css'
import type { ChangeSummary } from '../../../api/changes.js'
import { ChangedFiles } from '../changes/ChangedFiles.js'
import { ChangedFolders } from '../changes/ChangedFolders.js'
import { ChangeSums } from '../changes/ChangeSums.js'
import { changesPath, pairQuery, parseShownChanges, type ShownChanges } from '../changes/changesQuery.js'
import { PairPicker } from '../changes/PairPicker.js'
import { PrefixPath } from '../changes/PrefixPath.js'
import { Vanished } from '../changes/Vanished.js'
import { useApi } from '../hooks/useApi.js'
import { useConnector } from '../hooks/useConnector.js'
import { NoConnector } from '../parts/NoConnector.js'
import { Empty, ErrorNote, Loading, problemOf } from '../parts/states.js'
import { type PageProps, withParams } from '../view.js'

/** What differs between two snapshots: in all, by folder, and file by file. */
export default function ChangesPage({ view, onView }: PageProps) {
  const connector = useConnector(view)
  if (connector === undefined) return <Loading what="changes" />
  if (connector === null) return <NoConnector />
  const shown = parseShownChanges(view, connector)
  const onChange = (changes: Readonly<Record<string, string | undefined>>) => onView(withParams(view, changes))
  return (
    <div className="changes-page">
      <h1>Changes</h1>
      <PairPicker shown={shown} onChange={onChange} />
      <Changes key={connector} shown={shown} onChange={onChange} />
    </div>
  )
}

export interface ChangesProps {
  readonly shown: ShownChanges
  /** Other parameters of the view; undefined takes one away. */
  readonly onChange: (changes: Readonly<Record<string, string | undefined>>) => void
}

function Changes({ shown, onChange }: ChangesProps) {
  const query = { ...pairQuery(shown), depth: shown.depth }
  const summary = useApi<ChangeSummary>(`${changesPath(shown)}/summary`, query)
  if (summary.isPending) return <Loading what="changes" />
  if (summary.isError) return <NoChanges error={summary.error} retry={() => summary.refetch()} />
  const { data } = summary
  // The newest snapshot that holds a folder may be a later scan of it: who goes into one stays with these two.
  const pair = { from: data.from, to: data.to.snapshot }
  return (
    <>
      <PrefixPath prefix={shown.prefix} onPrefix={prefix => onChange({ ...pair, prefix })} />
      <ChangeSums summary={data} />
      <Vanished folders={data.vanished} onPrefix={prefix => onChange({ ...pair, prefix, change: 'deleted' })} />
      <ChangedFolders
        shown={shown}
        summary={data}
        onPrefix={prefix => onChange({ ...pair, prefix })}
        onDepth={depth => onChange({ depth })}
      />
      <ChangedFiles shown={{ ...shown, ...pair }} onChange={onChange} />
    </>
  )
}

/** One snapshot alone has nothing to be compared with. */
function NoChanges({ error, retry }: { readonly error: unknown; readonly retry: () => void }) {
  const { status, detail, fix } = problemOf(error)
  if (status !== 404) return <ErrorNote error={error} retry={retry} what="The changes can't be shown" />
  return (
    <Empty>
      <p>No changes to show: {detail}</p>
      {fix && !detail.includes(fix) && <p className="soft">{fix}</p>}
    </Empty>
  )
}
