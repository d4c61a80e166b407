import { mkdir, rm } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { z } from 'zod'
import type { Engine, Params } from '../engine/engine.js'
import type { ParquetFacts } from '../engine/parquetFile.js'
import type { InventoryField } from '../inventory/fields.js'
import { type ChangesFile, checkObjects, compareRange, rollUp, type SelectBase, selectObjects } from './deriveRange.js'
import { formatFacts, parseFacts } from './parquetFactsJson.js'
import { type Part, requireRows } from './partitionRows.js'
import type { ReadRows } from './readSource.js'
import { sortObjects } from './sortObjects.js'
import { splitLarge } from './splitLarge.js'
import { findSteps, type WorkFolder } from './workFolder.js'

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
  readonly changes: readonly ChangesFile[]
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
  /** The base snapshot's objects; `undefined` without a base. */
  readonly selectBase: SelectBase | undefined
  readonly progress: (step: { done: number; total: number }) => void
}

const rangeStep = z.object({
  step: z.literal('range'),
  part: z.string(),
  objects: z.object({ file: z.string(), facts: z.unknown() }).optional(),
  changes: z.array(z.object({ file: z.string(), rows: z.int() })),
})
type RangeStep = z.infer<typeof rangeStep>

/**
 * Sorts each part into a file of the table `objects`; while the next one is sorted, its rows are checked, rolled up by
 * folder and compared with the base. Parts too large to be sorted in memory are split first. A finished range is a
 * checkpoint, and its unsorted rows are removed.
 *
 * @returns what the ranges gave, in key order
 * @throws {ReportRefusedError} if a check of the rows fails
 * @throws {RowsLostError} if a part doesn't hold the rows that were put into it
 */
export async function writeRanges(read: ReadRows, options: RangeOptions, effects: RangeEffects): Promise<MadeRange[]> {
  const { work, engine, progress } = effects
  const done = new Map(findSteps(work, rangeStep).map(step => [step.part, step]))
  const total = read.parts.reduce((sum, part) => sum + part.rows, 0)
  const steps: Promise<RangeStep>[] = []
  const besides = { ...effects, engine: await engine.fork() }
  let rows = 0
  for (const name of FOLDERS) await mkdir(join(work.path, name), { recursive: true })
  try {
    for await (const part of splitAll(read, options, effects)) {
      const range = {
        part,
        id: relative(work.path, part.folder),
        file: `${String(steps.length).padStart(5, '0')}.parquet`,
      }
      const known = done.get(range.id)
      const objects = known ? undefined : await sortRange(range, options, effects)
      await steps.at(-1)
      if (steps.length % FORGOTTEN_EVERY === 0) await engine.forgetFiles()
      const step = known ? Promise.resolve(known) : deriveRange(range, objects, options, besides)
      steps.push(step)
      step.then(
        () => {
          rows += part.rows
          progress({ done: rows, total })
        },
        () => undefined, // told when it is awaited
      )
    }
    return (await Promise.all(steps)).map(step => toMadeRange(step, work.path))
  } finally {
    await Promise.allSettled(steps) // nothing writes to the work folder any more
    besides.engine.close()
  }
}

/** After how many ranges. Each reads some hundred files that are removed then, and the base's, of which the next may read more. */
const FORGOTTEN_EVERY = 16

/** Where in the work folder the ranges' files go. */
const FOLDERS = ['objects', 'folders', 'changes'] as const

async function* splitAll(read: ReadRows, { fields }: RangeOptions, effects: RangeEffects): AsyncGenerator<Part> {
  const columns = fields.map(({ column }) => column)
  for (const part of read.parts) yield* splitLarge(part, columns, read.budget, effects)
}

interface Range {
  readonly part: Part
  /** What its step is known by. */
  readonly id: string
  readonly file: string
}

async function sortRange(
  { part, file }: Range,
  { fields, params }: RangeOptions,
  { engine, work }: RangeEffects,
): Promise<MadeFile | undefined> {
  if (part.rows === 0) return undefined
  const path = join(work.path, 'objects', file)
  const facts = await sortObjects(part, fields, params, path, engine)
  requireRows(part.folder, part.rows, facts.recordCount)
  return { path, facts }
}

async function deriveRange(
  { part, id, file }: Range,
  objects: MadeFile | undefined,
  { params, subject }: RangeOptions,
  { engine, work, selectBase }: RangeEffects,
): Promise<RangeStep> {
  const newer = objects && selectObjects(objects.path)
  if (newer !== undefined) {
    await checkObjects(newer, subject, engine)
    await rollUp(newer, join(work.path, 'folders', file), engine)
  }
  const files = { folder: join(work.path, 'changes'), name: basename(file, '.parquet') }
  const changes = selectBase ? await compareRange(part.range, objects?.path, selectBase, params, files, engine) : []
  const step: RangeStep = {
    step: 'range',
    part: id,
    ...(objects && { objects: { file, facts: formatFacts(objects.facts) } }),
    changes: changes.map(({ path, rows }) => ({ file: basename(path), rows })),
  }
  await work.record(step)
  await rm(part.folder, { recursive: true, force: true })
  return step
}

function toMadeRange({ objects, changes }: RangeStep, folder: string): MadeRange {
  return {
    ...(objects && {
      objects: { path: join(folder, 'objects', objects.file), facts: parseFacts(objects.facts) },
      folders: join(folder, 'folders', objects.file),
    }),
    changes: changes.map(({ file, rows }) => ({ path: join(folder, 'changes', file), rows })),
  }
}
