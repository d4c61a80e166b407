import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OutOfMemoryError, type Params } from '../engine/engine.js'
import { type NamedFile, readColumnNames, selectNamedFiles } from '../engine/namedScan.js'
import { quoteIdentifier, quotePaths, quoteString } from '../engine/sqlText.js'
import { currentSchema } from '../iceberg/metadata.js'
import { planFiles } from '../iceberg/plan.js'
import type { Schema } from '../iceberg/schema.js'
import { bindInputs, pickParams } from '../models/model.js'
import { findChangedSlices } from './changedSlices.js'
import { locateFiles, ofImport } from './dataFiles.js'
import { FINGERPRINT_METHOD } from './deriveFolders.js'
import { selectCurrent } from './deriveRange.js'
import { type KeyBlock, mayHoldKeys, readKeyBlocks, sliceRange } from './keyBlocks.js'
import type { KeyRange } from './keyRanges.js'
import type { LakeEffects } from './lakeTables.js'
import type { EngineLimits } from './memoryBudget.js'
import { textAfterPrefix } from './prefixRange.js'
import type { Receipt } from './receipts.js'
import type { Report } from './report.js'
import { FOLDERS, OBJECTS } from './tables.js'
import { loadVouched, selectVouched, type Tables } from './vouched.js'

/** Two snapshots, and the question to them. */
export interface Comparison {
  readonly base: Receipt
  readonly newer: Receipt
  /** What keys start with: only these are compared. Empty for all. */
  readonly prefix: string
  /** A model over `base_objects` and `newer_objects`, the current objects of both, which can be answered key by key. */
  readonly question: Report
  /** Columns of the model that are the same in every row, as SQL: they are added where they are read. */
  readonly constants?: Readonly<Record<string, string>>
  /** Whether keys with the same content, date and class on both sides give no row. */
  readonly isOfChanges: boolean
}

export interface CompareEffects extends LakeEffects {
  readonly limits: EngineLimits
}

/** The answer to a comparison, while it can be asked. */
export interface Compared {
  /** A SELECT of the model's rows, in no order; the constants come first. */
  readonly select: string
  /** What was read: all keys, or those near changed folders. */
  readonly method: 'all' | 'folders'
}

/**
 * Compares the current objects of two snapshots, range by range, and keeps the answer in the engine's temporary folder for
 * as long as `act` takes. Where the folders' fingerprints tell that little changed, only the ranges around it are read.
 * @throws {NotFoundError} for a snapshot that has been removed
 */
export async function withComparison<T>(
  comparison: Comparison,
  effects: CompareEffects,
  act: (compared: Compared) => Promise<T>,
): Promise<T> {
  const { question, constants = {} } = comparison
  const { engine } = effects
  const { files, slices, method } = await planComparison(comparison, effects)
  const folder = await mkdtemp(join(engine.tempFolder, 'compared-'))
  const names = Object.keys(constants).map(quoteIdentifier)
  const columns = names.length > 0 ? `* exclude (${names.join(', ')})` : '*'
  const paths: string[] = []
  const answer = async (slice: KeyRange, files: Files): Promise<void> => {
    const { sql, params } = selectSlice(slice, files, question)
    const path = join(folder, `${paths.length}.parquet`)
    await engine.run(`copy (select ${columns} from (${sql})) to ${quoteString(path)} (${ANSWER_FORMAT})`, params)
    paths.push(path)
  }
  try {
    await runSlices(slices, files.blocks, slice => answer(slice, files))
    if (paths.length === 0) await answer({}, { ...files, blocks: [] }) // for the columns
    const added = Object.entries(constants).map(([name, value]) => `${value} as ${quoteIdentifier(name)}, `)
    return await act({ select: `select ${added.join('')}* from read_parquet(${quotePaths(paths)})`, method })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Quick to write, and read once: keys and ETags repeat too little for dictionaries. */
const ANSWER_FORMAT =
  'format parquet, compression lz4, row_group_size 8192, dictionary_size_limit 1, write_bloom_filter false'

/** Runs slice by slice; those that need more memory than there is, and all after them, in halves. */
async function runSlices(
  slices: readonly KeyRange[],
  blocks: readonly KeyBlock[],
  run: (slice: KeyRange) => Promise<void>,
): Promise<void> {
  const left = [...slices]
  for (let slice = left[0]; slice; slice = left[0]) {
    try {
      await run(slice)
      left.shift()
    } catch (error) {
      const halves = halve(slice, blocks)
      if (!(error instanceof OutOfMemoryError) || halves.length < 2) throw error
      left.splice(0, left.length, ...left.flatMap(each => halve(each, blocks)))
    }
  }
}

function halve(slice: KeyRange, blocks: readonly KeyBlock[]): KeyRange[] {
  const inside = blocks.filter(block => mayHoldKeys(block, slice))
  return sliceRange(slice, inside, Math.ceil(inside.reduce((sum, { rows }) => sum + rows, 0) / 2))
}

/** The files of two snapshots, and how keys lie in them. */
interface Files {
  readonly schema: Schema
  readonly base: ReadonlySet<string>
  readonly newer: ReadonlySet<string>
  /** Of both, by path. */
  readonly named: ReadonlyMap<string, NamedFile>
  /** Of both, in the order of their least keys. */
  readonly blocks: readonly KeyBlock[]
}

interface Plan {
  readonly files: Files
  readonly slices: readonly KeyRange[]
  readonly method: Compared['method']
}

async function planComparison(comparison: Comparison, effects: CompareEffects): Promise<Plan> {
  const { prefix, isOfChanges } = comparison
  const { engine, limits } = effects
  const { receipts, tables } = await loadVouched([comparison.base, comparison.newer], [OBJECTS, FOLDERS], effects)
  const [base = comparison.base, newer = comparison.newer] = receipts
  const paths = { base: await listFiles(tables, base, prefix), newer: await listFiles(tables, newer, prefix) }
  const all = [...paths.base, ...paths.newer]
  const sliceRows = Math.floor(limits.engineBytes / ROW_BYTES)
  const range = { from: prefix, to: textAfterPrefix(prefix) }
  const blocks = await readKeyBlocks(all, engine)
  const table = tables.get(OBJECTS.name)
  const schema = table ? currentSchema(table.metadata) : OBJECTS.schema
  const plan = async (slices: readonly KeyRange[], method: Plan['method']): Promise<Plan> => {
    const met = blocks.filter(block => slices.some(slice => mayHoldKeys(block, slice)))
    const named = await readColumnNames([...new Set(met.map(({ path }) => path))], engine)
    return {
      files: { schema, base: new Set(paths.base), newer: new Set(paths.newer), named, blocks: met },
      slices,
      method,
    }
  }
  if (isOfChanges && haveFingerprints([base, newer]) && blocks.length > LEAST_BLOCKS) {
    const folders = {
      base_folders: await selectVouched(tables, FOLDERS, base),
      newer_folders: await selectVouched(tables, FOLDERS, newer),
    }
    const of = (side: ReadonlySet<string>) => blocks.filter(({ path }) => side.has(path))
    const sides = { base: of(new Set(paths.base)), newer: of(new Set(paths.newer)) }
    const changed = await findChangedSlices(range, sides, folders, sliceRows, engine)
    if (changed) return plan(changed, 'folders')
  }
  return plan(sliceRange(range, blocks, sliceRows), 'all')
}

/** What a row of one of the two snapshots takes in a join, bytes. */
const ROW_BYTES = 220

/** Fewer are read as quickly as the folders. */
const LEAST_BLOCKS = 8

const haveFingerprints = (receipts: readonly Receipt[]): boolean =>
  receipts.every(({ fingerprint_method }) => fingerprint_method === FINGERPRINT_METHOD)

/** The files of a snapshot's objects that may hold keys which start with a prefix. */
async function listFiles(tables: Tables, receipt: Receipt, prefix: string): Promise<string[]> {
  const table = tables.get(OBJECTS.name)
  if (!table) return []
  return locateFiles(
    table,
    await planFiles(table, [...ofImport(receipt), { column: 'key', op: 'starts-with', value: prefix }]),
  )
}

function selectSlice(
  range: KeyRange,
  { schema, base, newer, named, blocks }: Files,
  { model, params }: Report,
): { readonly sql: string; readonly params: Params } {
  const paths = [...new Set(blocks.filter(block => mayHoldKeys(block, range)).map(({ path }) => path))]
  const select = (side: ReadonlySet<string>) => {
    const files = paths.filter(path => side.has(path)).map(path => named.get(path) ?? { path, names: new Map() })
    return selectCurrent(range, selectNamedFiles(schema, files))
  }
  const inputs = { base_objects: select(base), newer_objects: select(newer) }
  return { sql: bindInputs(model, inputs), params: pickParams(model, params) }
}
