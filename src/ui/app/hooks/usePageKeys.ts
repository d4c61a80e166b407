import { useEffect, useEffectEvent, useRef } from 'react'
import { focusSearch, hasOpenDialog, isTyping } from '../keys.js'
import type { PageName, PageProps } from '../view.js'

/** `g` and a letter go to a page. */
export const PAGE_KEYS: Readonly<Record<string, PageName>> = {
  o: 'overview',
  f: 'folders',
  c: 'changes',
  g: 'gaps',
  l: 'collections',
  r: 'reports',
  s: 'sql',
  t: 'streams',
  j: 'jobs',
  n: 'connectors',
}

const SOON_MS = 1500

/** Keys that work on every page, unless somebody types into a field: `/`, `?`, `g` and a letter. */
export function usePageKeys({ view, onView }: PageProps, onHelp: () => void): void {
  const pressedG = useRef(Number.NEGATIVE_INFINITY)
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || hasOpenDialog()) return
    const isSecond = event.timeStamp - pressedG.current < SOON_MS
    const page = isSecond ? PAGE_KEYS[event.key] : undefined
    pressedG.current = event.key === 'g' && !isSecond ? event.timeStamp : Number.NEGATIVE_INFINITY
    if (page) onView({ page, params: connectorOf(view) })
    else if (event.key === '/') focusSearch()
    else if (event.key === '?') onHelp()
    else return
    event.preventDefault()
    event.stopImmediatePropagation() // `g j` is not also a step down a table
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event)
    addEventListener('keydown', listen, true)
    return () => removeEventListener('keydown', listen, true)
  }, [])
}

/** What goes along from page to page: whose data is looked at. */
export function connectorOf(view: PageProps['view']): Record<string, string> {
  const name = connectorName(view)
  return name ? { connector: name } : {}
}

/** The connector that the URL has, if it has one; a connector's own page is about that one. */
export const connectorName = ({ page, name, params }: PageProps['view']): string | undefined =>
  page === 'connectors' && name !== undefined ? name : params.connector
