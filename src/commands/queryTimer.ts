/** How long a query takes: the time in which something of it is awaited, and not that in which its reader lets it wait. */
export interface QueryTimer {
  during<T>(act: () => Promise<T>): Promise<T>
  /** Rows as they come, with the time that each is awaited. */
  awaiting<T>(rows: AsyncIterable<T>): AsyncIterable<T>
  /** Milliseconds so far. */
  tookMs(): number
}

export function startQueryTimer(now: () => Date): QueryTimer {
  let ms = 0
  const during = async <T>(act: () => Promise<T>): Promise<T> => {
    const startedAt = now().getTime()
    try {
      return await act()
    } finally {
      ms += Math.max(0, now().getTime() - startedAt) // a clock that was set back
    }
  }
  async function* awaiting<T>(rows: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = rows[Symbol.asyncIterator]()
    try {
      for (let next = await during(() => iterator.next()); !next.done; next = await during(() => iterator.next()))
        yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  return { during, awaiting, tookMs: () => ms }
}
