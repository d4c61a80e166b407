import { mkdir } from 'node:fs/promises'
import { quotePath, quoteString } from '../src/engine/sqlText.js'
import { printMeasured } from './measured.js'
import { openPlainDuckDB } from './plainDuckDB.js'

// Objects, bytes and the newest time of each folder, by plain DuckDB: node plainRollUpOnce.js PARQUET_GLOB FOLDER
const [glob = '', folder = ''] = process.argv.slice(2)
await mkdir(folder, { recursive: true })
const startedAt = performance.now()
const connection = await openPlainDuckDB({ preserve_insertion_order: 'false' })
const into = `${folder}/folders.parquet`
await connection.run(`copy (
  with direct as (
    select regexp_replace(key, '[^/]*$', '') as path, count(*) as objects, sum(size) as size, max(last_modified_date) as modified
    from read_parquet(${quoteString(glob)}, hive_partitioning = false) group by 1
  ),
  counted as (
    select case when level = 0 then '' else array_to_string(split(path, '/')[1:level], '/') || '/' end as path, objects, size, modified
    from direct, unnest(range(0, len(split(path, '/')))) as levels (level)
  )
  select path, sum(objects) as objects, sum(size) as size, max(modified) as modified from counted group by 1 order by 1
) to ${quoteString(into)} (format parquet, compression zstd)`)
const [[folders] = []] = (await connection.runAndReadAll(`select count(*) from ${quotePath(into)}`)).getRows()
printMeasured(startedAt, {}, { folders: Number(folders) })
