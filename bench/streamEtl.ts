import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import { layOutStream, SEGMENT, writeMarketSegment } from './marketSegment.js'
import type { Measured } from './measured.js'
import { folderBytes, openCache, withScratch } from './place.js'
import { describeMachine, print, seconds, tableRow } from './printed.js'
import { runCommand, runScript } from './processes.js'

// npm run bench:stream-etl [-- MEGABYTES]: makes Parquet and table rows of a segment of market data, beside plain DuckDB's COPY
// of the same lines; prints Markdown. Commands are those of dist/cli.js, each a process as a person starts it; `npm run build`
// makes it.
const MEGABYTES = Number(process.argv[2] ?? '100')
const RUNS = 3

await withScratch(await openCache(), benchAll)

async function benchAll(folder: string): Promise<void> {
  const segment = join(folder, SEGMENT)
  const messages = await writeMarketSegment(segment, MEGABYTES * 1_000_000)
  print(`${describeMachine()}; ${formatCount(messages)} messages; ${RUNS} runs\n`)
  print('| | wall | of it the segment | MB/s | CPU | peak RSS | stored |')
  print('|---|---:|---:|---:|---:|---:|---:|')
  for (let i = 0; i < RUNS; i++) await withScratch(folder, lake => benchOnce(segment, lake))
}

async function benchOnce(segment: string, lake: string): Promise<void> {
  await layOutStream(lake, segment)
  const { measured, stdout } = await runCommand(['streams', 'etl', 'coinbase', '--once', '--format', 'json'], lake)
  const [done] = JSON.parse(stdout)
  printRow('streams etl --once', measured, await folderBytes(join(lake, 'lake/processed')), done.duration_ms)
  const into = join(lake, 'plain.parquet')
  printRow('plain COPY', await runScript('plainStreamOnce.js', [segment, into]), (await stat(into)).size)
}

function printRow(
  name: string,
  { wallMs, cpuMs, peakBytes }: Measured,
  storedBytes: number,
  segmentMs: number = wallMs,
): void {
  const times = [wallMs, segmentMs].map(ms => seconds(ms, 2))
  const speed = ((MEGABYTES * 1000) / segmentMs).toFixed(0)
  print(tableRow([name, ...times, speed, seconds(cpuMs, 2), formatBytes(peakBytes), formatBytes(storedBytes)]))
}
