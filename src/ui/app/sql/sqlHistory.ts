/** What was run, newest first, none of them twice. Only in this browser: statements may have names in them. */
export type SqlHistory = readonly string[]

/** Where a browser keeps it, as `localStorage`; may be full, or refuse. */
export interface HistoryStore {
  getItem(name: string): string | null
  setItem(name: string, text: string): void
  removeItem(name: string): void
}

const NAME = 'stocktake.sql'
const MOST = 100
/** Of all statements together: UTF-16 units. A browser has some 5 million for everything of a site. */
const MOST_LENGTH = 200_000

/** What is there and can be read; what another version or another program wrote is nothing. */
export function readHistory(store: HistoryStore): SqlHistory {
  try {
    const stored: unknown = JSON.parse(store.getItem(NAME) ?? '[]')
    return Array.isArray(stored) ? stored.filter(each => typeof each === 'string').slice(0, MOST) : []
  } catch {
    return []
  }
}

/** The history with one more at its head: as many as there is room for. */
export function addToHistory(history: SqlHistory, sql: string): SqlHistory {
  const text = sql.trim()
  if (text === '' || text.length > MOST_LENGTH) return history
  const kept: string[] = []
  let length = 0
  for (const each of [text, ...history.filter(other => other !== text)]) {
    length += each.length
    if (kept.length === MOST || length > MOST_LENGTH) break
    kept.push(each)
  }
  return kept
}

/** A browser that keeps nothing (full, or told not to) has a history until the page is left. */
export function writeHistory(history: SqlHistory, store: HistoryStore): void {
  try {
    if (history.length === 0) store.removeItem(NAME)
    else store.setItem(NAME, JSON.stringify(history))
  } catch {
    // nothing to do about it, and nothing lost that was there
  }
}
