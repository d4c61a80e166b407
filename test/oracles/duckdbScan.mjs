// Reads an Iceberg table with DuckDB's own extension. A process of its own: DuckDB aborts on some manifests.
// usage: node duckdbScan.mjs AVRO_EXTENSION ICEBERG_EXTENSION METADATA_FILE WHERE
// Prints {"columns": [[name, type], …], "rows": […], "files": N} with N the "Total Files Read" of the plan.
import { DuckDBInstance } from '@duckdb/node-api'

const [avro, iceberg, metadata, where] = process.argv.slice(2)
const quote = text => `'${text.replaceAll("'", "''")}'`
const connection = await (await DuckDBInstance.create(':memory:')).connect()
for (const path of [avro, iceberg]) await connection.run(`load ${quote(path)}`)
await connection.run(`set timezone = 'UTC'`)
const query = `select * from iceberg_scan(${quote(metadata)}) where ${where}`
const result = await connection.runAndReadAll(query)
const rows = result.getRowObjectsJson()
const columns = result.columnNames().map((name, i) => [name, String(result.columnType(i))])
const plan = (await connection.runAndReadAll(`explain analyze ${query}`)).getRowObjectsJson()
const files = /Total Files Read:\s*(\d+)/.exec(JSON.stringify(plan))?.[1]
process.stdout.write(JSON.stringify({ columns, rows, files: Number(files ?? 0) }))
