import type { SqlHistory } from './sqlHistory.js'

interface HistoryListProps {
  readonly history: SqlHistory
  readonly onPick: (sql: string) => void
  readonly onClear: () => void
}

const MOST_SHOWN = 50

/** What was run before in this browser, to be run again. */
export function HistoryList({ history, onPick, onClear }: HistoryListProps) {
  return (
    <details className="sql-history" open>
      <summary>History</summary>
      {history.length === 0 ? (
        <p className="soft">What you run is kept here, in this browser.</p>
      ) : (
        <>
          <ul>
            {history.slice(0, MOST_SHOWN).map(sql => (
              <li key={sql}>
                <button type="button" className="plain code" title={sql} onClick={() => onPick(sql)}>
                  {sql.replaceAll(/\s+/g, ' ')}
                </button>
              </li>
            ))}
          </ul>
          <button type="button" className="plain" onClick={onClear}>
            Clear the history
          </button>
        </>
      )}
    </details>
  )
}
