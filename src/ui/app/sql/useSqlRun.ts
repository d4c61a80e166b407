import { useCallback, useEffect, useRef, useState } from 'react'
import type { SqlAnswer } from '../../../api/results.js'
import { ApiError, apiUrl, sendJson } from '../client.js'

/** What became of the statement that was run last. */
export type SqlRun =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly sql: string; readonly since: number }
  | { readonly state: 'done'; readonly sql: string; readonly answer: SqlAnswer }
  | { readonly state: 'failed'; readonly sql: string; readonly error: unknown }
  | { readonly state: 'stopped'; readonly sql: string }

export interface SqlRunner {
  readonly run: SqlRun
  start(sql: string): void
  /** The server ends what nobody waits for. */
  stop(): void
}

/** Runs a person's statements, one at a time: another one, or leaving the page, stops the one before. */
export function useSqlRun(): SqlRunner {
  const [run, setRun] = useState<SqlRun>({ state: 'none' })
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])

  const start = useCallback((sql: string) => {
    running.current?.abort()
    const mine = new AbortController()
    running.current = mine
    const finish = (next: SqlRun) => running.current === mine && setRun(next)
    setRun({ state: 'running', sql, since: Date.now() })
    sendJson<SqlAnswer>('POST', '/query', { sql }, {}, mine.signal).then(
      ({ value }) => finish({ state: 'done', sql, answer: value }),
      error => finish(mine.signal.aborted ? { state: 'stopped', sql } : { state: 'failed', sql, error }),
    )
  }, [])
  const stop = useCallback(() => running.current?.abort(), [])
  return { run, start, stop }
}

/** All rows of a statement as a CSV file, up to the server's limit. @throws {ApiError} */
export async function fetchCsv(sql: string, signal: AbortSignal): Promise<Blob> {
  const body = JSON.stringify({ sql, format: 'csv' })
  const headers = { 'content-type': 'application/json', accept: 'text/csv' }
  const answer = await fetch(apiUrl('/query'), { method: 'POST', body, headers, signal })
  if (answer.ok) return answer.blob()
  const problem = await answer.json().catch(() => ({}))
  throw new ApiError({
    type: 'about:blank',
    title: 'No CSV',
    status: answer.status,
    detail: `The server answered ${answer.status}.`,
    ...problem,
  })
}
