import type { StagedColumns } from './stagedRows.js'

// What the models of sql/reconcile read that no table, view or other model gives.

/** What should be there of a dataset. */
export const EXPECTED_PARTITIONS = {
  partition: 'VARCHAR',
  series: 'VARCHAR',
  partition_values: 'VARCHAR',
  key: 'VARCHAR',
  key_prefix: 'VARCHAR',
  started_at: 'TIMESTAMP',
  ended_at: 'TIMESTAMP',
} as const satisfies StagedColumns

/** Prefixes whose keys are all known, and the time of the listing, as text in the order of time. */
export const JUDGED = {
  connector: 'VARCHAR',
  dataset: 'VARCHAR',
  scope: 'VARCHAR',
  moment: 'VARCHAR',
} as const satisfies StagedColumns

/** Templates of companions, taken apart at their placeholder, `stem` or `key`. */
export const COMPANIONS = { head: 'VARCHAR', placeholder: 'VARCHAR', tail: 'VARCHAR' } as const satisfies StagedColumns

/** The rules of priorities, a row for each of their kinds and datasets; NULL for any. */
export const RULES = {
  place: 'BIGINT',
  priority: 'VARCHAR',
  kind: 'VARCHAR',
  dataset: 'VARCHAR',
  weight: 'BIGINT',
  older_than_ms: 'BIGINT',
  newer_than_ms: 'BIGINT',
  missing_share: 'DOUBLE',
  words: 'VARCHAR',
} as const satisfies StagedColumns

/** What the models of all kinds of gaps give. */
export const DATASET_GAPS = {
  kind: 'VARCHAR',
  subject: 'VARCHAR',
  partition_values: 'VARCHAR',
  key_prefix: 'VARCHAR',
  expected: 'VARCHAR',
  found: 'VARCHAR',
  fact: 'VARCHAR',
  first_key: 'VARCHAR',
  ended_at: 'TIMESTAMP',
  is_proven: 'BOOLEAN',
} as const satisfies StagedColumns

/** Partitions that were there once, and the day on which they were seen last. */
export const VANISHED_PARTITIONS = {
  connector: 'VARCHAR',
  dataset: 'VARCHAR',
  partition: 'VARCHAR',
  last_seen: 'VARCHAR',
} as const satisfies StagedColumns
