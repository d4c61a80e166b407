import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual'
import {
  type CSSProperties,
  type KeyboardEvent,
  useCallback,
  useEffect,
  useEffectEvent,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react'
import type { Folder } from '../../../api/folders.js'
import { hasOpenDialog, isTyping } from '../keys.js'
import { FolderRow } from './FolderRow.js'
import type { FolderSort } from './folderPlace.js'
import { OtherRow } from './OtherRow.js'
import type { Selection } from './selection.js'
import { TreeHead } from './TreeHead.js'
import { planTreeStep } from './treeKeys.js'
import { type TreeRow, treeRowKey } from './treeRows.js'
import { useIsNarrow } from './useIsNarrow.js'
import './folderTree.css'

export interface FolderTreeProps {
  readonly label: string
  readonly rows: readonly TreeRow[]
  /** Whether rows are folders found anywhere, each with its whole path. */
  readonly isFound: boolean
  /** The folder that the page is about: its row is brought into view when it becomes so. */
  readonly path: string
  readonly selection: Selection
  readonly sort: FolderSort
  readonly onSort: (sort: FolderSort) => void
  readonly onOpen: (path: string, isOpen: boolean) => void
  readonly onSelect: (folder: Folder) => void
  readonly onGo: (folder: Folder) => void
  /** Goes to the folder that the tree begins in. */
  readonly onGoUp: (top: string) => void
  readonly onReadMore: (parent: string) => void
  readonly onMove: (parent: string, way: 'before' | 'behind') => void
}

/** On phones amounts are below the name; what was found has a line that says where it lies. */
const ROW_PX = { wide: { tree: 32, found: 46 }, narrow: { tree: 52, found: 70 } } as const
/** On phones there is none. As the style sheet has it. */
const HEAD_PX = 32

/** Folders as rows that open: only those in view are in the document, so that it matters little how many there are. */
export function FolderTree(props: FolderTreeProps) {
  const { label, rows, isFound, path, selection, sort } = props
  const { onSort, onOpen, onSelect, onGo, onGoUp, onReadMore, onMove } = props
  const treeId = useId()
  const frame = useRef<HTMLTableElement>(null)
  const [activeKey, setActiveKey] = useState(`/${path}`)
  const places = useMemo(() => new Map(rows.map((row, i) => [treeRowKey(row), i])), [rows])
  const active = places.get(activeKey) ?? 0
  const isNarrow = useIsNarrow()
  const [rowPx, headPx] = [ROW_PX[isNarrow ? 'narrow' : 'wide'][isFound ? 'found' : 'tree'], isNarrow ? 0 : HEAD_PX]
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    scrollMargin: headPx,
    scrollPaddingStart: headPx,
    estimateSize: () => rowPx,
    overscan: 8,
    // The active row stays in the document: who reads with a screen reader is there.
    rangeExtractor: useCallback(
      (range: Range) => [...new Set([...defaultRangeExtractor(range), active])].sort((a, b) => a - b),
      [active],
    ),
  })
  const shown = virtual.getVirtualItems()

  // biome-ignore lint/correctness/useExhaustiveDependencies: all rows have another height now
  useEffect(() => virtual.measure(), [rowPx])

  // What waits in view is read.
  useEffect(() => {
    for (const { index } of shown) {
      const row = rows[index]
      if (row?.kind === 'waiting') onReadMore(row.parent)
    }
  })

  // The row that is wanted in view, by its key, from when it is there until a person goes elsewhere.
  const wanted = useRef<string>(undefined)
  useEffect(() => {
    wanted.current = `/${path}`
  }, [path])
  useEffect(() => {
    const index = wanted.current === undefined ? undefined : places.get(wanted.current)
    if (wanted.current === undefined || index === undefined) return
    setActiveKey(wanted.current)
    virtual.scrollToIndex(index, { align: 'auto' })
    wanted.current = undefined
  })

  function moveTo(index: number) {
    const row = rows[index]
    if (!row) return
    wanted.current = undefined
    setActiveKey(treeRowKey(row))
    virtual.scrollToIndex(index, { align: 'auto' })
  }

  function actOn(row: TreeRow) {
    if (row.kind === 'folder') onGo(row.folder)
    else if (row.kind === 'failed') onReadMore(row.parent)
    else if (row.kind === 'above') onGoUp(row.parent)
    else if (row.kind !== 'waiting') {
      onMove(row.parent, row.kind)
      wanted.current = `${row.kind === 'before' ? 'behind' : 'before'}/${row.parent}`
    }
  }

  function handleKey(event: KeyboardEvent) {
    if ((event.target as Element).closest('thead')) return
    const step = planTreeStep(event, rows, active, Math.max(1, shown.length - 9))
    const row = rows[active]
    if (!step || !row) return
    event.preventDefault()
    if (step.act === 'move') moveTo(step.to)
    else if (step.act === 'go') actOn(row)
    else if (row.kind !== 'folder') actOn(row)
    else if (step.act === 'select') onSelect(row.folder)
    else onOpen(row.folder.path, step.act === 'open')
  }

  // j and k lead into the tree from anywhere but another list.
  const onPageKey = useEffectEvent((event: globalThis.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.key !== 'j' && event.key !== 'k')) return
    if (isTyping(event.target) || hasOpenDialog() || document.activeElement?.closest('[data-table], [data-keys]'))
      return
    frame.current?.focus()
    event.preventDefault()
  })
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => onPageKey(event)
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [])

  return (
    <table
      ref={frame}
      className={`tree ${sort === 'modified' || sort === 'size_change' ? 'by-last' : 'by-changes'}`}
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: ARIA in HTML lets a table be a treegrid
      role="treegrid"
      aria-label={label}
      aria-multiselectable
      aria-rowcount={rows.length + 1}
      aria-activedescendant={rows.length > 0 ? `${treeId}-${active}` : undefined}
      tabIndex={0}
      data-keys
      onKeyDown={handleKey}
    >
      <TreeHead sort={sort} onSort={onSort} />
      <tbody className="tree-rows" style={{ '--length': `${virtual.getTotalSize()}px` } as CSSProperties}>
        {shown.map(({ index, start, size }) => {
          const row = rows[index]
          if (!row) return null
          const place = {
            id: `${treeId}-${index}`,
            rowIndex: index + 2,
            style: { height: size, transform: `translateY(${start - headPx}px)` },
            isActive: index === active,
            onTouch: () => {
              setActiveKey(treeRowKey(row))
              frame.current?.focus({ preventScroll: true })
            },
          }
          return row.kind === 'folder' ? (
            <FolderRow
              key={treeRowKey(row)}
              row={row}
              place={place}
              sort={sort}
              isFound={isFound}
              isShown={row.folder.path === path}
              isSelected={selection.has(row.folder.path)}
              onOpen={onOpen}
              onSelect={onSelect}
              onGo={onGo}
            />
          ) : (
            <OtherRow key={treeRowKey(row)} row={row} place={place} onAct={() => actOn(row)} />
          )
        })}
      </tbody>
    </table>
  )
}
