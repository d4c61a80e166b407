/**
 * Has many who ask at once wait for one answer. Whoever asks gets what was loaded after they asked, so that they see what they
 * have just changed: while one load runs, all who come share the next one.
 */
export function shareNext<T>(load: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | undefined
  const begin = (): Promise<T> => {
    next = undefined
    const loading = load()
    running = loading
    return loading
  }
  return () => {
    next ??= running.then(begin, begin)
    return next
  }
}
