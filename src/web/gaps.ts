import type { z } from '@hono/zod-openapi'
import type { Gap, GapExplained, GapPage, gapsQuery } from '../api/gaps.js'
import { quoteString } from '../engine/sqlText.js'
import { UsageError } from '../errors.js'
import { explainGap, getGap, type StoredGap } from '../reconcile/explainGap.js'
import { countPriorities, type GapRow, listGaps, selectOpenGaps } from '../reconcile/openGaps.js'
import { type LakeEffects, selectTable } from '../snapshot/lakeTables.js'
import { formatReport, loadReport } from '../snapshot/report.js'
import { GAPS, METRICS } from '../snapshot/tables.js'
import type { Answer } from './answer.js'
import { toTaskAnswer } from './taskAnswer.js'
import type { WebWorld } from './webWorld.js'

type GapsQuery = z.output<typeof gapsQuery>
type WantedGaps = Pick<GapsQuery, 'priority' | 'dataset'>

/**
 * A page of the open gaps, the most urgent first.
 * @throws {UsageError} for a cursor that none of our answers had, or from before the last reconciliation
 */
export async function readGapPage(
  query: GapsQuery,
  effects: LakeEffects,
): Promise<Omit<Answer<GapPage>, 'is_comparable'>> {
  const table = await effects.catalog.load(GAPS.name)
  const version = String(table?.version ?? 0)
  const first = query.cursor === undefined ? 0 : parseCursor(query.cursor, version)
  const open = await selectOpenGaps(table)
  const gaps: Answer<Gap>[] = []
  let at = 0
  let next: string | null = null
  for await (const gap of listGaps(withWanted(open, query), effects.engine)) {
    if (at++ < first) continue
    if (gaps.length === query.limit) {
      next = `${version}.${first + gaps.length}`
      break
    }
    gaps.push(toGap(gap))
  }
  return { gaps, counts: await countPriorities(open, effects), last_run: await findLastRun(effects), next }
}

/** All open gaps that are wanted, the most urgent first. */
export async function* listOpenGaps(wanted: WantedGaps, effects: LakeEffects): AsyncGenerator<Answer<Gap>> {
  const open = await selectOpenGaps(await effects.catalog.load(GAPS.name))
  for await (const gap of listGaps(withWanted(open, wanted), effects.engine)) yield toGap(gap)
}

/** What a person can run over the lake's views to get the same. */
export const formatGaps = ({ priority, dataset }: WantedGaps): string =>
  formatReport(
    loadReport('gaps', {
      ...{ connector: null, kind: '', state: 'open' },
      ...{ priority: priority ?? '', dataset: dataset ?? '' },
    }),
  )

/** @throws {UsageError} for what is no id {@link NotFoundError} for a gap that isn't there */
export const readGap = (id: string, world: WebWorld, signal: AbortSignal): Promise<Answer<GapExplained>> =>
  world.reader.read(async effects => {
    const own = { ...effects, store: world.store }
    const gap = await getGap(id, own)
    const explained = await explainGap(gap, await world.findDataset(gap.connector, gap.dataset), own)
    return {
      ...{ gap: toGap(gap), resolved_at: gap.resolved_at, partition_values: gap.partition_values },
      expectation: explained.dataset?.key.text ?? null,
      nearest: explained.nearest.map(({ last_modified_date: last_modified, ...near }) => ({ ...near, last_modified })),
      sql: `${explained.query}\n`,
      task: explained.task ? toTaskAnswer(explained.task) : null,
    }
  }, signal)

const withWanted = (open: string, { priority, dataset }: WantedGaps): string => {
  const conditions = [
    ...(priority === undefined ? [] : [`priority = ${quoteString(priority)}`]),
    ...(dataset === undefined ? [] : [`dataset = ${quoteString(dataset)}`]),
  ]
  return conditions.length === 0 ? open : `select * from (${open}) where ${conditions.join(' and ')}`
}

function parseCursor(cursor: string, version: string): number {
  const [, of, first] = /^(\d{1,15})\.(\d{1,9})$/.exec(cursor) ?? []
  if (first === undefined)
    throw new UsageError({ subject: 'cursor', expected: '`next` of the page before', got: cursor.slice(0, 100) })
  if (of !== version)
    throw new UsageError({
      subject: 'cursor',
      got: 'from before the last reconciliation',
      fix: 'begin again without a cursor',
    })
  return Number(first)
}

/** A reconciliation that found nothing has left its metrics. */
async function findLastRun({ catalog, engine }: LakeEffects): Promise<Date | null> {
  const [row] = await engine.rows(`
    select max(run_at) as last_run from (
      select run_at from (${await selectTable(catalog, GAPS, [])})
      union all
      select run_at from (${await selectTable(catalog, METRICS, [])})
    )`)
  return row?.last_run instanceof Date ? row.last_run : null
}

const toGap = (row: GapRow): Answer<Gap> => {
  const { gap_id, connector, dataset, kind, priority, reason, key_prefix, expected, found, first_seen } = row
  const { times_seen, run_at } = row as StoredGap // the table's columns
  return {
    ...{ gap_id, connector, dataset, kind, priority, reason, key_prefix, expected, found, first_seen },
    ...{ times_seen, run_at },
  }
}
