import { useCallback, useEffect, useState } from 'react'
import { formatView, type PageProps, parseView, type View } from '../view.js'

/** The view that the address bar shows, and the way to another one. For the app alone: pages get both as props. */
export function useView(): PageProps {
  const [view, setView] = useState(readView)
  useEffect(() => {
    const onPop = () => setView(readView())
    addEventListener('popstate', onPop)
    return () => removeEventListener('popstate', onPop)
  }, [])
  const onView = useCallback((next: View, how: 'push' | 'replace' = 'push') => {
    const url = formatView(next)
    const isSame = url === location.pathname + location.search
    if (how === 'replace' || isSame) history.replaceState(null, '', url)
    else history.pushState(null, '', url)
    setView(next)
  }, [])
  return { view, onView }
}

const readView = (): View => parseView(location.pathname + location.search)
