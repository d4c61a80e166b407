import { printMeasured } from './measured.js'
import { openPlainDuckDB } from './plainDuckDB.js'

// The same files decoded, sorted and written by plain DuckDB, with all the memory it wants: node plainOnce.js OUT FILE…
// No checks of MD5 or gzip, no rejected rows, no folders, no tables.
const [out = '', ...files] = process.argv.slice(2)
const startedAt = performance.now()
const connection = await openPlainDuckDB()
const columns = [
  "bucket: 'VARCHAR', key: 'VARCHAR', version_id: 'VARCHAR', is_latest: 'BOOLEAN', is_delete_marker: 'BOOLEAN'",
  "size: 'BIGINT', last_modified_date: 'TIMESTAMP', e_tag: 'VARCHAR', storage_class: 'VARCHAR'",
  "is_multipart_uploaded: 'BOOLEAN', replication_status: 'VARCHAR', encryption_status: 'VARCHAR'",
]
await connection.run(`copy (
  select * replace (url_decode(replace(key, '+', ' ')) as key)
  from read_csv([${files.map(file => `'${file}'`).join(', ')}], header=false, auto_detect=false, delim=',', quote='"',
    escape='"', nullstr='', strict_mode=true, columns={${columns.join(', ')}})
  order by key
) to '${out}' (format parquet, compression zstd, file_size_bytes '100MB')`)
printMeasured(startedAt, {})
