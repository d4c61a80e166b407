import '../styles/sql.css'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { ViewList } from '../../../api/results.js'
import { ApiError } from '../client.js'
import { useApi } from '../hooks/useApi.js'
import { CsvButton } from '../sql/CsvButton.js'
import { findFaultPlace } from '../sql/faultPlace.js'
import { HistoryList } from '../sql/HistoryList.js'
import type { SqlEditor } from '../sql/openSqlEditor.js'
import { RunOutcome } from '../sql/RunOutcome.js'
import { SqlField } from '../sql/SqlField.js'
import { addToHistory, readHistory, type SqlHistory, writeHistory } from '../sql/sqlHistory.js'
import { useSqlRun } from '../sql/useSqlRun.js'
import { ViewNames } from '../sql/ViewNames.js'
import { type PageProps, withParams } from '../view.js'

const FIRST =
  'select storage_class, count(*) as objects, sum(size) as size_bytes\nfrom objects_latest\ngroup by 1\norder by 3 desc'

/** A longer statement is not in the address: some programs cut addresses off. */
const MOST_IN_URL = 6000

/** SQL over the lake's views: one SELECT at a time, read only. */
export default function SqlPage({ view, onView }: PageProps) {
  const asked = view.params.q
  const [text, setText] = useState(asked ?? FIRST)
  const [history, setHistory] = useState<SqlHistory>(() => readHistory(localStorage))
  const editor = useRef<SqlEditor>(undefined)
  const setEditor = useCallback((opened: SqlEditor | undefined) => {
    editor.current = opened
  }, [])
  const { run, start, stop } = useSqlRun()
  const views = useApi<ViewList>('/views')
  const names = useMemo(
    () => Object.fromEntries((views.data?.views ?? []).map(({ name, columns }) => [name, columns])),
    [views.data],
  )
  // The editor's own text comes from it alone: given back to it, it would take away what was typed in the meantime.
  const replaceText = useCallback((next: string) => {
    setText(next)
    editor.current?.setText(next)
  }, [])
  const inAddress = useRef(asked)
  useEffect(() => {
    if (asked !== undefined && asked !== inAddress.current) replaceText(asked)
    inAddress.current = asked
  }, [asked, replaceText])

  const keep = useCallback((next: SqlHistory) => {
    setHistory(next)
    writeHistory(next, localStorage)
  }, [])
  const runText = () => {
    if (text.trim() === '') return
    start(text)
    keep(addToHistory(history, text))
    if (text === asked) return
    inAddress.current = text.length <= MOST_IN_URL ? text : undefined
    onView(withParams(view, { q: inAddress.current }))
  }
  const insert = (name: string) => (editor.current ? editor.current.insert(name) : setText(`${text} ${name}`))

  return (
    <div className="sql-page">
      <h1>SQL</h1>
      <div className="sql-columns">
        <section aria-label="Statement">
          <SqlField
            text={text}
            onText={setText}
            onRun={runText}
            names={names}
            fault={run.state === 'failed' && run.sql === text ? findFaultPlace(messageOf(run.error), text) : undefined}
            onEditor={setEditor}
          />
          <div className="sql-actions">
            <button type="button" className="primary" onClick={runText} title="Ctrl-Enter, or Cmd-Enter">
              Run
            </button>
            <button type="button" onClick={stop} disabled={run.state !== 'running'}>
              Stop
            </button>
            <CsvButton sql={text} />
            <span className="soft">One SELECT over the lake's views, for 30 s at most. It can change nothing.</span>
          </div>
          <RunOutcome run={run} />
        </section>
        <aside>
          <HistoryList history={history} onPick={replaceText} onClear={() => keep([])} />
          <ViewNames views={views} onPick={insert} />
        </aside>
      </div>
    </div>
  )
}

/** What DuckDB said, with its line and caret. */
function messageOf(error: unknown): string {
  if (error instanceof ApiError) return [error.problem.got, error.problem.detail].join('\n')
  return String(error)
}
