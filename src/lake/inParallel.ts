/**
 * Does something with each item as it comes, at most `width` at once, starting in their order. After a failure, of the items
 * themselves too, no more are started.
 * @param act is told whether another has failed, so that long work can stop
 * @throws the first failure, when none is at work any more
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  act: (item: T, isStopped: () => boolean) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = []
  const isStopped = () => failures.length > 0
  const waiting = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  const work = async (): Promise<void> => {
    try {
      for (let next = await waiting.next(); !next.done && !isStopped(); next = await waiting.next())
        await act(next.value, isStopped)
    } catch (error) {
      failures.push(error)
    }
  }
  await Promise.all(Array.from({ length: width }, work))
  if (failures.length === 0) return
  await waiting.return?.()
  throw failures[0]
}
