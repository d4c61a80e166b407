import type { Engine, Params } from '../engine/engine.js'
import { type ParquetFacts, writeParquetFile } from '../engine/parquetFile.js'
import { INVENTORY_FIELDS, type InventoryField } from '../inventory/fields.js'
import { bindInputs, loadModel, pickParams } from '../models/model.js'
import { type Part, readPart } from './partitionRows.js'
import { selectReport } from './reportTable.js'
import { OBJECTS } from './tables.js'

/** Readers must unpack a whole row group; the writer holds one for each thread. */
const ROW_GROUP_ROWS = 61_440

/** Columns of `objects` that are the same in every row, and the parameters that give them. */
const CONSTANTS = [
  ['connector', 'connector'],
  ['snapshot', 'snapshot'],
  ['import_id', 'import_id'],
  ['bucket', 'source_bucket'],
] as const

/**
 * Writes a part as a file of the table `objects`, sorted by key.
 * @param fields what the part has
 * @param params of the model `objects`
 */
export async function sortObjects(
  part: Part,
  fields: readonly InventoryField[],
  params: Params,
  path: string,
  engine: Engine,
): Promise<ParquetFacts> {
  const model = loadModel('objects', 'duckdb')
  // Sorted before the model adds its constants: a sort holds 16 bytes for each of them in each row.
  const sorted = `(select * from ${await readPart(part)} order by key)`
  return writeParquetFile(engine, {
    select: bindInputs(model, { report: selectReport(fields, sorted) }),
    params: pickParams(model, params),
    path,
    schema: OBJECTS.schema,
    constants: Object.fromEntries(CONSTANTS.map(([column, param]) => [column, String(params[param])])),
    absent: absentColumns(fields),
    rowGroupRows: ROW_GROUP_ROWS,
  })
}

/** What the report doesn't have; the two that say which version is current the model makes up. */
function absentColumns(fields: readonly InventoryField[]): Set<string> {
  const present = new Set(['bucket', 'is_latest', 'is_delete_marker', ...fields.map(({ column }) => column)])
  return new Set(INVENTORY_FIELDS.map(({ column }) => column).filter(column => !present.has(column)))
}
