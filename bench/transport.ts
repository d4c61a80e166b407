import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBytes } from '../src/output/quantities.js'
import { BENCH_BUCKET, BENCH_REPORT, makeBenchReport } from './benchReport.js'
import { type Measured, medianOf, medianRatio, peakOf } from './measured.js'
import { openCache } from './place.js'
import { openPlainDuckDB } from './plainDuckDB.js'
import { print, seconds, tableRow } from './printed.js'
import { runScript } from './processes.js'
import { findExtensions, startS3Server } from './s3Server.js'

// npm run bench:transport: one report of a million objects from a folder, and from an S3 server on this machine with each
// transport; in turn, each import in a process of its own. Needs the environment that the tests make. Prints Markdown.
const RUNS = 3
const ROWS = 1_000_000
const WAYS = ['folder', 'staged', 'httpfs'] as const
const cache = await openCache()
const scratch = await mkdtemp(join(cache, 'transport-'))
const server = await startS3Server(47_811, scratch)
try {
  const csv = (await makeBenchReport(ROWS, cache)).folder
  const reports = { CSV: csv, Parquet: await makeParquet(csv, join(scratch, 'parquet')) }
  print('| report | way | wall | against the folder | peak RSS |\n|---|---|---:|---:|---:|')
  for (const [format, folder] of Object.entries(reports)) {
    const bucket = `bench-${format.toLowerCase()}`
    await server.upload(bucket, folder)
    const runs = new Map<string, Measured[]>(WAYS.map(way => [way, []]))
    for (let i = 0; i < RUNS; i++)
      for (const way of WAYS) runs.get(way)?.push(await runOnce(way, way === 'folder' ? folder : bucket))
    for (const [way, measured] of runs) print(formatRow(format, way, measured, runs.get('folder') ?? []))
  }
} finally {
  server.close()
  await rm(scratch, { recursive: true, force: true })
}

/** The same rows as Parquet, as S3 delivers them; a million a file. */
async function makeParquet(csv: string, folder: string): Promise<string> {
  const data = `inventory/${BENCH_BUCKET}/daily/data`
  await mkdir(join(folder, data), { recursive: true })
  const connection = await openPlainDuckDB()
  const key = `${data}/0.parquet`
  await connection.run(`copy (
    select column00 as bucket, url_decode(replace(column01, '+', ' ')) as key, nullif(column02, '') as version_id,
      column03::boolean as is_latest, column04::boolean as is_delete_marker, column05::bigint as size,
      column06::timestamp::timestamp_ms as last_modified_date, column07 as e_tag, column08 as storage_class
    from read_csv('${join(csv, data)}/*.csv.gz', header = false, all_varchar = true)
  ) to '${join(folder, key)}' (format parquet, compression snappy)`)
  connection.closeSync()
  const bytes = await readFile(join(folder, key))
  const dated = `inventory/${BENCH_BUCKET}/daily/${BENCH_REPORT}`
  const manifest = JSON.stringify({
    ...JSON.parse(await readFile(join(csv, dated, 'manifest.json'), 'utf8')),
    fileFormat: 'Parquet',
    fileSchema:
      'message s3.inventory {  optional binary bucket (STRING);  optional binary key (STRING);  optional binary version_id (STRING);  optional boolean is_latest;  optional boolean is_delete_marker;  optional int64 size;  optional int64 last_modified_date (TIMESTAMP(MILLIS,true));  optional binary e_tag (STRING);  optional binary storage_class (STRING);}',
    files: [{ key, size: bytes.length, MD5checksum: createHash('md5').update(bytes).digest('hex') }],
  })
  await mkdir(join(folder, dated), { recursive: true })
  await writeFile(join(folder, dated, 'manifest.json'), manifest)
  await writeFile(join(folder, dated, 'manifest.checksum'), `${createHash('md5').update(manifest).digest('hex')}\n`)
  return folder
}

async function runOnce(way: string, place: string): Promise<Measured> {
  const lake = join(scratch, 'lake')
  const args = [way, place, lake, server.endpoint, await findExtensions()]
  const measured = await runScript('transportOnce.js', args)
  await rm(lake, { recursive: true })
  return measured
}

function formatRow(format: string, way: string, runs: readonly Measured[], base: readonly Measured[]): string {
  const against = medianRatio(runs, base).toFixed(2)
  return tableRow([format, way, seconds(medianOf(runs, 'wallMs')), against, formatBytes(peakOf(runs))])
}
