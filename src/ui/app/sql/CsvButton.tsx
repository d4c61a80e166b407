import { useEffect, useRef, useState } from 'react'
import { ErrorNote } from '../parts/states.js'
import { fetchCsv } from './useSqlRun.js'

/** Runs a statement for all its rows, and gives them to the person as a file. */
export function CsvButton({ sql }: { readonly sql: string }) {
  const [state, setState] = useState<'idle' | 'busy'>('idle')
  const [error, setError] = useState<unknown>()
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])

  const start = async () => {
    const mine = new AbortController()
    running.current = mine
    setState('busy')
    setError(undefined)
    try {
      saveFile(await fetchCsv(sql, mine.signal), 'query.csv')
    } catch (error) {
      if (!mine.signal.aborted) setError(error)
    }
    if (running.current === mine) setState('idle')
  }
  return (
    <>
      {state === 'busy' ? (
        <button type="button" onClick={() => running.current?.abort()}>
          Stop the CSV
        </button>
      ) : (
        <button type="button" onClick={start} disabled={sql.trim() === ''} title="All rows, up to a million, as a file">
          CSV
        </button>
      )}
      {error !== undefined && <ErrorNote error={error} what="No CSV" />}
    </>
  )
}

function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000) // the browser may still be reading it
}
