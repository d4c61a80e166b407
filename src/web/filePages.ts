import type { FileInfo } from '../api/collections.js'
import { compareCodePoints } from '../codePoints.js'
import { countFiles, type FileCounts } from '../collections/countFiles.js'
import { type NamedFile, readColumnNames, selectNamedFiles } from '../engine/namedScan.js'
import { quoteString } from '../engine/sqlText.js'
import { currentSchema } from '../iceberg/metadata.js'
import { filterFiles } from '../iceberg/plan.js'
import type { Schema } from '../iceberg/schema.js'
import type { Collection } from '../lake/lakeCollections.js'
import { locateFiles } from '../snapshot/dataFiles.js'
import { type FolderSelect, keysOf, planSources, selectFileInfo } from '../snapshot/fileInfoRows.js'
import { fileInfoSources } from '../snapshot/folderSources.js'
import { type KeyBlock, mayHoldKeys, readKeyBlocks } from '../snapshot/keyBlocks.js'
import { type KeyRange, rangeCondition } from '../snapshot/keyRanges.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import { textAfterPrefix } from '../snapshot/prefixRange.js'
import type { Receipt } from '../snapshot/receipts.js'
import { OBJECTS } from '../snapshot/tables.js'
import { loadVouched } from '../snapshot/vouched.js'
import type { Answer } from './answer.js'

/** Where the files of a collection are read from: to be made once for each state of the lake. */
export interface FilePlan {
  /** `undefined` where nothing has looked at the folder yet. */
  readonly counts: FileCounts | undefined
  readonly folder: string
  readonly schema: Schema
  readonly sources: readonly FileSource[]
  /** Of all sources, in the order of their least keys. */
  readonly blocks: readonly KeyBlock[]
}

interface FileSource {
  readonly receipt: Receipt
  readonly except: readonly string[]
  readonly files: readonly NamedFile[]
}

/** Which files of it are wanted. */
export interface FileQuestion {
  /** Only keys that come after this one. */
  readonly after?: string
  /** Keys that have this text, in any case. */
  readonly search?: string
}

/** A row of `file_info`, without the collection. */
export type FileRow = Answer<FileInfo>

/** Opens no file of objects but for its footer. */
export async function planFilePages(
  collection: Collection,
  receipts: readonly Receipt[],
  effects: LakeEffects,
): Promise<FilePlan> {
  const { folder } = collection
  const [counts] = await countFiles([collection], receipts, effects)
  const wanted = fileInfoSources(collection, receipts)
  const used = wanted.map(({ receipt }) => receipt)
  const { receipts: now, tables } = await loadVouched(used, [OBJECTS], effects)
  const objects = tables.get(OBJECTS.name)
  const schema = objects ? currentSchema(objects.metadata) : OBJECTS.schema
  if (!objects) return { counts, folder, schema, sources: [], blocks: [] }
  const sources = wanted.map(({ except }, i) => ({ receipt: now[i] ?? (used[i] as Receipt), except }))
  const planned = await planSources(objects, sources)
  const paths = sources.map(({ receipt }) => {
    const files = planned.get(receipt.import_id) ?? []
    return locateFiles(objects, filterFiles(objects, files, [{ column: 'key', op: 'starts-with', value: folder }]))
  })
  const named = await readColumnNames(paths.flat(), effects.engine)
  const blocks = await readKeyBlocks(paths.flat(), effects.engine)
  const withFiles = sources.map((source, i) => ({
    ...source,
    files: (paths[i] ?? []).flatMap(path => named.get(path) ?? []),
  }))
  return { counts, folder, schema, sources: withFiles, blocks }
}

/** So many files, by key. */
export async function readFiles(
  plan: FilePlan,
  question: FileQuestion,
  count: number,
  { engine }: Pick<LakeEffects, 'engine'>,
): Promise<FileRow[]> {
  const rows: FileRow[] = []
  for (const range of sliceKeys(plan, question)) {
    const select = selectSlice(plan, question, range)
    rows.push(...((await engine.rows(`${select} limit ${count - rows.length}`)) as unknown as FileRow[]))
    if (rows.length >= count) break
  }
  return rows
}

/** All of them, by key, as they come. */
export async function* listFiles(
  plan: FilePlan,
  question: FileQuestion,
  { engine }: Pick<LakeEffects, 'engine'>,
): AsyncGenerator<FileRow> {
  for (const range of sliceKeys(plan, question)) {
    const { rows } = await engine.query(selectSlice(plan, question, range))
    for await (const row of rows) yield row as unknown as FileRow
  }
}

/** What a person can run over the lake's views to get the same. */
export function formatFiles({ collection }: Collection, { search }: FileQuestion): string {
  const found = search === undefined ? '' : `\n    and ${hasText(search)}`
  return `select ${COLUMNS.join(', ')}\nfrom file_info\nwhere collection = ${quoteString(collection)}${found}\norder by key\n`
}

const COLUMNS = ['key', 'size', 'last_modified', 'etag', 'storage_class', 'checksum_algorithm', 'source', 'updated_at']

const hasText = (search: string): string => `contains(lower(key), lower(${quoteString(search)}))`

/** The most blocks that are read at once: some two million rows, of which few are held. */
const MOST_BLOCKS = 32

/**
 * Ranges of keys, in order, of a block first and then of more and more: who wants a hundred files gets them from one, and a
 * search for what is rare is done soon.
 */
function* sliceKeys({ folder, blocks }: FilePlan, { after }: FileQuestion): Generator<KeyRange> {
  const end = textAfterPrefix(folder)
  const start = after !== undefined && compareCodePoints(after, folder) > 0 ? after : folder
  const whole: KeyRange = { from: start, ...(end !== undefined && { to: end }) }
  const held = blocks.filter(block => mayHoldKeys(block, whole))
  let from = start
  for (let first = 0, width = 1; first < held.length; first += width, width = Math.min(width * 2, MOST_BLOCKS)) {
    const next = held[first + width]?.least
    if (next === undefined) yield { ...whole, from }
    else if (compareCodePoints(next, from) > 0) {
      yield { from, to: next }
      from = next
    }
  }
}

function selectSlice(plan: FilePlan, { after, search }: FileQuestion, range: KeyRange): string {
  const conditions = [
    rangeCondition(range),
    ...(after === undefined ? [] : [`key > ${quoteString(after)}`]),
    ...(search === undefined ? [] : [hasText(search)]),
  ].join(' and ')
  const held = new Set(plan.blocks.filter(block => mayHoldKeys(block, range)).map(({ path }) => path))
  const selects = plan.sources.map(({ receipt, except, files }): FolderSelect => {
    const scan = selectNamedFiles(
      plan.schema,
      files.filter(({ path }) => held.has(path)),
    )
    return { receipt, select: `select * from (${scan}) where ${keysOf(plan.folder, except)} and ${conditions}` }
  })
  return `select * from (${selectFileInfo(selects)}) order by key`
}
