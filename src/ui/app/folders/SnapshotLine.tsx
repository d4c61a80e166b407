import type { FolderPage } from '../../../api/folders.js'
import type { ShownSnapshot } from '../../../api/shapes.js'
import { countText } from '../../../output/quantities.js'
import { useOverview } from '../hooks/useOverview.js'
import { Freshness } from '../parts/states.js'
import { timeText, valueText } from '../parts/valueText.js'
import { newestScans } from './newestScans.js'

export interface SnapshotLineProps {
  readonly connector: string
  readonly snapshot: ShownSnapshot
  /** Of folders, since: their numbers are older here. */
  readonly newerScans: FolderPage['newer_scans']
  /** Whether the URL names it. */
  readonly isChosen: boolean
  /** Shows the newest one. */
  readonly onNewest: () => void
}

/** Which snapshot the folders are of, what their changes are told against, and whether there is a newer one. */
export function SnapshotLine({ connector, snapshot, newerScans, isChosen, onNewest }: SnapshotLineProps) {
  const { data } = useOverview()
  const latest = data?.connectors.find(({ guid, name }) => name === connector || guid === connector)?.latest
  const isOlder = latest && Date.parse(latest.taken_at) > Date.parse(snapshot.taken_at)
  return (
    <div className="page-head">
      <h1>Folders</h1>
      <span className="snapshot-line small">
        {(isOlder || isChosen || isDoubtful(snapshot)) && <Freshness snapshot={snapshot} />}{' '}
        <span className="soft">
          {snapshot.base_snapshot === null
            ? 'The first snapshot: changes are told from the second on.'
            : `Changes since ${timeText(readableSnapshot(snapshot.base_snapshot))} UTC.`}
        </span>{' '}
        {isOlder && (
          <button type="button" className="link" onClick={onNewest}>
            There is a newer one: show {timeText(latest.taken_at)}
          </button>
        )}
        {newerScans.length > 0 && <span className="warn"> {scansText(newerScans)}</span>}
      </span>
    </div>
  )
}

/** Too old, or a sample. */
const isDoubtful = ({ freshness, sample_rate }: ShownSnapshot): boolean =>
  freshness === 'warn' || freshness === 'error' || sample_rate !== null

const MOST_TOLD = 3

function scansText(all: FolderPage['newer_scans']): string {
  const scans = newestScans(all)
  const told = scans.slice(0, MOST_TOLD).map(({ folder, taken_at }) => `${folderText(folder)} (${timeText(taken_at)})`)
  const more = scans.length > MOST_TOLD ? ` and ${countText(scans.length - MOST_TOLD, 'other folder')}` : ''
  return `Listed since: ${told.join(', ')}${more}. What was found there is not in these numbers.`
}

const folderText = (folder: string): string => (folder === '' ? 'the whole bucket' : valueText(folder))

/** `2026-01-20T01-00Z` is how a snapshot is called, `2026-01-20T01:00Z` when it was. */
const readableSnapshot = (name: string): string => name.replace(/^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)/, '$1:$2')
