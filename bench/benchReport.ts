import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openPlainDuckDB } from './plainDuckDB.js'

/** The made-up bucket: photos, logs, market data and sports, 27 objects a folder, keys in no order. */
export const BENCH_BUCKET = 'bench-bucket'
export const BENCH_REPORT = '2026-01-20T01-00Z'

const COLUMNS =
  'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass, IsMultipartUploaded, ReplicationStatus, EncryptionStatus'

/** The same bucket at another time: of the changed objects eight tenths are modified, a tenth deleted, a tenth new. */
export interface BenchVariant {
  /** When it is reported, as a dated folder. */
  readonly snapshot: string
  /** Which objects changed: an SQL condition on `i`, the number of an object, and `key`. */
  readonly changed: string
  /** Objects that lie in one folder: 27 unless given. A report of another number needs a cache of its own. */
  readonly objectsAFolder?: number
  /** Keys in order, and all in one file; in no order unless given. */
  readonly isInOrder?: boolean
}

/** Unless a variant has another number. */
export const USUAL_FOLDER_OBJECTS = 27

/**
 * Makes a CSV report of so many objects, a million a file unless they are in order, unless the folder has it.
 * @returns the folder, which stands for the bucket that reports are delivered to, and its data files
 */
export async function makeBenchReport(
  rows: number,
  cache: string,
  variant: BenchVariant = { snapshot: BENCH_REPORT, changed: 'false' },
): Promise<{ folder: string; dataFiles: string[] }> {
  const { snapshot, isInOrder = false } = variant
  const name = [`report-${rows}`, ...(snapshot === BENCH_REPORT ? [] : [snapshot]), ...(isInOrder ? ['in-order'] : [])]
  const folder = join(cache, name.join('-'))
  const fileCount = isInOrder ? 1 : Math.max(1, Math.round(rows / 1_000_000))
  const keys = Array.from({ length: fileCount }, (_, i) => `inventory/${BENCH_BUCKET}/daily/data/${i}.csv.gz`)
  if (!existsSync(folder)) {
    const making = `${folder}.making`
    await rm(making, { recursive: true, force: true })
    await mkdir(join(making, `inventory/${BENCH_BUCKET}/daily/data`), { recursive: true })
    const paths = keys.map(key => join(making, key))
    await writeDataFiles(rows, paths, variant)
    await writeManifest(making, keys, snapshot)
    await rename(making, folder)
  }
  return { folder, dataFiles: keys.map(key => join(folder, key)) }
}

/** A SELECT of objects by their numbers, `i` of a relation `numbers`; without the path's escapes. */
export const selectBenchKeys = (numbers: string, objectsAFolder = USUAL_FOLDER_OBJECTS): string => `
  select i, folder, h, case folder % 4
    when 0 then 'photos/' || (2010 + folder % 16) || '/Shoot ' || lpad(folder::varchar, 6, '0') || '/IMG_' || lpad(i::varchar, 8, '0') || '.CR3'
    when 1 then 'logs/app/dt=2026-' || lpad((1 + folder % 12)::varchar, 2, '0') || '/' || folder || '/part-' || i || '.json.gz'
    when 2 then 'market/trades/product_id=BTC-' || (folder % 97) || '/date=2025-' || lpad((1 + folder % 12)::varchar, 2, '0') || '/' || folder || '/part_' || i || '.parquet'
    else 'sports/pbp/' || (2000 + folder % 26) || '/' || folder || '/game_' || i || '.json'
  end as key
  from (select i, i // ${objectsAFolder} as folder, hash(i) as h from (${numbers}))`

async function writeDataFiles(
  rows: number,
  paths: readonly string[],
  { changed, objectsAFolder, isInOrder = false }: BenchVariant,
): Promise<void> {
  const connection = await openPlainDuckDB({ preserve_insertion_order: String(isInOrder) })
  for (const [file, path] of paths.entries()) {
    const [first, last] = [file, file + 1].map(n => Math.floor((n * rows) / paths.length))
    const numbers = `select (range * 7919) % ${rows} as i from range(${first}, ${last})`
    await connection.run(`copy (
      with
      objects as (select *, (${changed}) as is_changed, h // 16 % 10 as fate from (${selectBenchKeys(numbers, objectsAFolder)})),
      kept as (
        select * from objects where not (is_changed and fate = 0)
        union all by name
        select * replace (key || '.new' as key) from objects where is_changed and fate = 1
      )
      select '${BENCH_BUCKET}' as bucket,
        replace(replace(key, ' ', '+'), '=', '%3D') as key,
        '' as version_id, 'true' as is_latest, 'false' as is_delete_marker,
        (h % 10000000 + case when is_changed and fate > 1 then 1 else 0 end)::varchar as size,
        strftime(timestamp '2020-01-01' + interval 1 second * (h % 190000000)::int, '%Y-%m-%dT%H:%M:%S.000Z') as last_modified,
        md5(i::varchar || case when is_changed and fate > 1 then '*' else '' end) as e_tag,
        case when h % 10 < 8 then 'STANDARD' else 'GLACIER_IR' end as storage_class,
        'false' as is_multipart_uploaded, '' as replication_status, 'SSE-S3' as encryption_status
      from kept${isInOrder ? ' order by kept.key' : ''}
    ) to '${path}' (format csv, header false, force_quote *, compression gzip)`)
  }
  connection.closeSync()
}

async function writeManifest(folder: string, keys: readonly string[], snapshot: string): Promise<void> {
  const files = []
  for (const key of keys) {
    const hash = createHash('md5')
    for await (const chunk of createReadStream(join(folder, key))) hash.update(chunk)
    files.push({ key, size: (await stat(join(folder, key))).size, MD5checksum: hash.digest('hex') })
  }
  const manifest = JSON.stringify({
    sourceBucket: BENCH_BUCKET,
    destinationBucket: 'arn:aws:s3:::bench-inventory',
    version: '2016-11-30',
    creationTimestamp: String(Date.parse(snapshot.replace(/-(\d\dZ)$/, ':$1'))),
    fileFormat: 'CSV',
    fileSchema: COLUMNS,
    files,
  })
  const dated = join(folder, `inventory/${BENCH_BUCKET}/daily/${snapshot}`)
  await mkdir(dated, { recursive: true })
  await writeFile(join(dated, 'manifest.json'), manifest)
  await writeFile(join(dated, 'manifest.checksum'), `${createHash('md5').update(manifest).digest('hex')}\n`)
}
