import { join } from 'node:path'
import type { Engine, Params } from '../engine/engine.js'
import { selectByNames } from '../engine/namedScan.js'
import { quoteString } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import type { Predicate } from '../iceberg/plan.js'
import { bindInputs, loadCheck, loadModel, pickParams } from '../models/model.js'
import { requireCurrentOnce } from './currentOnce.js'
import { readKeyBlocks, sliceRange } from './keyBlocks.js'
import { type KeyRange, rangeCondition } from './keyRanges.js'
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
  requireCurrentOnce(found, subject)
}

/** Writes the roll-up of a range by immediate folder. */
export async function rollUp(objects: string, path: string, engine: Engine): Promise<void> {
  const folders = bindInputs(loadModel('direct_folders', 'duckdb'), { objects })
  await engine.run(`copy (${folders}) to ${quoteString(path)} (format parquet, compression lz4)`)
}

/** A SELECT of the base snapshot's objects that may meet the predicates. */
export type SelectBase = (predicates: readonly Predicate[]) => Promise<string>

/** How many rows of `objects` are compared at once: what a join holds beside a sort that goes on. */
const COMPARED_ROWS = 60_000

/** Rows of the model `changes`, in a local file. */
export interface ChangesFile {
  readonly path: string
  readonly rows: number
}

/**
 * Writes what changed in a key range, slice by slice. The base is sorted by key too, so that little of it is read.
 * @param newer the sorted file of the range's objects; `undefined` where there are none
 * @param params of the model `changes`
 * @param folder where the files are made, which begin with `name`
 * @returns those in which there are rows, in key order
 */
export async function compareRange(
  range: KeyRange,
  newer: string | undefined,
  selectBase: SelectBase,
  params: Params,
  { folder, name }: { readonly folder: string; readonly name: string },
  engine: Engine,
): Promise<ChangesFile[]> {
  const paths = newer === undefined ? [] : [newer]
  const newerObjects = await selectByNames(OBJECTS.schema, paths, engine)
  const base = await selectBase(toPredicates(range))
  const model = loadModel('changes', 'duckdb')
  const files: ChangesFile[] = []
  for (const slice of sliceRange(range, await readKeyBlocks(paths, engine), COMPARED_ROWS)) {
    const path = join(folder, `${name}-${files.length}.parquet`)
    const inputs = { newer_objects: selectCurrent(slice, newerObjects), base_objects: selectCurrent(slice, base) }
    const [written] = await engine.rows(
      `copy (${bindInputs(model, inputs)}) to ${quoteString(path)} (format parquet, compression lz4, return_stats true)`,
      pickParams(model, params),
    )
    const rows = Number(written?.count ?? 0)
    if (rows > 0) files.push({ path, rows })
  }
  return files
}

/** A SELECT of the current objects of a key range, over objects with other keys among them. */
export const selectCurrent = (range: KeyRange, objects: string): string =>
  bindInputs(loadModel('current_objects', 'duckdb'), {
    objects: `select * from (${objects}) where ${rangeCondition(range)}`,
  })

const toPredicates = ({ from, to }: KeyRange): Predicate[] => [
  ...(from === undefined ? [] : [{ column: 'key', op: '>=' as const, value: from }]),
  ...(to === undefined ? [] : [{ column: 'key', op: '<' as const, value: to }]),
]
