import { join } from 'node:path'
import type { Engine, Params, Row } from '../engine/engine.js'
import { type ParquetFacts, writeParquetFile } from '../engine/parquetFile.js'
import { quotePaths, quoteString } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import { bindInputs, loadModel, pickParams } from '../models/model.js'
import { type FolderPart, readFolderParts } from './folderParts.js'
import { RowsLostError } from './partitionRows.js'
import { FOLDERS } from './tables.js'
import type { MadeFile, MadeRange } from './writeRanges.js'

/** How the model `direct_folders` makes a fingerprint; another way gets another name. */
export const FINGERPRINT_METHOD = 'md5-63-xor:key,size,e_tag,last_modified_ms,storage_class'

/**
 * Adds the roll-ups of the ranges up to the folders of the snapshot, the root among them, sorted by path. What is held at
 * once doesn't grow with the folders: they are made in parts, from the last one to the first, and each hands those of its
 * folders that an earlier part has, too, on to the one before it.
 * @param selectBase a SELECT of the base snapshot's folders; of no rows where there is no base
 * @param mostPartBytes what a part may hold, as `readFolderParts` counts it
 * @throws {RowsLostError} if the rows that were written don't ascend by path
 */
export async function deriveFolders(
  ranges: readonly MadeRange[],
  params: Params,
  selectBase: string,
  folder: string,
  engine: Engine,
  mostPartBytes?: number,
): Promise<MadeFile> {
  const files = ranges.flatMap(({ folders }) => (folders === undefined ? [] : [folders]))
  const parts = await readFolderParts(files, engine, mostPartBytes)
  const path = join(folder, 'folders.parquet')
  if (parts.length > 1) return joinParts(await writeParts(parts, params, selectBase, folder, engine), path, engine)
  const { select, params: picked } = rollUpPart(parts[0] ?? NO_OBJECTS, selectBase, undefined, params)
  return { path, facts: await writeFolders(`${select} order by path`, picked, path, engine) }
}

/** The root's row: the counts of the whole snapshot. */
export async function readRoot(folders: MadeFile, engine: Engine): Promise<Row> {
  const [root] = await engine.rows(`select * from (${selectFiles(FOLDERS.schema, [folders.path])}) where path = ''`)
  if (root) return root
  throw new RowsLostError({ subject: folders.path, expected: 'a row for the root', got: 'none' })
}

/** What a snapshot without objects is made of: there is still the root. */
const NO_OBJECTS: FolderPart = { files: [], least: '', greatest: '', before: [] }

/** Writes the folders of each part; those that are in an earlier one, too, are marked, and counted there. */
async function writeParts(
  parts: readonly FolderPart[],
  params: Params,
  selectBase: string,
  folder: string,
  engine: Engine,
): Promise<string[]> {
  const paths: string[] = []
  for (const [i, part] of [...parts.entries()].reverse()) {
    const path = join(folder, `folders-part-${i}.parquet`)
    const { select, params: picked } = rollUpPart(part, selectBase, paths[0], params)
    const isEarlier = part.before.map((_, n) => `starts_with($before_${n}, path)`).join(' or ') || 'false'
    const before = Object.fromEntries(part.before.map((greatest, n) => [`before_${n}`, greatest]))
    await engine.run(
      `copy (select *, not (${isEarlier}) as is_first from (${select}) order by path)
      to ${quoteString(path)} (format parquet, compression lz4, row_group_size 20480)`,
      { ...picked, ...before },
    )
    paths.unshift(path)
  }
  return paths
}

/** The folders of a part, with what later ones hand on. */
function rollUpPart(part: FolderPart, selectBase: string, later: string | undefined, params: Params) {
  const model = loadModel('folders', 'duckdb')
  const none = selectFiles(FOLDERS.schema, [])
  const select = bindInputs(model, {
    direct_folders: selectDirect(part),
    base_folders: `select * from (${selectBase}) where ${mayHold(part)}`,
    later_folders: later === undefined ? none : `select * from ${readParquet([later])} where not is_first`,
  })
  return { select, params: pickParams(model, params) }
}

function selectDirect({ files, least, greatest }: FolderPart): string {
  if (files.length > 0)
    return `select * from ${readParquet(files)} where path >= ${quoteText(least)} and path <= ${quoteText(greatest)}`
  const fields = FOLDERS.schema.fields.filter(({ name }) => PART_COLUMNS.includes(name))
  return selectFiles({ 'schema-id': 0, type: 'struct', fields }, [])
}

/** The columns of the model `direct_folders`. */
const PART_COLUMNS = [
  'path',
  'direct_object_count',
  'direct_size_bytes',
  'noncurrent_object_count',
  'noncurrent_size_bytes',
  'delete_marker_count',
  'last_modified',
  'fingerprint',
]

/**
 * An SQL condition that the folders of a part meet, but for those that earlier parts have: they are above the least of its
 * direct ones, or come after it.
 */
function mayHold({ least, greatest, before }: FolderPart): string {
  const first = foldersAbove(least).find(path => !before.some(earlier => earlier.startsWith(path))) ?? least
  return `path >= ${quoteText(first)} and path <= ${quoteText(greatest)}`
}

/** The root, each folder that a folder lies in, and the folder. */
function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(0, -1)
  return ['', ...names.map((_, i) => `${names.slice(0, i + 1).join('/')}/`)]
}

/** In the text, not a parameter: by those DuckDB would leave out no row groups. A path may have a NUL, which a statement may not. */
const quoteText = (text: string): string => `(${text.split('\0').map(quoteString).join(' || chr(0) || ')})`

/** Writes the parts one after the other: what each finds first comes after all that those before it found. */
async function joinParts(paths: readonly string[], path: string, engine: Engine): Promise<MadeFile> {
  const [before] = await engine.rows("select current_setting('preserve_insertion_order') as value")
  await engine.run('set preserve_insertion_order = true')
  try {
    const facts = await writeFolders(`select * from ${readParquet(paths)} where is_first`, {}, path, engine)
    await requireAscending(path, engine)
    return { path, facts }
  } finally {
    await engine.run(`set preserve_insertion_order = ${before?.value}`)
  }
}

const writeFolders = (select: string, params: Params, path: string, engine: Engine): Promise<ParquetFacts> =>
  writeParquetFile(engine, { select, params, path, schema: FOLDERS.schema, rowGroupRows: 61_440 })

/** Readers go by the order of the rows, which nothing sorted as a whole. */
async function requireAscending(path: string, engine: Engine): Promise<void> {
  const [row] = await engine.rows(
    `select count(*) as rows from (select path, lag(path) over () as before from ${readParquet([path])}) where path <= before`,
  )
  if (row?.rows === 0n) return
  const fix = 'run the import again: it begins anew'
  throw new RowsLostError({ subject: path, expected: 'paths that ascend', got: `${row?.rows} that do not`, fix })
}

const readParquet = (paths: readonly string[]): string => `read_parquet(${quotePaths(paths)}, hive_partitioning=false)`
