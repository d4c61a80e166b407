import { printMeasured } from './measured.js'
import { openPlainDuckDB } from './plainDuckDB.js'

// The same comparison as one full join by plain DuckDB, with all the memory it wants: node plainDeltaOnce.js BASE_GLOB NEWER_GLOB
const [base = '', newer = ''] = process.argv.slice(2)
const connection = await openPlainDuckDB({ preserve_insertion_order: 'false' })
const startedAt = performance.now()
const columns = ['size', 'e_tag', 'last_modified_date', 'storage_class']
const select = (glob: string) =>
  `select key, ${columns.join(', ')} from read_parquet('${glob}', hive_partitioning=false) where is_latest and not is_delete_marker`
await connection.run(`create temp table compared as
  select coalesce(newer.key, base.key) as key,
    case when base.key is null then 'new' when newer.key is null then 'deleted'
      when newer.e_tag <> base.e_tag or newer.size <> base.size then 'modified' else 'touched' end as change,
    ${columns.map(name => `base.${name} as ${name}_before, newer.${name} as ${name}_after`).join(', ')}
  from (${select(newer)}) as newer full join (${select(base)}) as base on newer.key = base.key
  where base.key is null or newer.key is null or newer.e_tag <> base.e_tag or newer.size <> base.size
    or newer.last_modified_date <> base.last_modified_date or newer.storage_class <> base.storage_class`)
const [[n] = []] = (await connection.runAndReadAll('select count(*) from compared')).getRows()
printMeasured(startedAt, {}, { changes: Number(n) })
