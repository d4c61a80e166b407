import type { MouseEvent } from 'react'
import { countText, formatCount } from '../../../output/quantities.js'
import type { RowPlace } from './FolderRow.js'
import { indentBy } from './indent.js'
import type { OtherTreeRow } from './treeRows.js'

export interface OtherRowProps {
  readonly row: OtherTreeRow
  readonly place: RowPlace
  readonly onAct: () => void
}

/** A row that stands for folders which are being read, could not be, or have no room beside those shown. */
export function OtherRow({ row, place, onAct }: OtherRowProps) {
  function act(event: MouseEvent) {
    event.stopPropagation() // what is done last decides which row is the active one
    place.onTouch()
    onAct()
  }
  return (
    <tr
      id={place.id}
      className={`tree-row is-other${place.isActive ? ' is-active' : ''}`}
      style={place.style}
      aria-rowindex={place.rowIndex}
      aria-level={row.level}
      onClick={place.onTouch}
    >
      <td className="tree-name" style={indentBy(row.level)}>
        {row.kind === 'waiting' ? (
          <span className="quiet">reading…</span>
        ) : (
          <button type="button" className="tree-link" tabIndex={-1} onClick={act}>
            {textOf(row)}
          </button>
        )}
      </td>
    </tr>
  )
}

function textOf({ kind, count, error }: OtherTreeRow): string {
  if (kind === 'failed') return `could not be read: ${error instanceof Error ? error.message : 'no answer'} · try again`
  if (kind === 'above') return `${countText(count, 'level')} above these: go up`
  return `${formatCount(count)} ${count === 1 ? 'folder' : 'folders'} ${kind === 'before' ? 'before these: back' : 'more: show what follows'}`
}
