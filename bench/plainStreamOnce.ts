import { quotePath, quoteString } from '../src/engine/sqlText.js'
import { printMeasured } from './measured.js'
import { openPlainDuckDB } from './plainDuckDB.js'

// Plain DuckDB, with all the memory that it likes: the segment's lines, as nested as they are, into one Parquet file; nothing
// judged, unnested, sorted or parted.
// node plainStreamOnce.js SEGMENT INTO
const startedAt = performance.now()
const [segment = '', into = ''] = process.argv.slice(2)

const connection = await openPlainDuckDB()
await connection.run(
  `copy (from read_ndjson(${quotePath(segment)})) to ${quoteString(into)} (format parquet, compression zstd)`,
)
printMeasured(startedAt, {})
