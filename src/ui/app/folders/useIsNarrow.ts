import { useSyncExternalStore } from 'react'

/** As the style sheets have it. */
const NARROW = '(max-width: 640px)'

/** Whether the page is as wide as a phone. */
export const useIsNarrow = (): boolean => useSyncExternalStore(subscribe, () => matchMedia(NARROW).matches)

function subscribe(onChange: () => void): () => void {
  const query = matchMedia(NARROW)
  query.addEventListener('change', onChange)
  return () => query.removeEventListener('change', onChange)
}
