// Runs statements and then a query in a DuckDB with its own Iceberg extension. A process of its own, as for duckdbScan.mjs.
// usage: node duckdbStatements.mjs AVRO_EXTENSION ICEBERG_EXTENSION STATEMENTS QUERY
// Prints the query's rows as JSON.
import { DuckDBInstance } from '@duckdb/node-api'

const [avro, iceberg, statements, query] = process.argv.slice(2)
const connection = await (await DuckDBInstance.create(':memory:')).connect()
for (const path of [avro, iceberg]) await connection.run(`load '${path.replaceAll("'", "''")}'`)
await connection.run(statements)
process.stdout.write(JSON.stringify((await connection.runAndReadAll(query)).getRowObjectsJson()))
