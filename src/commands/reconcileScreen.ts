import { countText, formatCount, formatShare } from '../output/quantities.js'
import { cutToWidth, displayWidth, escapeControls } from '../output/terminal.js'
import { type Dataset, PRIORITIES, type StreamExpectation } from '../reconcile/expectations.js'
import type { CoverageRow } from '../reconcile/findGaps.js'
import { type GapRow, type PriorityCounts, sumPriorities } from '../reconcile/openGaps.js'
import type { Task } from '../reconcile/taskState.js'
import { shownTime } from './shown.js'

/** What `reconcile` tells a person. */
export interface ReconciledScreen {
  readonly datasets: readonly Dataset[]
  readonly streams: readonly StreamExpectation[]
  readonly coverage: readonly CoverageRow[]
  readonly counts: PriorityCounts
  /** The first of the open gaps, the most urgent first. */
  readonly urgent: readonly GapRow[]
  /** Gaps that this run found gone. */
  readonly resolvedCount: number
  readonly tasks: readonly Task[]
  /** Gaps that a task could mend, but for which there are too many tasks already. */
  readonly waitingCount: number
  /** Of inventory/gaps.json, as it is shown; `undefined` where nothing was written. */
  readonly gapsPath: string | undefined
  /** Of the terminal, into which the coverage is made to fit; `undefined` off one. */
  readonly width: number | undefined
}

/**
 * The coverage of each dataset, the counts, the most urgent gaps, and what to type next.
 */
export function reconciledLines(screen: ReconciledScreen): string[] {
  const { counts, urgent, resolvedCount, gapsPath, coverage } = screen
  const total = sumPriorities(counts)
  const more = total - urgent.length
  return [
    ...coverageLines(screen),
    ...(resolvedCount === 0 ? [] : [`${countText(resolvedCount, 'gap')} of earlier runs ${isAre(resolvedCount)} gone`]),
    `${summaryText(counts, total, coverage)}${tasksText(screen)}${gapsPath === undefined ? '' : `; ${gapsPath}`}`,
    ...gapLines(urgent),
    ...(more > 0 ? [`… and ${formatCount(more)} more: stocktake gaps`] : []),
    ...nextLines(screen),
  ]
}

const GAP = '  '
/** What of a key is left, however narrow the terminal is. */
const LEAST_KEY = 12

const isAre = (count: number): string => (count === 1 ? 'is' : 'are')

function coverageLines({ coverage, datasets, streams, width }: ReconciledScreen): string[] {
  const rows = coverage.map(row => {
    const stream = streams.find(({ name }) => name === row.dataset)
    const key = stream ? `stream ${stream.stream}` : datasets.find(({ name }) => name === row.dataset)?.key.text
    return [row.dataset, escapeControls(key ?? ''), foundText(row, stream ? 'record' : 'object'), shareText(row)]
  })
  const widths = [0, 1, 2, 3].map(i => Math.max(...rows.map(cells => displayWidth(cells[i] ?? '')), 0))
  const [name = 0, key = 0, found = 0, share = 0] = widths
  if (width !== undefined) widths[1] = Math.min(key, Math.max(LEAST_KEY, width - name - found - share - 3 * GAP.length))
  const fit = (text: string, i: number): string => {
    const cut = cutToWidth(text, widths[i] ?? 0)
    return cut + ' '.repeat(Math.max(0, (widths[i] ?? 0) - displayWidth(cut)))
  }
  return rows.map(cells => cells.map(fit).join(GAP).trimEnd())
}

function foundText(
  { looked_at, expected_count, found_count, unknown_count, object_count }: CoverageRow,
  noun: string,
): string {
  if (looked_at === null) return 'nobody has looked at its bucket yet'
  if (expected_count === null || expected_count === 0n) return `found ${countText(object_count ?? 0n, noun)}`
  const unknown = unknown_count ? `, ${formatCount(unknown_count)} unknown` : ''
  return `found ${formatCount(found_count ?? 0n)} of ${formatCount(expected_count)}${unknown}`
}

function shareText({ share, sample_rate, looked_at, rejected_row_count }: CoverageRow): string {
  if (rejected_row_count) return `${countText(rejected_row_count, 'malformed row')}: what is missing can't be told`
  if (sample_rate !== null) return `a ${formatShare(sample_rate)} sample can't tell what is missing`
  const when = looked_at === null ? '' : `on ${shownTime(looked_at)}`
  return share === null ? when : `${formatShare(share).padStart(6)}  ${when}`
}

function summaryText(counts: PriorityCounts, total: number, coverage: readonly CoverageRow[]): string {
  if (total === 0)
    return coverage.some(({ looked_at }) => looked_at === null) ? 'no gaps that anybody knows of' : 'no gaps'
  const parts = PRIORITIES.flatMap(name => (counts[name] > 0 ? [`${formatCount(counts[name])} ${name}`] : []))
  return `${countText(total, 'gap')}: ${parts.join(', ')}`
}

function tasksText({ tasks, waitingCount }: ReconciledScreen): string {
  const count = (state: Task['state']) => tasks.filter(task => task.state === state).length
  const parts = [
    ...(count('queued') > 0 ? [`${countText(count('queued'), 'task')} queued`] : []),
    ...(count('running') > 0 ? [`${formatCount(count('running'))} running`] : []),
    ...(count('quarantined') > 0 ? [`${formatCount(count('quarantined'))} in quarantine`] : []),
    ...(count('refused') > 0 ? [`${formatCount(count('refused'))} refused`] : []),
    ...(waitingCount > 0 ? [`${countText(waitingCount, 'gap')} waiting for a task`] : []),
  ]
  return parts.length === 0 ? '' : `;  ${parts.join(', ')}`
}

function gapLines(gaps: readonly GapRow[]): string[] {
  const width = Math.max(...gaps.map(({ priority }) => priority.length), 0)
  return gaps.map(gap => `${gap.priority.padEnd(width)}  ${escapeControls(`${nameOf(gap)}: ${factOf(gap)}`)}`)
}

/** The reason without that of the priority, which `gaps` and `gaps explain` tell. */
const factOf = ({ reason, priority }: GapRow): string => reason.split(`; ${priority} as `)[0] ?? reason

/** `box_scores 2025-26 2025-11-03` */
const nameOf = ({ dataset, partition_values }: GapRow): string =>
  [dataset, ...Object.values(partition_values)].join(' ')

function nextLines({ urgent, tasks }: ReconciledScreen): string[] {
  const [first] = urgent
  const next = [
    ...(first ? [`stocktake gaps explain ${first.gap_id}`] : []),
    ...(tasks.some(({ state }) => state === 'queued') ? ['stocktake tasks run --dry-run'] : []),
  ]
  return next.length === 0 ? [] : [next.join('      ')]
}
