import { type RefObject, useEffect, useEffectEvent, useState } from 'react'
import { hasOpenDialog, isTyping } from '../keys.js'

export interface TableKeys {
  readonly box: RefObject<HTMLElement | null>
  readonly count: number
  readonly onOpen: (index: number) => void
  /** Scrolls to a row that may not be drawn. */
  readonly reveal: (index: number) => void
}

const STEPS: Readonly<Record<string, number>> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 20, PageUp: -20 }

/**
 * Walks a table's rows: j and k from anywhere on the page, for the table that has the focus or else the first one; the arrows,
 * Home, End and Enter within it.
 * @returns the row that Tab comes to
 */
export function useTableKeys({ box, count, onOpen, reveal }: TableKeys) {
  const [current, setCurrent] = useState(0)
  const last = Math.max(0, count - 1)
  const at = Math.min(current, last)

  const goTo = (index: number) => {
    const next = Math.max(0, Math.min(last, index))
    setCurrent(next)
    reveal(next)
    focusRow(box.current, next)
  }

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const element = box.current
    if (!element || count === 0 || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    const row = document.activeElement?.closest('tr[data-index]')
    const isInside = element.contains(row ?? null)
    if (!isInside && (event.key.length > 1 || !isFirstChoice(element))) return
    const step = STEPS[event.key]
    if (step !== undefined) goTo(isInside ? at + step : at)
    else if (event.key === 'Home') goTo(0)
    else if (event.key === 'End') goTo(last)
    else if (event.key === 'Enter' && document.activeElement === row) onOpen(at)
    else return
    event.preventDefault()
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event)
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [])

  return { current: at, setCurrent }
}

/** The row may first have to be drawn. */
function focusRow(box: HTMLElement | null, index: number, tries = 5): void {
  const row = box?.querySelector<HTMLElement>(`tr[data-index="${index}"]`)
  if (row) row.focus()
  else if (tries > 0) requestAnimationFrame(() => focusRow(box, index, tries - 1))
}

/** Whether j and k are for this table when no table has the focus. */
function isFirstChoice(element: HTMLElement): boolean {
  const focused = document.activeElement?.closest('[data-table], [data-keys]')
  return !focused && !hasOpenDialog() && document.querySelector('[data-table], [data-keys]') === element
}
