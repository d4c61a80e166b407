import { quoteString } from '../engine/sqlText.js'
import { NotFoundError, StocktakeError, UsageError } from '../errors.js'
import { formatBytes } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import type { Dataset } from '../reconcile/expectations.js'
import { type GapRow, listGaps } from '../reconcile/openGaps.js'
import { selectModel } from '../reconcile/reconcileModel.js'
import { loadTasks, type Task } from '../reconcile/taskState.js'
import { registerViews } from '../snapshot/lakeViews.js'
import { textAfterPrefix } from '../snapshot/prefixRange.js'
import { openExpectations } from './expectationsSession.js'
import { gapColumns } from './gapColumns.js'
import type { Context } from './globals.js'
import { type LakeSession, withLake } from './lakeSession.js'
import { countText, shownTime } from './shown.js'

/** A gap, and what is known around it. */
interface ExplainedGap {
  readonly gap: GapRow & { readonly resolved_at: Date | null }
  /** `undefined` where data_inventory.yaml has it no more. */
  readonly dataset: Dataset | undefined
  readonly nearest: readonly NearKey[]
  readonly query: string
  readonly task: Task | undefined
}

interface NearKey {
  readonly key: string
  readonly size: bigint | null
  readonly last_modified_date: Date | null
  readonly storage_class: string | null
}

/**
 * Tells what one gap is, why it is told, and what lies beside it.
 * @param id of the gap, or how it begins
 * @throws {NotFoundError} for none of that id
 */
export async function explainGap(id: string, context: Context): Promise<void> {
  await withLake(context, async session => {
    const gap = await getGap(id, session)
    if (context.format !== 'table') return context.write([gap], gapColumns(context.format))
    const explained = await explain(gap, session, context)
    await writeText(context.stdout, [`${explainedLines(explained).map(escapeControls).join('\n')}\n`])
  })
}

async function getGap(id: string, { engine, ...session }: LakeSession): Promise<ExplainedGap['gap']> {
  if (!/^gap_[0-9a-f]{4,26}$/.test(id))
    throw new UsageError({ subject: id, expected: 'gap_ and 4 to 26 hex digits', fix: 'stocktake gaps lists them' })
  await registerViews(['gaps', 'objects_current'], { engine, ...session })
  const found: GapRow[] = []
  for await (const gap of listGaps(`select * from gaps where starts_with(gap_id, ${quoteString(id)})`, engine)) {
    found.push(gap)
    if (found.length > 1) throw new UsageError({ subject: id, got: 'the beginning of several', fix: 'give more of it' })
  }
  const [gap] = found
  if (!gap) throw new NotFoundError({ subject: id, got: 'no such gap', fix: 'stocktake gaps --state all lists them' })
  return gap as ExplainedGap['gap']
}

async function explain(gap: ExplainedGap['gap'], session: LakeSession, context: Context): Promise<ExplainedGap> {
  const dataset = await findDataset(gap, context)
  const { useModelDialect } = await import('../models/duckdbDialect.js')
  await useModelDialect(session.engine)
  const prefix = dataset?.key.prefix ?? gap.key_prefix.slice(0, gap.key_prefix.lastIndexOf('/') + 1)
  const params = {
    ...{ connector: gap.connector, key_prefix: gap.key_prefix },
    ...{ prefix, prefix_end: textAfterPrefix(prefix) ?? null },
  }
  const nearest = await session.engine.rows(
    selectModel('nearest_keys', params, { objects_current: 'select * from main.objects_current' }),
  )
  const tasks = await loadTasks(session.store)
  return {
    gap,
    dataset,
    nearest: nearest as unknown as NearKey[], // the model's columns
    query: queryOf(gap),
    task: [...tasks.values()].find(({ gap_ids, state }) => state !== 'closed' && gap_ids.includes(gap.gap_id)),
  }
}

/** What is wrong with the file is told by `reconcile`; here it only keeps the expectation from being shown. */
async function findDataset({ connector, dataset }: GapRow, context: Context): Promise<Dataset | undefined> {
  try {
    const { expectations } = await openExpectations(context)
    return expectations.datasets.find(each => each.name === dataset && each.connector === connector)
  } catch (error) {
    if (!(error instanceof StocktakeError)) throw error
    context.log.warn(error.message)
    return undefined
  }
}

/** What a person would ask to see it with their own eyes. */
const queryOf = ({ connector, key_prefix }: GapRow): string =>
  `select key, size, last_modified_date, storage_class from objects_current where connector = ${quoteString(connector)} and starts_with(key, ${quoteString(key_prefix)}) and is_latest and not is_delete_marker order by key`

function explainedLines({ gap, dataset, nearest, query, task }: ExplainedGap): string[] {
  const values = Object.entries(gap.partition_values).map(([name, value]) => `${name} ${value}`)
  return [
    `${gap.gap_id}  ${gap.priority}  ${gap.kind}  ${gap.dataset}`,
    `  ${gap.reason}`,
    `expected     ${gap.expected ?? ''}`,
    `found        ${gap.found ?? ''}`,
    `${gap.resolved_at ? 'was open' : 'open'} since ${shownTime(gap.first_seen)}, seen ${countText(gap.times_seen, 'time')}${gap.resolved_at ? `, gone ${shownTime(gap.resolved_at)}` : ''}`,
    ...(values.length === 0 ? [] : [`values       ${values.join(', ')}`]),
    dataset
      ? `expectation  datasets.${dataset.name}: ${dataset.key.text}`
      : `expectation  ${gap.dataset} is no longer in data_inventory.yaml`,
    `key          ${gap.key_prefix}`,
    nearest.length === 0 ? 'nearest keys: none' : 'nearest keys',
    ...nearest.map(near => `  ${nearText(near)}`),
    'query',
    `  ${query}`,
    ...(task ? [`task         ${task.task_id}  ${task.state}${task.outcome === null ? '' : `: ${task.outcome}`}`] : []),
  ]
}

const nearText = ({ key, size, last_modified_date, storage_class }: NearKey): string =>
  [
    key,
    size === null ? '' : formatBytes(size),
    last_modified_date ? shownTime(last_modified_date) : '',
    storage_class ?? '',
  ]
    .filter(text => text !== '')
    .join('   ')
