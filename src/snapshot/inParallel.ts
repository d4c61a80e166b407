/**
 * Does something with each item, at most `width` at once, starting in their order. After a failure no more are started.
 * @param act is told whether another has failed, so that long work can stop
 * @throws the first failure, when none is at work any more
 */
export async function inParallel<T>(
  items: Iterable<T>,
  width: number,
  act: (item: T, isStopped: () => boolean) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = []
  const isStopped = () => failures.length > 0
  const waiting = items[Symbol.iterator]()
  const work = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done && !isStopped(); next = waiting.next()) {
      try {
        await act(next.value, isStopped)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: width }, work))
  if (failures.length > 0) throw failures[0]
}
