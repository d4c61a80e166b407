import { join } from 'node:path'
import type { Engine, Params, Row } from '../engine/engine.js'
import { writeParquetFile } from '../engine/parquetFile.js'
import { quoteStrings } from '../engine/sqlText.js'
import { selectFiles } from '../engine/tableScan.js'
import { bindInputs, loadModel, pickParams } from '../models/model.js'
import { RowsLostError } from './partitionRows.js'
import { FOLDERS } from './tables.js'
import type { MadeFile, MadeRange } from './writeRanges.js'

/** How the model `direct_folders` makes a fingerprint; another way gets another name. */
export const FINGERPRINT_METHOD = 'md5-63-xor:key,size,e_tag,last_modified_ms,storage_class'

/**
 * Adds the roll-ups of the ranges up to the folders of the snapshot, the root among them.
 * @param selectBase a SELECT of the base snapshot's folders; of no rows where there is no base
 */
export async function deriveFolders(
  ranges: readonly MadeRange[],
  params: Params,
  selectBase: string,
  folder: string,
  engine: Engine,
): Promise<MadeFile> {
  const model = loadModel('folders', 'duckdb')
  const parts = ranges.flatMap(({ folders }) => (folders === undefined ? [] : [folders]))
  const path = join(folder, 'folders.parquet')
  const select = bindInputs(model, { direct_folders: selectParts(parts), base_folders: selectBase })
  const facts = await writeParquetFile(engine, {
    select: `${select} order by path`,
    params: pickParams(model, params),
    path,
    schema: FOLDERS.schema,
    rowGroupRows: 61_440,
  })
  return { path, facts }
}

/** The root's row: the counts of the whole snapshot. */
export async function readRoot(folders: MadeFile, engine: Engine): Promise<Row> {
  const [root] = await engine.rows(`select * from (${selectFiles(FOLDERS.schema, [folders.path])}) where path = ''`)
  if (root) return root
  throw new RowsLostError({ subject: folders.path, expected: 'a row for the root', got: 'none' })
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

function selectParts(paths: readonly string[]): string {
  if (paths.length > 0) return `select * from read_parquet(${quoteStrings(paths)}, hive_partitioning=false)`
  const fields = FOLDERS.schema.fields.filter(({ name }) => PART_COLUMNS.includes(name))
  return selectFiles({ 'schema-id': 0, type: 'struct', fields }, [])
}
