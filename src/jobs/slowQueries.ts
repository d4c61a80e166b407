import type { RecentDeed } from '../lake/recentDeeds.js'
import type { LakeFacts } from './lakeFacts.js'

// Queries are run by many processes, none of which anybody scrapes: each writes a record of a slow one into the audit, and
// the daemon counts each record once.

/** The action of such a record; its subject names the declared tables that the query is about. */
export const SLOW_QUERY = 'slow query'

/** How far back the daemon looks for records: as long as it may be unable to, and no query is left out of its count. */
export const SLOW_QUERY_MS = 6 * 3_600_000

/** Those among the deeds of a lake, in the order of their ids. */
export async function collectSlowQueries(deeds: AsyncIterable<RecentDeed>): Promise<LakeFacts['slow_queries']> {
  const slow: LakeFacts['slow_queries'] = []
  for await (const { audit_id, happened_at, action, subject } of deeds)
    if (action === SLOW_QUERY) slow.push({ audit_id, table: subject, ended_at: happened_at })
  return slow.sort((a, b) => (a.audit_id < b.audit_id ? -1 : 1))
}
