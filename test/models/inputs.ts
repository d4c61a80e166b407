import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import { selectFiles } from '../../src/engine/tableScan.js'
import type { Schema } from '../../src/iceberg/schema.js'
import { useModelDialect } from '../../src/models/duckdbDialect.js'
import { bindInputs, loadModel } from '../../src/models/model.js'
import { CHANGES, FOLDERS, OBJECTS } from '../../src/snapshot/tables.js'

/** A DuckDB that reads models as they are written. */
export async function openModelEngine(): Promise<DuckDB> {
  const engine = await openDuckDB({
    memoryBytes: 150_000_000,
    threads: 2,
    tempFolder: join(tmpdir(), 'stocktake-models'),
  })
  await useModelDialect(engine)
  return engine
}

/** A SELECT of no rows with the columns of an input of a model, by its name. */
export function selectNoRows(input: string): string {
  if (input === 'direct_folders')
    return bindInputs(loadModel('direct_folders', 'duckdb'), { objects: selectNoRows('objects') })
  const schema = SCHEMAS[input]
  if (!schema) throw new Error(`no columns are known of the input ${input}`)
  return selectFiles(schema, [])
}

/** Rows of a report have the columns of `objects` but those of the import; the bucket is the same in all. */
const REPORT: Schema = { ...OBJECTS.schema, fields: OBJECTS.schema.fields.slice(5) }

const SCHEMAS: Readonly<Record<string, Schema>> = {
  report: REPORT,
  objects: OBJECTS.schema,
  newer_objects: OBJECTS.schema,
  base_objects: OBJECTS.schema,
  current_objects: OBJECTS.schema,
  base_folders: FOLDERS.schema,
  folders: FOLDERS.schema,
  changes: CHANGES.schema,
}
