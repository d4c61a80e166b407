import type { Engine, Params } from '../engine/engine.js'
import { quoteString } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import { ReportRefusedError } from '../errors.js'
import type { Predicate } from '../iceberg/plan.js'
import { bindInputs, loadCheck, loadModel, pickParams } from '../models/model.js'
import type { KeyRange } from './keyRanges.js'
import { OBJECTS } from './tables.js'

/** A SELECT of a sorted file of `objects`. */
export const selectObjects = (path: string): string => selectFiles(OBJECTS.schema, [path])

/**
 * Checks the rows of a range.
 * @param subject the report's manifest
 * @throws {ReportRefusedError} naming the first row that a check finds
 */
export async function checkObjects(objects: string, subject: string, engine: Engine): Promise<void> {
  const check = loadCheck('objects', 'fail_key_current_twice')
  const current = bindInputs(loadModel('current_objects', 'duckdb'), { objects })
  const [found] = await engine.rows(bindInputs(check, { current_objects: current }))
  if (found)
    throw new ReportRefusedError({
      subject,
      expected: 'each key current once',
      got: `${found.times} current versions of key ${JSON.stringify(found.key)}`,
      fix: 'wait for the next delivery, or import an earlier one with --at',
    })
}

/** Writes the roll-up of a range by immediate folder. */
export async function rollUp(objects: string, path: string, engine: Engine): Promise<void> {
  const folders = bindInputs(loadModel('direct_folders', 'duckdb'), { objects })
  await engine.run(`copy (${folders}) to ${quoteString(path)} (format parquet, compression lz4)`)
}

/** A SELECT of the base snapshot's objects that may meet the predicates. */
export type SelectBase = (predicates: readonly Predicate[]) => Promise<string>

/**
 * Writes what changed in a key range. The base is sorted by key too, so that little of it is read.
 * @param newer a SELECT of the range's objects; `undefined` where there are none
 * @param params of the model `changes`
 * @returns how many rows there are
 */
export async function compareRange(
  range: KeyRange,
  newer: string | undefined,
  selectBase: SelectBase,
  params: Params,
  path: string,
  engine: Engine,
): Promise<number> {
  const current = loadModel('current_objects', 'duckdb')
  const limits = [range.from !== undefined && 'key >= $from', range.to !== undefined && 'key < $to'].filter(Boolean)
  const where = limits.length > 0 ? ` where ${limits.join(' and ')}` : ''
  const base = `select * from (${await selectBase(toPredicates(range))})${where}`
  const model = loadModel('changes', 'duckdb')
  const select = bindInputs(model, {
    newer_objects: bindInputs(current, { objects: newer ?? selectFiles(OBJECTS.schema, []) }),
    base_objects: bindInputs(current, { objects: base }),
  })
  const [written] = await engine.rows(
    `copy (${select}) to ${quoteString(path)} (format parquet, compression lz4, return_stats true)`,
    { ...pickParams(model, params), ...range },
  )
  return Number(written?.count ?? 0)
}

const toPredicates = ({ from, to }: KeyRange): Predicate[] => [
  ...(from === undefined ? [] : [{ column: 'key', op: '>=' as const, value: from }]),
  ...(to === undefined ? [] : [{ column: 'key', op: '<' as const, value: to }]),
]
