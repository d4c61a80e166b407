import type { Params } from '../engine/engine.js'
import { formatDuration } from '../output/quantities.js'
import { textAfterPrefix } from '../snapshot/prefixRange.js'
import type { VouchedLake } from '../snapshot/vouched.js'
import { type CompanionRow, companionPattern, companionPrefix, companionRows } from './companionRows.js'
import { earlyPartitions } from './earlyPartitions.js'
import { expandPartitions } from './expandPartitions.js'
import type { Dataset } from './expectations.js'
import { hasLimits, limitParams } from './limitParams.js'
import { findLook, type Look, selectObjectsBelow } from './looks.js'
import type { AskObjects } from './publishedObjects.js'
import { selectModel, timestampText } from './reconcileModel.js'
import { COMPANIONS, DATASET_GAPS, EXPECTED_PARTITIONS, JUDGED } from './relations.js'
import { formatOr } from './ruleRows.js'
import { type CountedRows, copyCounted, copyRows, type StagePlace, stageRows } from './stagedRows.js'

export interface DatasetGaps {
  /** With the columns of the model `gaps_found`; of each kind apart, as there may be many. */
  readonly gaps: readonly CountedRows[]
  readonly coverage: DatasetCoverage
}

/** What a dataset has of what is expected of it: the columns of the model `coverage`. */
export interface DatasetCoverage {
  readonly expected_count: bigint
  readonly found_count: bigint
  readonly missing_count: bigint
  /** Expected partitions of which a sample, or a report with malformed rows, doesn't tell whether they are there. */
  readonly unknown_count: bigint
  /** Of the expected partitions, 0 to 1; `null` where some are unknown, or none is expected. */
  readonly share: number | null
  readonly object_count: bigint
  readonly size_bytes: bigint
  readonly last_modified: Date | null
}

/**
 * Compares what was found of one dataset with what is expected of it.
 * @param openGaps a SELECT of the gaps that are open, with the columns of the table `gaps`
 * @param place the name is what those of its files begin with
 * @param askObjects asks another engine what is there; the lake's own files unless given
 */
export async function findDatasetGaps(
  dataset: Dataset,
  look: Look,
  lake: VouchedLake,
  openGaps: string,
  place: StagePlace,
  askObjects?: AskObjects,
): Promise<DatasetGaps> {
  const { engine } = place
  const params = keyParams(dataset)
  const stage = (name: string) => ({ ...place, name: `${place.name}-${name}` })
  const judged = await stageRows(look.judged, JUDGED, stage('judged'))
  const expected_partitions = await stageExpected(dataset, look.lookedAt, stage('expected'))
  const objects_current = await selectObjectsBelow(dataset.connector, dataset.key.prefix, lake)
  const found_groups = askObjects
    ? await askObjects({ name: 'found_groups', connector: dataset.connector, params }, lake, stage('groups'))
    : await copyRows(selectModel('found_groups', params, { objects_current }), stage('groups'))
  const states = selectModel(
    'partition_states',
    {},
    { expected_partitions, found_groups, judged: covering(look, judged) },
  )
  const inputs = { found_groups, partition_states: await copyRows(states, stage('states')) }
  const [row] = await engine.rows(selectModel('coverage', params, inputs))
  const coverage = row as unknown as DatasetCoverage // the model's columns
  const missing = Number(coverage.missing_count) / Math.max(1, Number(coverage.expected_count))
  const gaps: CountedRows[] = []
  // one after the other, as each may need all the memory there is
  const given = { ...inputs, objects_current, judged, open_gaps: openGaps }
  for await (const [name, select] of selectKinds(dataset, look, given, lake, stage, askObjects))
    gaps.push(await copyCounted(selectFound(dataset, missing, select), stage(name)))
  return { gaps, coverage }
}

type Inputs = Readonly<Record<'found_groups' | 'partition_states' | 'objects_current' | 'judged' | 'open_gaps', string>>

/** The models of the kinds of gaps that a dataset can have. */
async function* selectKinds(
  dataset: Dataset,
  look: Look,
  inputs: Inputs,
  lake: VouchedLake,
  stage: (name: string) => StagePlace,
  askObjects: AskObjects | undefined,
): AsyncGenerator<[name: string, select: string]> {
  const params = keyParams(dataset)
  const select = (name: string, more: Params = {}, given: Readonly<Record<string, string>> = {}): [string, string] => [
    name,
    selectModel(name, { ...params, ...more }, { ...inputs, ...given }),
  ]
  yield select('missing_partitions')
  if (hasLimits(dataset.partition)) yield select('partition_limits', limitParams(dataset.partition))
  yield select('dataset_limits', totalParams(dataset, look))
  if (!dataset.allowZeroByte) yield select('empty_objects')
  if (dataset.storageClasses) yield select('wrong_classes', classParams(dataset))
  if (!dataset.allowUnexpected) {
    const rows = earlyPartitions(dataset, look.newestAt)
    const early_partitions = await stageRows(rows, { partition: 'VARCHAR' }, stage('early'))
    yield select('unexpected_objects', {}, { early_partitions })
  }
  if (dataset.companions.length > 0) {
    const rows = companionRows(dataset.companions)
    const lookup = companionPrefix(rows, dataset.key.prefix)
    const beside = findLook(dataset.connector, lookup, lake.receipts)?.judged ?? [] // scans outside of the prefix, too
    const asked = companionParams(rows, lookup)
    const objects = { connector: dataset.connector, params: { ...params, ...asked } }
    const absent_companions = askObjects
      ? await askObjects({ name: 'absent_companions', ...objects, companions: rows }, lake, stage('absent'))
      : selectModel('absent_companions', objects.params, {
          dataset_objects: selectModel('dataset_objects', params, inputs),
          objects_current: await selectObjectsBelow(dataset.connector, lookup, lake),
          companions: await stageRows(rows, COMPANIONS, stage('companions')),
        })
    yield select(
      'missing_companions',
      {},
      {
        absent_companions,
        judged: await stageRows([...look.judged, ...beside], JUDGED, stage('beside')),
      },
    )
  }
}

/** The gaps of one kind, by the columns that those of all kinds have. */
function selectFound(dataset: Dataset, missingShare: number, kind: string): string {
  const columns = Object.entries(DATASET_GAPS).map(([name, type]) => `cast(${name} as ${type}) as ${name}`)
  return selectModel(
    'gaps_found',
    { ...keyParams(dataset), weight: BigInt(dataset.weight), missing_share: missingShare },
    { dataset_gaps: `select ${columns.join(', ')} from (${kind})` },
  )
}

/** What tells which keys are a dataset's, and of which partition. */
export function keyParams({ name, connector, key }: Dataset): Params {
  return {
    connector,
    dataset: name,
    prefix: key.prefix,
    prefix_end: textAfterPrefix(key.prefix) ?? null,
    pattern: key.pattern,
    partition: key.partition('trino'), // models are read in Trino's spelling
    partition_again: key.again('trino'),
    template: key.text,
  }
}

const stageExpected = (dataset: Dataset, lookedAt: Date, place: StagePlace): Promise<string> =>
  stageRows(expectedRows(dataset, lookedAt), EXPECTED_PARTITIONS, place)

function* expectedRows(dataset: Dataset, lookedAt: Date) {
  for (const { partition, series, values, key, keyPrefix, start, end } of expandPartitions(dataset, lookedAt))
    yield {
      partition,
      series,
      partition_values: JSON.stringify(values),
      key,
      key_prefix: keyPrefix,
      started_at: start,
      ended_at: end,
    }
}

/** Of listings that cover all of the dataset one is enough, and the others would be asked for each partition. */
const covering = ({ isWhole }: Look, judged: string): string => (isWhole ? `select '' as scope` : judged)

function totalParams(dataset: Dataset, { isWhole, lookedAt }: Look): Params {
  const { freshnessMs } = dataset
  return {
    ...limitParams(dataset.total),
    prefix: dataset.key.prefix,
    is_judged: isWhole,
    freshness_ms: freshnessMs === undefined ? null : BigInt(freshnessMs),
    freshness_words: freshnessMs === undefined ? null : `an object of the last ${formatDuration(freshnessMs)}`,
    looked_at: timestampText(lookedAt),
  }
}

const classParams = ({ storageClasses = [] }: Dataset): Params => ({
  storage_classes: storageClasses.join('\n'),
  storage_classes_words: formatOr(storageClasses),
})

const companionParams = (rows: readonly CompanionRow[], lookup: string): Params => ({
  lookup,
  lookup_end: textAfterPrefix(lookup) ?? null,
  companion_pattern: companionPattern(rows),
})
