import { StocktakeError } from '../errors.js'
import { countText, formatBytes } from '../output/quantities.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import type { Dataset, Expectations, StreamExpectation } from '../reconcile/expectations.js'
import { type ExplainedGap, explainGap, getGap, type NearKey, type StoredGap } from '../reconcile/explainGap.js'
import type { GapRow } from '../reconcile/openGaps.js'
import { openExpectations } from './expectationsSession.js'
import { gapColumns } from './gapColumns.js'
import type { Context } from './globals.js'
import { withLake } from './lakeSession.js'
import { shownTime } from './shown.js'

/**
 * Tells what one gap is, why it is told, and what lies beside it.
 * @param id of the gap, or how it begins
 * @throws {NotFoundError} for none of that id
 */
export async function tellGap(id: string, context: Context): Promise<void> {
  await withLake(context, async session => {
    const gap = await getGap(id, session)
    if (context.format !== 'table') return context.write([gap], gapColumns(context.format))
    const stream = await findStream(gap, context)
    if (stream) return writeText(context.stdout, [`${streamLines(gap, stream).map(escapeControls).join('\n')}\n`])
    const explained = await explainGap(gap, await findDataset(gap, context), session)
    await writeText(context.stdout, [`${explainedLines(explained).map(escapeControls).join('\n')}\n`])
  })
}

/** The dataset of a gap, where it is one of objects. */
export async function findDataset(
  { connector, dataset }: Pick<GapRow, 'connector' | 'dataset'>,
  context: Pick<Context, 'config' | 'log'>,
): Promise<Dataset | undefined> {
  const expectations = await tryExpectations(context)
  return expectations?.datasets.find(each => each.name === dataset && each.connector === connector)
}

/** The dataset of a gap, where it is a stream. */
async function findStream(
  { connector, dataset }: GapRow,
  { config, log }: Context,
): Promise<StreamExpectation | undefined> {
  if (!config.streams.some(({ name }) => name === connector)) return undefined
  const quiet = { config, log: { ...log, warn: () => {} } } // who looks for a dataset next says it
  const expectations = await tryExpectations(quiet)
  return expectations?.streams.find(each => each.name === dataset && each.stream === connector)
}

/** What is wrong with the file is told by `reconcile`; here it only keeps the expectation from being shown. */
async function tryExpectations(context: Pick<Context, 'config' | 'log'>): Promise<Expectations | undefined> {
  try {
    return (await openExpectations(context)).expectations
  } catch (error) {
    if (!(error instanceof StocktakeError)) throw error
    context.log.warn(error.message)
    return undefined
  }
}

const headLines = (gap: StoredGap): string[] => [
  `${gap.gap_id}  ${gap.priority}  ${gap.kind}  ${gap.dataset}`,
  `  ${gap.reason}`,
  `expected     ${gap.expected ?? ''}`,
  `found        ${gap.found ?? ''}`,
  `${gap.resolved_at ? 'was open' : 'open'} since ${shownTime(gap.first_seen)}, seen ${countText(gap.times_seen, 'time')}${gap.resolved_at ? `, gone ${shownTime(gap.resolved_at)}` : ''}`,
]

const streamLines = (gap: StoredGap, { name, stream }: StreamExpectation): string[] => [
  ...headLines(gap),
  `expectation  datasets.${name}: stream ${stream}`,
  `see          stocktake streams status ${stream}`,
]

function explainedLines({ gap, dataset, nearest, query, task }: ExplainedGap): string[] {
  const values = Object.entries(gap.partition_values).map(([name, value]) => `${name} ${value}`)
  return [
    ...headLines(gap),
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
