import type { Table } from '../iceberg/catalog.js'
import { formatCount, formatDuration } from '../output/quantities.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { lookAt } from './lookAt.js'
import { fillQuery, runTableQuery } from './runTableQuery.js'
import type { TableQuery } from './tableQueries.js'
import type { DeclaredTable } from './tableSpec.js'
import type { VerifyEffects, VerifyOptions } from './verification.js'

/** Whether the first of the table's queries answers, with its defaults, and how long that takes; and which files are none. */
export async function* verifyQuery(
  declared: DeclaredTable,
  table: Table,
  { slowQueryMs }: Pick<VerifyOptions, 'slowQueryMs'>,
  effects: Pick<VerifyEffects, 'engine' | 'listQueries' | 'registerOthers' | 'now'>,
): AsyncGenerator<Check> {
  const check = 'query'
  const { queries, refused } = await effects.listQueries(declared)
  for (const { facts, message } of refused)
    yield { status: 'warn', check, found: message, fix: `mend ${facts.subject}: it is no query as it is` }
  const query = queries.find(({ path }) => path === undefined) ?? queries[0]
  if (!query)
    return yield {
      status: 'warn',
      check,
      found: 'it has none',
      fix: `name a folder of them: queries, in ${declared.file}`,
    }
  yield await lookAt(check, async () => {
    const startedAt = effects.now().getTime()
    const rows = await countAnswer(query, table, effects)
    const tookMs = Math.max(0, effects.now().getTime() - startedAt)
    const found = `${query.model.name}: ${formatCount(rows)} row${rows === 1 ? '' : 's'} in ${formatDuration(tookMs)}`
    if (tookMs <= slowQueryMs) return { status: 'ok', check, found, fix: null }
    const fix = 'stocktake maintain merges small files; more engine.memory and engine.threads help, too'
    return { status: 'warn', check, found: `${found}: more than tables.slow_query`, fix }
  })
}

async function countAnswer(
  query: TableQuery,
  table: Table,
  { engine, registerOthers }: Pick<VerifyEffects, 'engine' | 'registerOthers'>,
): Promise<number> {
  const { rows } = await runTableQuery(query, fillQuery(query, []), table, { registerOthers }, engine)
  let count = 0
  for await (const _ of rows) count++
  return count
}
