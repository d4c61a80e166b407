import { quotePaths, quoteString, quoteTimestamp, toPattern } from '../engine/sqlText.js'
import { duckdbType } from '../engine/tableScan.js'
import type { Type } from '../iceberg/schema.js'
import { AUDIT_COLUMNS, AUDIT_FOLDER } from '../lake/audit.js'
import { listAuditFiles } from '../lake/auditDays.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { bindInputs, loadModel } from '../models/model.js'

/**
 * A SELECT of all that was ever done in a lake, as it is now. It reads the files that a listing found, and no others.
 * @param asOf what was done later is left out
 */
export async function selectAudit(store: ObjectStore, asOf?: Date): Promise<string> {
  const paths: string[] = []
  for await (const { key } of listAuditFiles(store)) paths.push(store.locate(key))
  const records = paths.length === 0 ? selectNone() : selectRecords(quotePaths(paths))
  return selectOnce(asOf ? `select * from (${records}) where happened_at <= ${quoteTimestamp(asOf)}` : records)
}

/**
 * A SELECT of what is done in a lake by the time it runs, by DuckDB's own listing; there must be a record.
 * @param place where the lake is, as DuckDB finds it
 */
export const selectAuditIn = (place: string): string =>
  selectOnce(selectRecords(quoteString(`${toPattern(place)}/${AUDIT_FOLDER}/**/*json`)))

/** Each record once: it may be in two files. */
const selectOnce = (records: string): string =>
  bindInputs(loadModel('views/audit', 'duckdb'), { audit_records: records })

function selectNone(): string {
  const nulls = AUDIT_COLUMNS.map(({ name, type }) => `cast(null as ${duckdbType(type)}) as ${name}`)
  return `select ${nulls.join(', ')} where false`
}

function selectRecords(paths: string): string {
  const columns = AUDIT_COLUMNS.map(({ name, type }) => `${name}: ${quoteString(storedType(name, type))}`)
  return `select * replace (cast(detail as varchar) as detail)
    from read_json(${paths}, format='newline_delimited', columns={${columns.join(', ')}})`
}

/** The detail is an object in a record, and its text in the view. */
const storedType = (name: string, type: Type): string => (name === 'detail' ? 'JSON' : duckdbType(type))
