import type { Engine, Params } from '../../src/engine/engine.js'
import { bindInputs, loadModel, pickParams } from '../../src/models/model.js'
import { selectNoRows } from '../models/inputs.js'

// What is expected of the generated lake's largest connector, and what is found of it: inputs of the models of gaps.

/** What the dataset of the generated lake is, by the names that models give their parameters. */
export const GAPS_PARAMS: Params = {
  dataset: 'folders',
  key_prefix: 'b',
  template: '{top}/',
  pattern: '\\A([^/]+)/[\\s\\S]*\\z',
  partition: 'top=$1',
  partition_again: 'top=$1',
  objects_least: 4n,
  objects_most: 6n,
  objects_words: '4 to 6 objects',
  objects_over: 2n,
  objects_median_least: 0.9,
  objects_median_least_words: 'at least 90 %',
  objects_median_most: 1.1,
  objects_median_most_words: 'at most 110 %',
  bytes_least: 1_000_000n,
  bytes_most: 2_000_000n,
  bytes_words: '1 to 2 MB',
  bytes_over: 3n,
  bytes_median_least: 0.5,
  bytes_median_least_words: 'at least 50 %',
  bytes_median_most: 1.5,
  bytes_median_most_words: 'at most 150 %',
  is_judged: true,
  freshness_ms: 3_600_000n,
  freshness_words: 'an object of the last hour',
  looked_at: '2026-02-20T01:00:00Z',
  storage_classes: 'STANDARD\nSTANDARD_IA',
  storage_classes_words: 'STANDARD or STANDARD_IA',
  lookup: '',
  lookup_end: null,
  companion_pattern: '(?:\\.xmp|\\.md5)\\z',
  weight: 9n,
  missing_share: 0.25,
  run_id: 'r2',
  run_at: '2026-02-20T12:34:56.789Z',
  now: '2026-02-20T12:34:56.789Z',
}

/** Limits that are open, and what nothing meets. */
export const NARROW_GAPS_PARAMS: Params = {
  ...GAPS_PARAMS,
  partition_again: 'top=$1$1',
  objects_least: null,
  objects_words: 'at most 6 objects',
  objects_median_least: null,
  bytes_most: null,
  bytes_median_least: null,
  is_judged: false,
  storage_classes: '',
  lookup: 'odd names/',
  lookup_end: 'odd names0',
  missing_share: 0,
  run_at: '2026-01-20T00:00:00Z',
  now: '2026-01-20T00:00:00Z',
}

const TOPS = ['raw', 'a', 'b b', 'table', 'deep', 'odd names', 'é', '📷', '.', 'none', 'never']

const rows = (columns: string, values: readonly string[]): string =>
  `select * from (values ${values.map(row => `(${row})`).join(', ')}) as given (${columns})`

const GIVEN: Readonly<Record<string, string>> = {
  expected_partitions: rows(
    'partition, series, partition_values, key, key_prefix, started_at, ended_at',
    TOPS.map((top, i) => {
      const day = `2026-01-${String(i + 1).padStart(2, '0')}`
      const key = top === 'none' ? `'none/1'` : 'null'
      return `'top=${top}', '${i < 7 ? 'one' : 'other'}', '{"top":"${top}"}', ${key}, '${top}/', timestamp '${day}', timestamp '${day} 12:00:00.5'`
    }),
  ),
  early_partitions: rows('partition', ["'top=x+y%2B'", "'top=raw'"]),
  judged: rows('connector, dataset, scope, moment', [
    "'photos', 'folders', null, null",
    ...['raw/', 'a/', 'b b/', 'table/', 'deep/', 'none/', 'odd names/', 'é/'].map(
      scope => `'photos', 'folders', '${scope}', '2026-01-20T10-31-07'`,
    ),
  ]),
  companions: rows('head, placeholder, tail', ["'', 'stem', '.xmp'", "'', 'key', '.md5'"]),
  rules: rows('place, priority, kind, dataset, weight, older_than_ms, newer_than_ms, missing_share, words', [
    "1, 'critical', 'missing', 'folders', 8, 86400000, null, null, 'weight is 8 or more'",
    "2, 'high', 'too_small', null, null, null, null, null, 'it is too small'",
    "2, 'high', 'too_large', null, null, null, null, null, 'it is too small'",
    "3, 'medium', null, null, null, null, 1, 0.2, 'it is new'",
  ]),
  open_gaps: rows('gap_id, connector, dataset, kind, priority, reason, key_prefix, first_seen, times_seen', [
    "'gap_1', 'photos', 'folders', 'missing', 'low', 'r', 'gone/', timestamp '2026-01-01', 3",
    "'gap_2', 'photos', 'folders', 'zero_byte', 'low', 'r', 'raw/x', timestamp '2026-01-01', 4",
    "'gap_3', 'photos', 'folders', 'zero_byte', 'low', 'r', 'x/x', timestamp '2026-01-01', 4",
  ]),
  ended_tasks: rows('task_id, state, attempts, ended_at, verified_at', [
    "'task_1', 'done', 1, timestamp '2026-01-20 01:00:00.5', timestamp '2026-01-20 02:00'",
    "'task_2', 'failed', 2, timestamp '2026-01-20', null",
    "'task_3', 'closed', 0, null, null",
  ]),
  told_tasks: rows('task_id, state, attempts, ended_at, verified_at', [
    "'task_1', 'done', 1, timestamp '2026-01-20 01:00:00.5', timestamp '2026-01-20 02:00'",
    "'task_3', 'closed', 0, null, null",
  ]),
}

/** What a model gives is an input of the later ones. */
const STEPS = [
  'dataset_objects',
  'found_groups',
  'found_partitions',
  'partition_states',
  'partition_medians',
  'vanished_partitions',
  'absent_companions',
]

const KINDS = [
  'missing_partitions',
  'partition_limits',
  'dataset_limits',
  'empty_objects',
  'wrong_classes',
  'unexpected_objects',
  'missing_companions',
]

/** Makes tables of the inputs that models of gaps have, beside those of the lake. */
export async function makeGeneratedGaps(params: Params, engine: Engine): Promise<void> {
  const all: Params = { ...params, ...GAPS_PARAMS, prefix: '' }
  const selectModel = (name: string): [sql: string, params: Params] => {
    const model = loadModel(`reconcile/${name}`, 'duckdb')
    const inputs = Object.fromEntries(model.inputs.map(input => [input, `select * from given.${input}`]))
    return [bindInputs(model, inputs), pickParams(model, all)]
  }
  const makeTable = async (name: string, select: string, params: Params = {}) => {
    await engine.run(`create table given.${name} as ${selectNoRows(name)}`)
    await engine.run(`insert into given.${name} by name ${select}`, params)
  }
  for (const [name, select] of Object.entries(GIVEN)) await makeTable(name, select)
  for (const name of STEPS) await makeTable(name, ...selectModel(name))
  await engine.run(`create table given.dataset_gaps as ${selectNoRows('dataset_gaps')}`)
  for (const kind of KINDS) {
    const [select, params] = selectModel(kind)
    await engine.run(`insert into given.dataset_gaps by name ${select}`, params)
  }
  for (const name of ['gaps_found', 'prioritized_gaps', 'known_gaps']) await makeTable(name, ...selectModel(name))
}
