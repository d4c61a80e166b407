import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import type { Engine } from '../../src/engine/engine.js'
import { duckdbType, selectFiles } from '../../src/engine/tableScan.js'
import type { Schema } from '../../src/iceberg/schema.js'
import { INVENTORY_FIELDS, type InventoryField } from '../../src/inventory/fields.js'
import { useModelDialect } from '../../src/models/duckdbDialect.js'
import { bindInputs, loadModel } from '../../src/models/model.js'
import { replaceParams } from '../../src/models/sqlParams.js'
import { packageFolder } from '../../src/packageFolder.js'
import {
  COMPANIONS,
  DATASET_GAPS,
  EXPECTED_PARTITIONS,
  JUDGED,
  RULES,
  VANISHED_PARTITIONS,
} from '../../src/reconcile/relations.js'
import type { StagedColumns } from '../../src/reconcile/stagedRows.js'
import { CHANGES, COLLECTIONS, FOLDERS, GAPS, METRICS, OBJECTS, SNAPSHOTS, TASKS } from '../../src/snapshot/tables.js'

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

/** Makes an engine read a model of that name as the product's does: what people ask for without the macros of imports. */
export const useDialectOf = (model: string, engine: Engine): Promise<void> =>
  engine.set('search_path', /^(reports|views|sales|streams)\//.test(model) ? 'main' : 'trino,main')

/** A SELECT of no rows with the columns of an input of a model, by its name: a table, a view, or what another model gives. */
export function selectNoRows(input: string): string {
  const schema = SCHEMAS[input]
  if (schema) return selectFiles(schema, [])
  const columns = RELATIONS[input]
  if (columns) return `select ${Object.entries(columns).map(typedNull).join(', ')} where false`
  const name = ['', 'views/', 'reports/', 'reconcile/', 'shared/'].map(folder => folder + input).find(hasModel)
  if (name === undefined) throw new Error(`no columns are known of the input ${input}`)
  const { inputs, params, sql } = loadModel(name, 'duckdb')
  const types = new Map(params.map(param => [param.name, param.type]))
  const bound = replaceParams(sql, param => `cast(null as ${types.get(param)})`)
  return bindInputs({ sql: bound }, Object.fromEntries(inputs.map(each => [each, selectNoRows(each)])))
}

const typedNull = ([name, type]: [string, string]): string => `cast(null as ${type}) as ${name}`

const hasModel = (name: string): boolean => existsSync(join(packageFolder(), 'sql', `${name}.sql`))

/** Rows of a report have the columns of `objects` but those of the import; the bucket is the same in all. */
const REPORT: Schema = { ...OBJECTS.schema, fields: OBJECTS.schema.fields.slice(5) }

/** Columns of the fields of a report, with the file that a row is in. */
function fieldColumns(typeOf: (field: InventoryField) => string, others: StagedColumns = {}): StagedColumns {
  const fields = INVENTORY_FIELDS.map(field => [field.column, typeOf(field)] as const)
  return { file: 'VARCHAR', ...others, ...Object.fromEntries(fields) } as StagedColumns
}

const SCHEMAS: Readonly<Record<string, Schema>> = {
  report: REPORT,
  objects: OBJECTS.schema,
  newer_objects: OBJECTS.schema,
  base_objects: OBJECTS.schema,
  current_objects: OBJECTS.schema,
  base_folders: FOLDERS.schema,
  newer_folders: FOLDERS.schema,
  later_folders: FOLDERS.schema,
  folders: FOLDERS.schema,
  changes: CHANGES.schema,
  snapshots: SNAPSHOTS.schema,
  objects_v1: OBJECTS.schema,
  folders_v1: FOLDERS.schema,
  changes_v1: CHANGES.schema,
  snapshots_v1: SNAPSHOTS.schema,
  gaps_v1: GAPS.schema,
  tasks_v1: TASKS.schema,
  open_gaps: GAPS.schema,
  ended_tasks: TASKS.schema,
  told_tasks: TASKS.schema,
  metrics_v1: METRICS.schema,
  collections_v1: COLLECTIONS.schema,
}

const RELATIONS: Readonly<Record<string, StagedColumns>> = {
  csv_lines: fieldColumns(() => 'VARCHAR', { is_short: 'BOOLEAN', is_long: 'BOOLEAN' }),
  column_values: fieldColumns(({ type }) => duckdbType(type)),
  report_rows: fieldColumns(({ type }) => duckdbType(type), { raw_key: 'VARCHAR', fault: 'VARCHAR' }),
  expected_partitions: EXPECTED_PARTITIONS,
  early_partitions: { partition: 'VARCHAR' },
  judged: JUDGED,
  companions: COMPANIONS,
  rules: RULES,
  dataset_gaps: DATASET_GAPS,
  vanished_partitions: VANISHED_PARTITIONS,
  market_trades: {
    received_at: 'TIMESTAMP',
    connection: 'VARCHAR',
    sequence: 'BIGINT',
    segment: 'VARCHAR',
    line: 'BIGINT',
    item: 'INTEGER',
    product_id: 'VARCHAR',
    date: 'DATE',
    trade_id: 'VARCHAR',
    price: 'DECIMAL(38, 18)',
    size: 'DECIMAL(38, 18)',
    side: 'VARCHAR',
    time: 'TIMESTAMP',
    type: 'VARCHAR',
    extra: 'VARCHAR',
  },
  sales_history: {
    product_id: 'VARCHAR',
    tenant_id: 'VARCHAR',
    category: 'VARCHAR',
    brand: 'VARCHAR',
    condition: 'VARCHAR',
    sold_price: 'DECIMAL(10,2)',
    sold_date: 'TIMESTAMP',
    season: 'VARCHAR',
    image_s3_key: 'VARCHAR',
    embedding: 'DOUBLE[]',
    description: 'VARCHAR',
    source: 'VARCHAR',
    year: 'INTEGER',
    month: 'INTEGER',
  },
}
