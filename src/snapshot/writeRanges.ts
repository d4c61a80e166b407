import { mkdir, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { z } from 'zod'
import type { Engine, Params } from '../engine/engine.js'
import { type ParquetFacts, writeParquetFile } from '../engine/parquetFile.js'
import { quoteString } from '../engine/sqlText.js'
import { ReportRefusedError } from '../errors.js'
import type { Predicate } from '../iceberg/plan.js'
import type { InventoryField } from '../inventory/fields.js'
import { bindInputs, loadCheck, loadModel, pickParams } from '../models/model.js'
import { CUT_SAMPLE_ROWS, type KeyRange, MOST_CUT_RANGES, planCuts } from './keyRanges.js'
import { type MemoryBudget, sortableRows, writableRows } from './memoryBudget.js'
import { formatFacts, parseFacts } from './parquetFactsJson.js'
import { hasFiles, type Part, partitionRows, partsOf, readPart } from './partitionRows.js'
import { parseStep, type ReadReport } from './readReport.js'
import { REASON, selectReport } from './reportTable.js'
import { OBJECTS } from './tables.js'
import type { WorkFolder } from './workFolder.js'

/** A file of a table, made and not yet in the lake. */
export interface MadeFile {
  readonly path: string
  readonly facts: ParquetFacts
}

/** What one key range gave: paths of local files, missing where there were no rows. */
export interface MadeRange {
  readonly objects?: MadeFile
  /** Rows of the model `direct_folders`. */
  readonly folders?: string
  /** Rows of the model `changes`. */
  readonly changes?: { readonly path: string; readonly rows: number }
}

export interface RangeOptions {
  readonly fields: readonly InventoryField[]
  /** The parameters of the models `objects` and `changes`. */
  readonly params: Params
  /** For errors: the report's manifest. */
  readonly subject: string
}

export interface RangeEffects {
  readonly engine: Engine
  readonly work: WorkFolder
  /** A SELECT of the base snapshot's objects that may meet the predicates; `undefined` without a base. */
  readonly selectBase: ((predicates: readonly Predicate[]) => Promise<string>) | undefined
  readonly progress: (step: { done: number; total: number }) => void
}

/** Readers must unpack a whole row group; the writer holds one for each thread. */
const ROW_GROUP_ROWS = 61_440

const factsStep = z.object({ path: z.string(), facts: z.unknown() })
const rangeStep = z.object({
  step: z.literal('range'),
  part: z.string(),
  objects: factsStep.optional(),
  folders: z.string().optional(),
  changes: z.object({ path: z.string(), rows: z.int() }).optional(),
})
const splitStep = z.object({
  step: z.literal('split'),
  part: z.string(),
  cuts: z.array(z.string()),
  rows: z.array(z.int()),
})

/**
 * Sorts each part into a file of the table `objects`, rolls its folders up and compares it with the base, while its rows
 * are at hand. Parts too large to be sorted in memory are split first. A finished range is a checkpoint, and its unsorted
 * rows are removed.
 *
 * @returns what the ranges gave, in key order
 * @throws {ReportRefusedError} if a check of the rows fails
 */
export async function writeRanges(
  read: ReadReport,
  options: RangeOptions,
  effects: RangeEffects,
): Promise<MadeRange[]> {
  const { work } = effects
  const done = new Map(work.steps.flatMap(step => parseStep(rangeStep, step)).map(step => [step.part, step]))
  const rows = read.parts.reduce((sum, part) => sum + part.rows, 0)
  const made: MadeRange[] = []
  let written = 0
  for (const root of read.parts)
    for await (const part of splitLarge(root, read.budget, effects)) {
      const id = relative(work.path, part.folder)
      const range = done.get(id) ?? (await writeRange(part, id, made.length, options, effects))
      made.push(toMadeRange(range, work.path))
      written += part.rows
      effects.progress({ done: written, total: rows })
    }
  return made
}

type RangeStep = z.infer<typeof rangeStep>

const toMadeRange = ({ objects, folders, changes }: RangeStep, root: string): MadeRange => ({
  ...(objects && { objects: { path: join(root, objects.path), facts: parseFacts(objects.facts) } }),
  ...(folders !== undefined && { folders: join(root, folders) }),
  ...(changes && { changes: { ...changes, path: join(root, changes.path) } }),
})

/** A part, or the parts it is split into until each can be sorted in memory or is one key. */
async function* splitLarge(part: Part, budget: MemoryBudget, effects: RangeEffects): AsyncGenerator<Part> {
  const { work } = effects
  const id = relative(work.path, part.folder)
  const split =
    work.steps.flatMap(step => parseStep(splitStep, step)).find(step => step.part === id) ??
    (part.rows > 1.5 * sortableRows(budget) ? await splitPart(part, id, budget, effects) : undefined)
  if (!split || split.cuts.length === 0) yield part
  else
    for (const inner of partsOf(`${part.folder}-split`, part.range, split.cuts, split.rows))
      yield* splitLarge(inner, budget, effects)
}

async function splitPart(
  part: Part,
  id: string,
  budget: MemoryBudget,
  { engine, work }: RangeEffects,
): Promise<z.infer<typeof splitStep>> {
  const relation = await readPart(part)
  const sample = await engine.rows(
    `select key from (select key from ${relation} using sample reservoir(${CUT_SAMPLE_ROWS} rows)) order by key`,
  )
  const ranges = Math.min(MOST_CUT_RANGES, Math.ceil(part.rows / sortableRows(budget)))
  const cuts = planCuts(
    sample.map(row => String(row.key)),
    ranges,
  )
  let rows: readonly number[] = []
  if (cuts.length > 0) {
    const target = { folder: `${part.folder}-split`, name: 'split', rowBudget: writableRows(budget) }
    rows = (await partitionRows(engine, `select * exclude part from ${relation}`, {}, cuts, target)).rows
  }
  const step = { step: 'split' as const, part: id, cuts, rows: [...rows] }
  await work.record(step)
  if (cuts.length > 0) await rm(part.folder, { recursive: true, force: true })
  return step
}

async function writeRange(
  part: Part,
  id: string,
  number: number,
  options: RangeOptions,
  effects: RangeEffects,
): Promise<RangeStep> {
  const { work } = effects
  const file = `${String(number).padStart(5, '0')}.parquet`
  const paths = { objects: join('objects', file), folders: join('folders', file), changes: join('changes', file) }
  for (const name of Object.keys(paths)) await mkdir(join(work.path, name), { recursive: true })

  const objects = (await hasFiles(part))
    ? await sortObjects(part, join(work.path, paths.objects), options, effects)
    : undefined
  if (objects) await rollUp(join(work.path, paths.objects), join(work.path, paths.folders), effects)
  const newer = objects ? readFile(join(work.path, paths.objects)) : undefined
  const changes = await compare(part.range, newer, join(work.path, paths.changes), options, effects)

  const step: RangeStep = {
    step: 'range',
    part: id,
    ...(objects && { objects: { path: paths.objects, facts: formatFacts(objects) }, folders: paths.folders }),
    ...(changes > 0 && { changes: { path: paths.changes, rows: changes } }),
  }
  await work.record(step)
  await rm(part.folder, { recursive: true, force: true })
  return step
}

const readFile = (path: string): string => `select * from read_parquet(${quoteString(path)}, hive_partitioning=false)`

async function sortObjects(
  part: Part,
  path: string,
  { fields, params, subject }: RangeOptions,
  { engine }: RangeEffects,
): Promise<ParquetFacts> {
  const model = loadModel('objects', 'duckdb')
  // Sorted before the model adds its constants: a sort holds 16 bytes for each of them in each row.
  const sorted = `(select * from ${await readPart(part)} where ${REASON} is null order by key)`
  const facts = await writeParquetFile(engine, {
    select: bindInputs(model, { report: selectReport(fields, sorted) }),
    params: pickParams(model, params),
    path,
    schema: OBJECTS.schema,
    rowGroupRows: ROW_GROUP_ROWS,
  })
  await checkObjects(path, subject, engine)
  return facts
}

/** @throws {ReportRefusedError} naming the first of the rows that a check finds */
async function checkObjects(path: string, subject: string, engine: Engine): Promise<void> {
  const check = loadCheck('objects', 'fail_key_current_twice')
  const current = bindInputs(loadModel('current_objects', 'duckdb'), { objects: readFile(path) })
  const [found] = await engine.rows(bindInputs(check, { current_objects: current }))
  if (found)
    throw new ReportRefusedError({
      subject,
      expected: 'each key current once',
      got: `${found.times} current versions of key ${JSON.stringify(found.key)}`,
      fix: 'wait for the next delivery, or import an earlier one with --at',
    })
}

async function rollUp(objectsPath: string, path: string, { engine }: RangeEffects): Promise<void> {
  const folders = bindInputs(loadModel('direct_folders', 'duckdb'), { objects: readFile(objectsPath) })
  await engine.run(`copy (${folders}) to ${quoteString(path)} (format parquet, compression lz4)`)
}

/** Compares one key range with the base's; both are sorted by key, so that little else is read. Gives the row count. */
async function compare(
  range: KeyRange,
  newer: string | undefined,
  path: string,
  { params }: RangeOptions,
  { engine, selectBase }: RangeEffects,
): Promise<number> {
  if (!selectBase) return 0
  const current = loadModel('current_objects', 'duckdb')
  const older = await selectBase(toPredicates(range))
  const limits = [range.from !== undefined && 'key >= $from', range.to !== undefined && 'key < $to'].filter(Boolean)
  const base = `select * from (${older})${limits.length > 0 ? ` where ${limits.join(' and ')}` : ''}`
  const model = loadModel('changes', 'duckdb')
  const select = bindInputs(model, {
    newer_objects: bindInputs(current, { objects: newer ?? `${base} limit 0` }),
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
