import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { quoteString } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import { NotFoundError } from '../errors.js'
import type { Predicate } from '../iceberg/plan.js'
import { formatSuggestion } from '../output/suggestion.js'
import { type LakeEffects, selectLoaded } from '../snapshot/lakeTables.js'
import { CHANGES, GAPS } from '../snapshot/tables.js'
import { loadVouchedLake, type VouchedLake } from '../snapshot/vouched.js'
import { type DatasetCoverage, findDatasetGaps, keyParams } from './datasetGaps.js'
import type { Dataset, Expectations, StreamExpectation } from './expectations.js'
import { findLook, type Look, selectScanned } from './looks.js'
import type { AskObjects } from './publishedObjects.js'
import { selectModel, timestampText, unionAll } from './reconcileModel.js'
import { DATASET_GAPS, JUDGED, RULES, VANISHED_PARTITIONS } from './relations.js'
import { ruleRows } from './ruleRows.js'
import { type CountedRows, copyRows, stageRows } from './stagedRows.js'
import { findStreamGaps, type LoadStream } from './streamGaps.js'

export interface FindGapsOptions {
  readonly runId: string
  /** Later than every run before. */
  readonly runAt: Date
  /** How old gaps are, by the clock. */
  readonly clock: Date
  /** Names; all unless given. Gaps of the others stay as they are. */
  readonly datasets?: readonly string[]
  /** A SELECT of the newest row of each gap that isn't resolved, with the columns of the table `gaps`. */
  readonly openGaps?: string
}

/** What one run found, while its files are there. */
export interface FoundGaps {
  readonly runId: string
  /**
   * A SELECT with the columns of the model `known_gaps`: the gaps of this run, and those that were open and are gone, in
   * no order.
   */
  readonly gaps: string
  /** As the datasets were given. */
  readonly coverage: readonly CoverageRow[]
  /** Removes the files; they go with the engine, too. */
  remove(): Promise<void>
}

/** What a dataset has of what is expected of it, when its bucket was looked at last. */
export interface CoverageRow extends NullableFields<DatasetCoverage> {
  readonly connector: string
  readonly dataset: string
  /** `null` where no snapshot tells of the dataset's keys: nothing is known then. */
  readonly looked_at: Date | null
  /** Of a sample, which can't tell what is missing; `null` where all of the dataset's keys are known. */
  readonly sample_rate: number | null
  /**
   * Malformed rows that were left out of what is known of the dataset's keys, so that nobody can tell what is missing; 0
   * where that doesn't matter, and `null` where no snapshot tells of the keys.
   */
  readonly rejected_row_count: bigint | null
}

type NullableFields<T> = { readonly [K in keyof T]: T[K] | null }

/**
 * Compares what the buckets held when they were looked at last with what is expected. A gap is told only where it is
 * proven: of a sample's keys nothing is missing, nor of those of a report with malformed rows.
 * @param effects the engine is one that reads models (`useModelDialect`)
 * @throws {NotFoundError} for a dataset that there is not
 * @throws what expanding the expectations throws, before anything is compared
 */
export async function findGaps(
  expectations: Expectations,
  effects: GapEffects,
  options: FindGapsOptions,
): Promise<FoundGaps> {
  const { datasets, streams } = pickDatasets(expectations, options.datasets)
  const folder = await mkdtemp(join(effects.engine.tempFolder, 'gaps-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const openGaps = options.openGaps ?? selectFiles(GAPS.schema, [])
    const run: Run = { ...options, ...effects, openGaps, folder, expectations, lake: await loadVouchedLake(effects) }
    const answers: Answer[] = []
    for (const [i, dataset] of datasets.entries()) answers.push(await answerDataset(dataset, `dataset-${i}`, run))
    const ofStreams: StreamAnswer[] = []
    for (const [i, stream] of streams.entries()) ofStreams.push(await answerStream(stream, `stream-${i}`, run))
    const gaps = await compareWithKnown(answers, ofStreams, run)
    const coverage = [...answers, ...ofStreams].map(answer => answer.coverage)
    return { runId: options.runId, gaps, coverage, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** What finding gaps reads: another engine may say what is there, from the same snapshots. */
export interface GapEffects extends LakeEffects {
  readonly askObjects?: AskObjects
  /** How streams go, for datasets that are one: where nobody can tell, nothing is known of those. */
  readonly loadStream?: LoadStream
}

interface Run extends FindGapsOptions, GapEffects {
  readonly openGaps: string
  readonly expectations: Expectations
  readonly lake: VouchedLake
  /** Where files of the run are. */
  readonly folder: string
}

/** What is found of one dataset; without `look` where nobody has looked at its bucket. */
interface Answer {
  readonly dataset: Dataset
  readonly coverage: CoverageRow
  readonly look?: Look
  /** With the columns of the model `gaps_found`. */
  readonly gaps: readonly CountedRows[]
}

/** What is known of a dataset that is a stream. */
interface StreamAnswer {
  readonly coverage: CoverageRow
  /** With the columns of the model `gaps_found`; `undefined` where nothing is known of the stream. */
  readonly gaps?: CountedRows
}

function pickDatasets(
  { datasets, streams }: Expectations,
  names: readonly string[] | undefined,
): Pick<Expectations, 'datasets' | 'streams'> {
  if (!names) return { datasets, streams }
  const known = [...datasets, ...streams].map(({ name }) => name)
  const unknown = names.find(name => !known.includes(name))
  const isAsked = ({ name }: { readonly name: string }): boolean => names.includes(name)
  if (unknown === undefined) return { datasets: datasets.filter(isAsked), streams: streams.filter(isAsked) }
  throw new NotFoundError({
    subject: `dataset ${unknown}`,
    got: 'no such dataset',
    fix: formatSuggestion(unknown, known) ?? `there are ${known.join(', ')}`,
  })
}

async function answerDataset(dataset: Dataset, name: string, run: Run): Promise<Answer> {
  const { lake, openGaps, folder, engine, askObjects } = run
  const look = findLook(dataset.connector, dataset.key.prefix, lake.receipts)
  const identity = { connector: dataset.connector, dataset: dataset.name }
  if (!look) return { dataset, gaps: [], coverage: { ...identity, ...NOTHING_KNOWN } }
  const { gaps, coverage } = await findDatasetGaps(dataset, look, lake, openGaps, { folder, name, engine }, askObjects)
  const { lookedAt: looked_at, sampleRate: sample_rate = null, rejectedRowCount: rejected_row_count } = look
  const known = { looked_at, sample_rate, rejected_row_count }
  return { dataset, look, gaps, coverage: { ...coverage, ...identity, ...known } }
}

async function answerStream(expected: StreamExpectation, name: string, run: Run): Promise<StreamAnswer> {
  const { folder, engine, loadStream } = run
  const identity = { connector: expected.stream, dataset: expected.name }
  if (!loadStream) return { coverage: { ...identity, ...NOTHING_KNOWN } }
  const status = await loadStream(expected.stream)
  const gaps = await findStreamGaps(expected, status, { folder, name, engine })
  const counts = {
    object_count: BigInt(status.records),
    size_bytes: status.size_bytes === null ? null : BigInt(status.size_bytes),
  }
  const known = { ...counts, last_modified: status.last_record_at, looked_at: run.clock }
  return { gaps, coverage: { ...identity, ...NOTHING_KNOWN, rejected_row_count: 0n, ...known } }
}

const NOTHING_KNOWN = {
  expected_count: null,
  found_count: null,
  missing_count: null,
  unknown_count: null,
  share: null,
  object_count: null,
  size_bytes: null,
  last_modified: null,
  looked_at: null,
  sample_rate: null,
  rejected_row_count: null,
} as const

/** Gives the gaps their priorities, and says which were known and which known ones are gone. @returns a SELECT */
async function compareWithKnown(
  answers: readonly Answer[],
  ofStreams: readonly StreamAnswer[],
  run: Run,
): Promise<string> {
  const { folder, engine, runId, expectations, openGaps: open_gaps } = run
  const stage = (name: string) => ({ folder, name, engine })
  const run_at = timestampText(run.runAt)
  const none = selectModel('gaps_found', {}, { dataset_gaps: await stageRows([], DATASET_GAPS, stage('none')) })
  const parts = [...answers.flatMap(({ gaps }) => gaps), ...ofStreams.flatMap(({ gaps }) => gaps ?? [])]
  const gaps_found = unionAll([none, ...parts.map(({ select }) => select)])
  const inputs = {
    judged: await stageRows(await judgedRows(answers, ofStreams, run), JUDGED, stage('judged')),
    rules: await stageRows(ruleRows(expectations.rules), RULES, stage('rules')),
    vanished_partitions: await selectVanished(answers, run),
  }
  const [open] = await engine.rows(`select count(*) as rows from (${open_gaps})`)
  const rows = parts.reduce((sum, part) => sum + part.rows, Number(open?.rows ?? 0))
  const slices = Math.min(MOST_SLICES, Math.max(1, Math.ceil(rows / SLICE_ROWS)))
  const known: string[] = []
  for (let i = 0; i < slices; i++) {
    const cut = (select: string): string => `select * from (${select}) where ${sliceNumber(slices)} = ${i}`
    const given = { ...inputs, open_gaps: cut(open_gaps), gaps_found: cut(gaps_found) }
    const prioritized_gaps = await copyRows(
      selectModel('prioritized_gaps', { run_at, now: timestampText(run.clock) }, given),
      stage(`priorities-${i}`),
    )
    const select = selectModel('known_gaps', { run_id: runId, run_at }, { ...given, prioritized_gaps })
    known.push(await copyRows(select, stage(`gaps-${i}`)))
  }
  return unionAll(known)
}

/** What an import's memory can join, and a bit. */
const SLICE_ROWS = 100_000
const MOST_SLICES = 256

/** Ids are hashes: their first two digits part gaps evenly. */
const sliceNumber = (slices: number): string => `cast('0x' || substr(gap_id, 5, 2) as integer) % ${slices}`

/** What could be judged. Of a dataset that isn't in the expectations any more nothing is missing. */
async function judgedRows(answers: readonly Answer[], ofStreams: readonly StreamAnswer[], run: Run) {
  const ofDatasets = answers.flatMap(({ dataset: { connector, name }, look }) => {
    const judged = look ? [{}, ...look.judged] : []
    return judged.map(scope => ({ connector, dataset: name, ...scope }))
  })
  const heard = ofStreams.flatMap(({ gaps, coverage: { connector, dataset } }) =>
    gaps ? [{ connector, dataset }] : [],
  )
  const looked = [...ofDatasets, ...heard]
  if (run.datasets) return looked
  const known = await run.engine.rows(`select distinct connector, dataset from (${run.openGaps})`)
  const gone = known
    .map(row => ({ connector: String(row.connector), dataset: String(row.dataset), scope: '' }))
    .filter(each => ![...answers, ...ofStreams].some(({ coverage }) => isSame(coverage, each)))
  return [...looked, ...gone]
}

type Identity = Pick<CoverageRow, 'connector' | 'dataset'>

const isSame = (a: Identity, b: Identity): boolean => a.connector === b.connector && a.dataset === b.dataset

/** A SELECT of the missing partitions that once were there. */
async function selectVanished(answers: readonly Answer[], { lake, folder, engine }: Run): Promise<string> {
  const selects: string[] = []
  for (const { dataset, coverage, gaps } of answers) {
    if (!coverage.missing_count) continue
    const changes = await selectDeletions(dataset, lake)
    const vanished = selectModel('vanished_partitions', keyParams(dataset), { changes })
    const found = unionAll(gaps.map(({ select }) => select))
    selects.push(
      `select * from (${vanished}) where partition in (select subject from (${found}) where kind = 'missing')`,
    )
  }
  if (selects.length === 0) return stageRows([], VANISHED_PARTITIONS, { folder, name: 'vanished', engine })
  return copyRows(unionAll(selects), { folder, name: 'vanished', engine })
}

/**
 * A SELECT of which of a dataset's objects were there last in which snapshot, and perhaps of others: what all whole
 * snapshots lost, and what the newest has of the keys that were scanned since. Of a partition that is missing these are
 * gone. What a report with malformed rows lacks may have been there.
 */
async function selectDeletions({ connector, key }: Dataset, lake: VouchedLake): Promise<string> {
  const values = lake.receipts
    .filter(({ scope, sample_rate, rejected_row_count }) => scope === '' && sample_rate === null && !rejected_row_count)
    .filter(receipt => receipt.connector === connector && (receipt.deleted_count ?? 0n) > 0n)
    .map(({ import_id }) => import_id)
  const table = values.length > 0 ? lake.tables.get(CHANGES.name) : undefined
  const predicates: Predicate[] = [
    { column: 'import_id', op: 'in', values },
    { column: 'key', op: 'starts-with', value: key.prefix },
  ]
  const changes = table ? await selectLoaded(table, predicates) : selectFiles(CHANGES.schema, [])
  return `select connector, key, change, base_snapshot from (${changes})
    union all
    select ${quoteString(connector)}, key, 'deleted', snapshot from (${await selectScanned(connector, key.prefix, lake)})`
}
