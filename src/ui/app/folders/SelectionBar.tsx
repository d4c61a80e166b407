import type { ShownSnapshot } from '../../../api/shapes.js'
import { countText, formatBytes } from '../../../output/quantities.js'
import { Stale } from '../parts/states.js'
import { MOST_SELECTED, type Selection, sumSelection } from './selection.js'
import './selectionBar.css'

export interface SelectionBarProps {
  readonly selection: Selection
  /** That its figures are of. */
  readonly snapshot: ShownSnapshot
  /** Why collections can't be made, where that is so. */
  readonly refusal?: string | undefined
  readonly onMake: () => void
  readonly onClear: () => void
}

/** What is marked, all in all, and what can be done with it. */
export function SelectionBar({ selection, snapshot, refusal, onMake, onClear }: SelectionBarProps) {
  const { folderCount, sizeBytes, objectCount, nestedCount } = sumSelection(selection)
  return (
    <section className="selection-bar" aria-label="Selected folders">
      <p role="status">
        <b>{countText(folderCount, 'folder')} selected</b> ·{' '}
        <Stale snapshot={snapshot}>
          {formatBytes(sizeBytes)} · {countText(objectCount, 'file')}
        </Stale>
        {nestedCount > 0 && (
          <span className="soft">
            {' '}
            ({nestedCount === 1 ? '1 lies in another and is' : `${nestedCount} lie in others and are`} counted once)
          </span>
        )}
        {folderCount >= MOST_SELECTED && <span className="warn"> No more than these at once.</span>}
      </p>
      <button type="button" onClick={onClear}>
        Clear
      </button>
      <button type="button" className="primary" disabled={refusal !== undefined} title={refusal} onClick={onMake}>
        Make collections…
      </button>
    </section>
  )
}
