import { useEffect, useState } from 'react'

/**
 * What `load` gives for a name, from when it is there; each name is loaded once. Where React waits by itself, what is there
 * soon is held back for 300 ms, so that pages don't flicker.
 */
export function useLoaded<T>(name: string, load: () => Promise<T>): { readonly data?: T; readonly error?: unknown } {
  const [results, setResults] = useState<ReadonlyMap<string, { data?: T; error?: unknown }>>(new Map())
  const isKnown = results.has(name)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the name says what is loaded
  useEffect(() => {
    if (isKnown) return
    const put = (result: { data?: T; error?: unknown }) => setResults(before => new Map(before).set(name, result))
    load().then(
      data => put({ data }),
      error => put({ error }),
    )
  }, [name, isKnown])
  return results.get(name) ?? {}
}
