import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useId, useRef } from 'react'
import { LONGEST_NAME } from '../../../collections/collectionName.js'
import { FolderName } from './FolderName.js'
import type { NameDraft, NameNote } from './mapping.js'

export interface MappingTableProps {
  readonly drafts: readonly NameDraft[]
  /** One for each draft. */
  readonly notes: readonly NameNote[]
  readonly onName: (folder: string, name: string) => void
}

const ROW_PX = 74

/** Folders with a field for the name of each, and what is to be said of it. A thousand of them are drawn as they come into view. */
export function MappingTable({ drafts, notes, onName }: MappingTableProps) {
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: drafts.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
  })
  const rows = virtual.getVirtualItems()
  const isDrawn = rows.length > 0
  useEffect(() => {
    if (isDrawn) scroller.current?.querySelector('input')?.focus() // the dialog opened before the names were known
  }, [isDrawn])
  return (
    <div ref={scroller} className="mapping-rows" tabIndex={-1}>
      <ol style={{ height: virtual.getTotalSize() }}>
        {rows.map(({ index, start, key }) => {
          const draft = drafts[index]
          const note = notes[index]
          if (!draft || !note) return null
          const field = `${id}-${index}`
          const { mistake, overlaps } = note
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              aria-posinset={index + 1}
              aria-setsize={drafts.length}
              style={{ transform: `translateY(${start}px)` }}
            >
              <label htmlFor={field} title={draft.folder}>
                {draft.folder === '' ? 'the whole bucket' : <FolderName name={draft.folder} />}
              </label>
              <input
                id={field}
                value={draft.name}
                maxLength={LONGEST_NAME}
                required
                autoComplete="off"
                spellCheck={false}
                aria-invalid={mistake !== undefined}
                aria-describedby={`${field}-note`}
                onChange={event => onName(draft.folder, event.target.value)}
              />
              <p id={`${field}-note`} aria-live="polite">
                {mistake !== undefined && <span className="bad">{mistake}</span>}
                {mistake !== undefined && overlaps.length > 0 && ' · '}
                {overlaps.length > 0 && <span className="soft">{overlapText(overlaps)}</span>}
              </p>
            </li>
          )
        })}
      </ol>
    </div>
  )
}

const MOST_TOLD = 3

function overlapText(overlaps: readonly string[]): string {
  const more = overlaps.length - MOST_TOLD
  return `shares files with ${overlaps.slice(0, MOST_TOLD).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
