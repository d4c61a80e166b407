import { DuckDBInstance } from '@duckdb/node-api'
import { quotePath, quoteString } from '../src/engine/sqlText.js'
import { printMeasured } from './measured.js'

// Plain DuckDB, with all the memory that it likes: the segment's lines, as nested as they are, into one Parquet file; nothing
// judged, unnested, sorted or parted.
// node plainStreamOnce.js SEGMENT INTO
const startedAt = performance.now()
const [segment = '', into = ''] = process.argv.slice(2)

const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect()
await connection.run(
  `copy (from read_ndjson(${quotePath(segment)})) to ${quoteString(into)} (format parquet, compression zstd)`,
)
printMeasured(startedAt, {})
