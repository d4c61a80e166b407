import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { DuckDB } from '../../../../src/engine/duckdb.js'
import { quoteString } from '../../../../src/engine/sqlText.js'
import { ReportRefusedError } from '../../../../src/errors.js'
import { decodeCsvKey } from '../../../../src/inventory/csvKey.js'
import { loadManifest } from '../../../../src/inventory/loadManifest.js'
import { MemoryStore } from '../../../../src/lake/memoryStore.js'
import { NO_REQUESTS } from '../../../../src/snapshot/countingStore.js'
import { readPart } from '../../../../src/snapshot/partitionRows.js'
import { type ReadRows, readSource } from '../../../../src/snapshot/readSource.js'
import { reportAsSource } from '../../../../src/snapshot/reportAsSource.js'
import { claimWorkFolder } from '../../../../src/snapshot/workFolder.js'
import { type FuzzTarget, type OpenTarget, require } from '../fuzzTarget.js'
import { type EnginePlace, withEngine } from '../withEngine.js'

const BUCKET = 'photo-bucket'
const CSV_SCHEMA = 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag'
const PARQUET_SCHEMA = `message s3.inventory { required binary bucket (STRING); required binary key (STRING);
  optional binary version_id (STRING); optional boolean is_latest; optional boolean is_delete_marker; optional int64 size;
  optional int64 last_modified_date (TIMESTAMP(MILLIS,true)); optional binary e_tag (STRING); }`

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

/** A report of one data file, as it is delivered: size, MD5 and checksum agree, as a writer with a mistake would put them. */
async function loadReport(fileFormat: 'CSV' | 'Parquet', bytes: Uint8Array) {
  const reports = new MemoryStore()
  const key = fileFormat === 'CSV' ? 'data/1.csv.gz' : 'data/1.parquet'
  const manifest = Buffer.from(
    JSON.stringify({
      ...{ sourceBucket: BUCKET, destinationBucket: 'arn:aws:s3:::inventory', version: '2016-11-30' },
      ...{ creationTimestamp: '1768870800000', fileFormat },
      fileSchema: fileFormat === 'CSV' ? CSV_SCHEMA : PARQUET_SCHEMA,
      files: [{ key, size: bytes.length, MD5checksum: md5(bytes) }],
    }),
  )
  await reports.put(key, bytes)
  await reports.put('manifest.json', manifest)
  await reports.put('manifest.checksum', Buffer.from(md5(manifest)))
  return { reports, loaded: await loadManifest(reports, 'manifest.json', { sourceBucket: BUCKET }) }
}

/** What an import reads of a data file: the keys that it takes, in any order, and how many rows it leaves out. */
async function readReport(
  place: EnginePlace,
  format: 'CSV' | 'Parquet',
  bytes: Uint8Array,
): Promise<{ keys: string[]; read: ReadRows }> {
  const { reports, loaded } = await loadReport(format, bytes)
  const engine = await place.engine()
  const transport = { mode: 'staged', openHttpfs: async () => false } as const
  const { signal } = new AbortController()
  const source = reportAsSource(
    { connector: 'photos', snapshot: '2026-01-20T01-00-00Z', loaded },
    { reports, transport, requests: () => NO_REQUESTS, signal },
  )
  const work = await claimWorkFolder(join(place.folder, 'work'), 'fuzz', new Date())
  try {
    const limits = { engineBytes: 200_000_000, threads: 1 }
    const read = await readSource(source, limits, { engine, work, progress: () => {} })
    const keys: string[] = []
    for (const part of read.parts) {
      if (part.rows === 0) continue
      const rows = await engine.rows(`select key from ${await readPart(part)}`)
      require(rows.length === part.rows, 'a part has rows of another number')
      keys.push(...rows.map(({ key }) => String(key)))
    }
    return { keys, read }
  } finally {
    await work.remove()
    await rm(engine.tempFolder, { recursive: true, force: true })
  }
}

const target = (
  format: 'CSV' | 'Parquet',
  words: readonly string[],
  open: (place: EnginePlace) => Promise<Pick<OpenTarget, 'seeds' | 'read'>>,
): FuzzTarget => ({
  name: `report-rows-${format.toLowerCase()}`,
  refusals: [ReportRefusedError],
  dictionary: words,
  mostMs: 4000,
  mostBytes: 400e6,
  mostInputBytes: 32_768,
  open: () => withEngine(open),
})

const line = (key: string, size = '1', date = '2026-01-01T00:00:00.000Z'): string =>
  `"${BUCKET}","${key}","v1","true","false","${size}","${date}","d41d8cd98f00b204e9800998ecf8427e"\n`
const CSV = `${line('a/b.jpg')}${line('a+b/%C3%A9%20.jpg', '0')}"${BUCKET}","gone","","false","true","","2026-01-01T00:00:00.000Z",""\n`
const MALFORMED = `${line('a')}${line('100%')}${line('b', '1.5')}${line('c', '1', 'yesterday')}"${BUCKET}","d"\n${line('e')}`

/** A line as every writer of reports puts them: eight values in quotes, with no quote in them. */
const PLAIN_LINE = /^"[^"\n\r]*"(,"[^"\n\r]*"){7}$/

const decoded = (key: string): string | undefined => {
  try {
    return decodeCsvKey(key)
  } catch {
    return undefined
  }
}

/**
 * The data file of a CSV report, packed, or packed here. Of lines that are plain each is a row or told as left out, under the
 * key that it has; of others no more rows come than there are lines.
 */
const csvRows = target(
  'CSV',
  [
    ...['"', '""', '","', '"\n"', '\r\n', '\r', '\n', '\0', '\ufeff', 'é', '😀', '%', '%2', '%00', '%FF', '%0A', '%22'],
    ...['+', "'", '\\"', '""""', '9223372036854775808', '-1', '1e3', 'true', 'TRUE', '2026-02-30T25:00:00.000Z'],
    ...['x'.repeat(1000), `"${BUCKET}","k","v","true","false","1","2026-01-01T00:00:00.000Z","e"`],
  ],
  async place => ({
    seeds: [CSV, MALFORMED, CSV.replaceAll('\n', '\r\n'), CSV.trimEnd(), ''].flatMap(text => [
      Buffer.from(text),
      gzipSync(text),
    ]),
    async read(input) {
      const isPacked = input[0] === 0x1f && input[1] === 0x8b
      const { keys, read } = await readReport(place, 'CSV', isPacked ? input : gzipSync(input))
      const { count, shown } = read.rejected
      require(shown.length <= count, 'more rows are told than were left out')
      require(keys.every(key => key !== '' && key !== 'null'), 'a row has no key')
      if (isPacked) return
      const lines = Buffer.from(input)
        .toString()
        .split(/\r\n|[\r\n]/)
        .filter(each => each !== '')
      require(keys.length <= lines.length, 'there are rows of no line')
      if (!lines.every(each => PLAIN_LINE.test(each))) return
      require(keys.length + count ===
        lines.length, `of ${lines.length} lines ${keys.length} are rows, ${count} left out`)
      const there = new Set(lines.map(each => decoded(each.split('","')[1] ?? '')))
      require(keys.every(key => there.has(key)), 'a key is in no line')
    },
  }),
)

/** The data file of a Parquet report: each of the rows that its end tells of is a row or left out. */
const parquetRows = target(
  'Parquet',
  ['PAR1', '\x15\x00', '\x19\x4c', '\xff\xff\xff\x7f', '\0', 'key', 'size', BUCKET],
  async place => {
    const engine = await place.engine()
    const select = `select '${BUCKET}' as bucket, 'a/' || range as key, 'v' as version_id, true as is_latest, false as is_delete_marker,
    range as size, timestamp '2026-01-20 10:00:00' as last_modified_date, 'e' as e_tag from range(20)`
    const seeds: Uint8Array[] = []
    const path = join(place.folder, 'rows.parquet')
    for (const options of ['compression uncompressed', 'compression snappy, parquet_version v2', 'compression zstd']) {
      await engine.run(`copy (${select}) to ${quoteString(path)} (format parquet, ${options})`)
      seeds.push(await readFile(path))
    }
    return {
      seeds,
      async read(input) {
        const { keys, read } = await readReport(place, 'Parquet', input)
        require(read.rejected.shown.length <= read.rejected.count, 'more rows are told than were left out')
        require(keys.every(key => key !== ''), 'a row has no key')
        await writeFile(path, input)
        const rows = await countRows(await place.engine(), path)
        const left = read.rejected.count
        require(rows === undefined ||
          keys.length + left === rows, `of ${rows} rows ${keys.length} are taken, ${left} left out`)
      },
    }
  },
)

/** The rows of all row groups, as the file's end tells them; of a file whose figures can't be read there is no number. */
async function countRows(engine: DuckDB, path: string): Promise<number | undefined> {
  const groups = `select distinct row_group_id, row_group_num_rows as n from parquet_metadata(${quoteString(path)})`
  const [told] = await engine.rows(`select coalesce(sum(n), 0) as rows from (${groups})`).catch(() => [])
  return told && Number(told.rows)
}

export const REPORT_ROWS_TARGETS: readonly FuzzTarget[] = [csvRows, parquetRows]
