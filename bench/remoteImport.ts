import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { quoteIdentifier } from '../src/engine/sqlText.js'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import { FOLDERS, OBJECTS } from '../src/snapshot/tables.js'
import { findJava, listJavaHomes } from '../test/engines/java.js'
import { runOnTrino } from '../test/engines/trinoClient.js'
import { GLUE_CATALOG, startTrinoGlue, type TrinoGlue } from '../test/engines/trinoGlue.js'
import { makeBenchReport } from './benchReport.js'
import { type Measured, median } from './measured.js'
import { openCache, withScratch } from './place.js'
import { describeMachine, print, seconds, tableRow } from './printed.js'
import { runScript } from './processes.js'
import { findExtensions, openTestS3, uploadFolder } from './s3Server.js'

// npm run bench:remote-import [-- ROWS…]: a report in an S3 server on this machine, imported by DuckDB and by a Trino of one node
// that runs beside it; in turn, each into a new lake whose catalog is Glue. In the end Trino tells a hash of
// the rows of each, and it fails unless that is the same. RUNS=1 for
// one run of each instead of three. Needs what the tests of engines have made. Prints Markdown.
const RUNS = Number(process.env.RUNS ?? 3)
/** As Trino is used: with both compilers, and a heap in which 10 million rows can be sorted, for which 1 GB is too little. */
const TRINO = { jvm: ['-XX:TieredStopAtLevel=4', '-Xmx4G'] }
const sizes = process.argv.slice(2).map(Number)
const cache = await openCache()
const java = findJava(listJavaHomes(process.env.JAVA_HOME), 24)
if (java === undefined) throw new Error('no JDK of version 24 or newer')

print(`${describeMachine()}; medians of ${RUNS} runs in turn\n`)
print(
  '| objects | engine | wall | rows/s | count | insert | check | rest | read of the report | read in all | files | our peak RSS | Trino peak RSS |',
)
print('|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|')
for (const rows of sizes.length > 0 ? sizes : [1_000_000, 10_000_000]) await benchImports(rows, java)

/** An import, and what came of it. */
interface MeasuredImport extends Measured {
  /** Of the report, by the receipt. */
  readonly readBytes: number
  /** By Trino, of whatever; 0 without it. */
  readonly scannedBytes: number
  /** Of the snapshot's objects. */
  readonly files: number
}

async function benchImports(rows: number, java: string): Promise<void> {
  const { folder } = await makeBenchReport(rows, cache)
  await withScratch(cache, scratch => importInTurn(rows, folder, scratch, java))
}

async function importInTurn(rows: number, folder: string, scratch: string, java: string): Promise<void> {
  const servers = await startTrinoGlue(java, TRINO)
  try {
    const bucket = `reports-${rows}`
    await uploadFolder(bucket, folder, openTestS3(servers.glue.endpoint))
    const runs: Readonly<Record<string, MeasuredImport[]>> = { duckdb: [], trino: [] }
    for (let i = 0; i < RUNS; i++)
      for (const [by, measured] of Object.entries(runs))
        measured.push(await importOnce(by, bucket, i, scratch, servers))
    const javaBytes = await peakOfJava()
    for (const [by, measured] of Object.entries(runs)) print(formatRow(by, rows, measured, javaBytes))
    const found = new Map<string, string>()
    for (const by of Object.keys(runs)) found.set(by, await fingerprint(databaseOf(by, RUNS - 1), servers))
    for (const [by, text] of found) print(`\n${by}: ${text}`)
    if (new Set(found.values()).size !== 1) throw new RangeError(`${formatCount(rows)} objects: not the same rows`)
  } finally {
    await servers.stop()
  }
}

async function importOnce(
  by: string,
  reports: string,
  run: number,
  scratch: string,
  { trino, glue }: TrinoGlue,
): Promise<MeasuredImport> {
  const lake = `lake-${by}-${run}`
  await openTestS3(glue.endpoint).createBucket({ Bucket: lake })
  const places = [reports, lake, databaseOf(by, run), glue.endpoint, trino, await findExtensions()]
  return runScript('remoteImportOnce.js', [by, ...places, join(scratch, lake)])
}

function databaseOf(by: string, run: number): string {
  return `lake_${by}_${run}`
}

/** The same text for the same rows, in whatever order, but for the imports' ids: how many there are, and a hash of them. */
async function fingerprint(database: string, { trino }: TrinoGlue): Promise<string> {
  const texts: string[] = []
  for (const { name, schema } of [OBJECTS, FOLDERS]) {
    const columns = schema.fields.flatMap(field => (field.name === 'import_id' ? [] : [quoteIdentifier(field.name)]))
    const { rows } = await runOnTrino(
      trino,
      `select count(*), to_hex(checksum(row(${columns.join(', ')}))) from ${GLUE_CATALOG}.${database}.${name}`,
    )
    texts.push(`${name} ${rows.flat().join(' ')}`)
  }
  return texts.join(', ')
}

/** The greatest resident size so far of the Java that this process or a child of it started, as Linux tells it. */
async function peakOfJava(parent: number | string = process.pid): Promise<number> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '')
  const peaks = [0]
  for (const pid of children.trim().split(' ').filter(Boolean)) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(status) ?? []
    if (/^Name:\s+java/m.test(status)) peaks.push(Number(kilobytes) * 1024)
    peaks.push(await peakOfJava(pid))
  }
  return Math.max(...peaks)
}

function formatRow(by: string, rows: number, runs: readonly MeasuredImport[], javaBytes: number): string {
  const of = (phase: `${string}Ms`) => median(runs.map(run => run[phase] ?? 0))
  const steps = [of('countMs'), of('insertMs'), of('checkMs')]
  const rest = of('wallMs') - steps.reduce((sum, ms) => sum + ms, 0)
  const isTrino = by === 'trino'
  return tableRow([
    formatCount(rows),
    by,
    seconds(of('wallMs')),
    formatCount(Math.round(rows / (of('wallMs') / 1000))),
    ...[...steps, rest].map(ms => (isTrino ? seconds(ms) : '')),
    formatBytes(median(runs.map(({ readBytes }) => readBytes))),
    isTrino ? formatBytes(median(runs.map(({ scannedBytes }) => scannedBytes))) : '',
    formatCount(median(runs.map(({ files }) => files))),
    formatBytes(Math.max(...runs.map(({ peakBytes }) => peakBytes))),
    isTrino ? formatBytes(javaBytes) : '',
  ])
}
