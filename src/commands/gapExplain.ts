import { StocktakeError } from '../errors.js'
import { formatBytes } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import type { Dataset } from '../reconcile/expectations.js'
import { type ExplainedGap, explainGap, getGap, type NearKey } from '../reconcile/explainGap.js'
import type { GapRow } from '../reconcile/openGaps.js'
import { openExpectations } from './expectationsSession.js'
import { gapColumns } from './gapColumns.js'
import type { Context } from './globals.js'
import { withLake } from './lakeSession.js'
import { countText, shownTime } from './shown.js'

/**
 * Tells what one gap is, why it is told, and what lies beside it.
 * @param id of the gap, or how it begins
 * @throws {NotFoundError} for none of that id
 */
export async function tellGap(id: string, context: Context): Promise<void> {
  await withLake(context, async session => {
    const gap = await getGap(id, session)
    if (context.format !== 'table') return context.write([gap], gapColumns(context.format))
    const explained = await explainGap(gap, await findDataset(gap, context), session)
    await writeText(context.stdout, [`${explainedLines(explained).map(escapeControls).join('\n')}\n`])
  })
}

/** What is wrong with the file is told by `reconcile`; here it only keeps the expectation from being shown. */
export async function findDataset(
  { connector, dataset }: Pick<GapRow, 'connector' | 'dataset'>,
  context: Pick<Context, 'config' | 'log'>,
): Promise<Dataset | undefined> {
  try {
    const { expectations } = await openExpectations(context)
    return expectations.datasets.find(each => each.name === dataset && each.connector === connector)
  } catch (error) {
    if (!(error instanceof StocktakeError)) throw error
    context.log.warn(error.message)
    return undefined
  }
}

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
