import { useEffect } from 'react'
import { type PageProps, parseView } from '../view.js'

/** Follows links to other views without loading the page again; what opens elsewhere, and the API's files, are left alone. */
export function useInnerLinks(onView: PageProps['onView']): void {
  useEffect(() => {
    const onClick = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a') : null
      if (!link || event.defaultPrevented || event.button !== 0 || hasModifier(event) || !isInner(link)) return
      event.preventDefault()
      onView(parseView(link.pathname + link.search))
    }
    document.addEventListener('click', onClick)
    return () => document.removeEventListener('click', onClick)
  }, [onView])
}

const hasModifier = (event: MouseEvent): boolean => event.ctrlKey || event.metaKey || event.shiftKey || event.altKey

function isInner(link: HTMLAnchorElement): boolean {
  const isHere = link.origin === location.origin && link.target === '' && !link.hasAttribute('download')
  return isHere && link.hash === '' && !link.pathname.startsWith('/api/')
}
