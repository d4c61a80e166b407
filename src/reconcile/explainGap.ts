import type { Engine } from '../engine/engine.js'
import { quoteString } from '../engine/sqlText.js'
import { NotFoundError, UsageError } from '../errors.js'
import { useModelDialect } from '../models/duckdbDialect.js'
import { registerViews, type ViewEffects } from '../snapshot/lakeViews.js'
import { textAfterPrefix } from '../snapshot/prefixRange.js'
import type { Dataset } from './expectations.js'
import { type GapRow, listGaps } from './openGaps.js'
import { selectModel } from './reconcileModel.js'
import { loadTasks, type Task } from './taskState.js'

/** A gap as the lake has it, open or not. */
export type StoredGap = GapRow & { readonly resolved_at: Date | null; readonly run_at: Date }

/** A gap, and what is known around it. */
export interface ExplainedGap {
  readonly gap: StoredGap
  /** `undefined` where data_inventory.yaml has it no more. */
  readonly dataset: Dataset | undefined
  readonly nearest: readonly NearKey[]
  /** What a person would ask to see it with their own eyes. */
  readonly query: string
  readonly task: Task | undefined
}

export interface NearKey {
  readonly key: string
  readonly size: bigint | null
  readonly last_modified_date: Date | null
  readonly storage_class: string | null
}

/**
 * The gap of an id, or of the beginning of one. The engine knows the views that {@link explainGap} needs then.
 * @throws {UsageError} for what is no id, or begins several {@link NotFoundError} for none
 */
export async function getGap(id: string, effects: ViewEffects): Promise<StoredGap> {
  if (!/^gap_[0-9a-f]{4,26}$/.test(id))
    throw new UsageError({ subject: id, expected: 'gap_ and 4 to 26 hex digits', fix: 'stocktake gaps lists them' })
  await registerViews(['gaps', 'objects_current'], effects)
  const found: GapRow[] = []
  const select = `select * from gaps where starts_with(gap_id, ${quoteString(id)})`
  for await (const gap of listGaps(select, effects.engine)) {
    found.push(gap)
    if (found.length > 1) throw new UsageError({ subject: id, got: 'the beginning of several', fix: 'give more of it' })
  }
  const [gap] = found
  if (!gap) throw new NotFoundError({ subject: id, got: 'no such gap', fix: 'stocktake gaps --state all lists them' })
  return gap as StoredGap // the table's columns
}

/** @param dataset as it is expected now */
export async function explainGap(
  gap: StoredGap,
  dataset: Dataset | undefined,
  effects: ViewEffects,
): Promise<ExplainedGap> {
  const tasks = await loadTasks(effects.store)
  return {
    ...{ gap, dataset, nearest: await listNearest(gap, dataset, effects.engine), query: queryOf(gap) },
    task: [...tasks.values()].find(({ gap_ids, state }) => state !== 'closed' && gap_ids.includes(gap.gap_id)),
  }
}

async function listNearest(gap: StoredGap, dataset: Dataset | undefined, engine: Engine): Promise<NearKey[]> {
  await useModelDialect(engine)
  const prefix = dataset?.key.prefix ?? gap.key_prefix.slice(0, gap.key_prefix.lastIndexOf('/') + 1)
  const params = {
    ...{ connector: gap.connector, key_prefix: gap.key_prefix },
    ...{ prefix, prefix_end: textAfterPrefix(prefix) ?? null },
  }
  const rows = await engine.rows(
    selectModel('nearest_keys', params, { objects_current: 'select * from main.objects_current' }),
  )
  return rows as unknown as NearKey[] // the model's columns
}

const queryOf = ({ connector, key_prefix }: GapRow): string =>
  `select key, size, last_modified_date, storage_class from objects_current where connector = ${quoteString(connector)} and starts_with(key, ${quoteString(key_prefix)}) and is_latest and not is_delete_marker order by key`
