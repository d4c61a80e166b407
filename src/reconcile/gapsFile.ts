import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { formatJsonSchema } from '../config/settingTypes.js'
import type { Engine } from '../engine/engine.js'
import { toFileSystemError } from '../errors.js'
import { jsonText } from '../output/cells.js'
import { GAP_KINDS, PRIORITIES } from './expectations.js'
import { type GapRow, listGaps, type PriorityCounts, sumPriorities } from './openGaps.js'
import type { Reconciled } from './reconcile.js'
import type { Task } from './taskState.js'

const count = () => z.int().nonnegative()
const time = () => z.iso.datetime()

/** `inventory/gaps.json`: what is missing or wrong, and the tasks that are to mend it. */
export const gapsFileSchema = z.object({
  version: z.literal(1),
  run_id: z.string().describe('the run of reconcile; time-ordered'),
  run_at: time(),
  counts: z.object({ total: count(), critical: count(), high: count(), medium: count(), low: count() }),
  datasets: z
    .array(
      z.object({
        connector: z.string(),
        dataset: z.string(),
        looked_at: time().nullable().describe('when the bucket was looked at; null where it never was'),
        sample_rate: z.number().nullable().describe('null where all keys are known'),
        expected_count: count().nullable().describe('partitions'),
        found_count: count().nullable(),
        share: z.number().nullable().describe('found of expected, 0 to 1; null where it is not known'),
      }),
    )
    .describe('the datasets that the run looked at'),
  gaps: z
    .array(
      z.object({
        gap_id: z.string(),
        connector: z.string(),
        dataset: z.string(),
        kind: z.enum(GAP_KINDS),
        priority: z.enum(PRIORITIES),
        reason: z.string(),
        key_prefix: z.string(),
        partition_values: z.record(z.string(), z.string()),
        expected: z.string().nullable(),
        found: z.string().nullable(),
        first_seen: time(),
        times_seen: count(),
      }),
    )
    .describe('open gaps, the most urgent first'),
  tasks: z
    .array(
      z.object({
        task_id: z.string(),
        connector: z.string(),
        dataset: z.string(),
        priority: z.enum(PRIORITIES),
        state: z.string(),
        command: z.array(z.string()).describe('program and arguments; no shell'),
        gap_ids: z.array(z.string()),
        attempts: count(),
        outcome: z.string().nullable(),
      }),
    )
    .describe('those that wait, run, or did not help'),
})

/** The JSON schema of `inventory/gaps.json`: the text of config/gaps.schema.json. */
export const formatGapsFileSchema = (): string =>
  formatJsonSchema(gapsFileSchema, {
    title: 'inventory/gaps.json',
    description: 'What `stocktake reconcile` found missing or wrong',
  })

/**
 * Writes `inventory/gaps.json`: a reader sees the one before or this one, whole.
 * @param path where; its folder is made
 * @param tasks all of the lake; those that are over are left out
 */
export async function writeGapsFile(
  path: string,
  run: Pick<Reconciled, 'runId' | 'runAt' | 'open' | 'coverage'>,
  counts: PriorityCounts,
  tasks: Iterable<Task>,
  engine: Engine,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const making = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  try {
    const file = await open(making, 'wx')
    try {
      for await (const text of formatGapsFile(run, counts, tasks, engine)) await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(making, path)
  } catch (error) {
    throw toFileSystemError(error, path)
  } finally {
    await rm(making, { force: true })
  }
}

async function* formatGapsFile(
  { runId, runAt, open, coverage }: Pick<Reconciled, 'runId' | 'runAt' | 'open' | 'coverage'>,
  counts: PriorityCounts,
  tasks: Iterable<Task>,
  engine: Engine,
): AsyncGenerator<string> {
  const total = sumPriorities(counts)
  const head = { version: 1, run_id: runId, run_at: runAt, counts: { total, ...counts } }
  yield `${jsonText(head).slice(0, -1)},\n"datasets":`
  yield* formatRows(coverage.map(toDataset))
  yield ',\n"gaps":'
  yield* formatRows(gapsOf(open, engine))
  yield ',\n"tasks":'
  yield* formatRows([...tasks].filter(isOpen).map(toTask))
  yield '}\n'
}

async function* formatRows(rows: Iterable<object> | AsyncIterable<object>): AsyncGenerator<string> {
  let separator = '['
  for await (const row of rows) {
    yield `${separator}\n  ${jsonText(row)}`
    separator = ','
  }
  yield separator === '[' ? '[]' : ']'
}

const toDataset = ({ connector, dataset, looked_at, sample_rate, ...row }: Reconciled['coverage'][number]) => ({
  ...{ connector, dataset, looked_at, sample_rate },
  ...{ expected_count: row.expected_count, found_count: row.found_count, share: row.share },
})

async function* gapsOf(open: string, engine: Engine): AsyncGenerator<object> {
  for await (const gap of listGaps(open, engine)) yield toFileGap(gap)
}

const toFileGap = ({ gap_id, connector, dataset, kind, priority, reason, key_prefix, ...row }: GapRow) => ({
  ...{ gap_id, connector, dataset, kind, priority, reason, key_prefix },
  ...{ partition_values: row.partition_values, expected: row.expected, found: row.found },
  ...{ first_seen: row.first_seen, times_seen: row.times_seen },
})

const isOpen = ({ state }: Task): boolean => state !== 'done' && state !== 'closed'

const toTask = ({ task_id, connector, dataset, priority, state, command, gap_ids, attempts, outcome }: Task) => ({
  ...{ task_id, connector, dataset, priority, state },
  ...{ command, gap_ids, attempts, outcome },
})
