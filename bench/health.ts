import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatCount } from '../src/output/quantities.js'
import { BENCH_BUCKET, makeBenchReport } from './benchReport.js'
import { quantile, sorted } from './measured.js'
import { openCache } from './place.js'
import { describeMachine, print, seconds, tableRow } from './printed.js'
import { startCommand, startListening } from './processes.js'

// npm run bench:health [-- ROWS]: asks a daemon for its health every 20 ms while it imports a report; prints Markdown. It runs
// dist/cli.js, which `npm run build` makes.
const ROWS = Number(process.argv[2] ?? 1_000_000)
const EVERY_MS = 20
/** Of the 99th percentile. */
const MOST_MS = 50
const PATHS = ['/healthz', '/readyz', '/metrics'] as const

const cache = await openCache()
const { folder: reports } = await makeBenchReport(ROWS, cache)
const folder = await mkdtemp(join(cache, 'run-'))
try {
  await writeFile(join(folder, 'stocktake.yaml'), settingsOf(reports))
  const daemon = await startListening(['daemon'], folder)
  try {
    await daemon.said(/^(succeeded|failed) +maintain/m, 0) // it is due at once in a lake that is new
    const idle = await askFor(daemon.port, async () => sleep(3_000))
    const startedAt = performance.now()
    await stocktake(folder, ['import', 'bench', '--queue'])
    const busy = await askFor(daemon.port, () => daemon.said(/^(succeeded|failed) +import/m))
    const tookMs = performance.now() - startedAt
    print(`${describeMachine()}; every ${EVERY_MS} ms`)
    print(`a job of ${formatCount(ROWS)} objects: ${seconds(tookMs)} from queue to end\n`)
    print('| asked | while | answers | other than 200 | median | p99 | slowest |')
    print('|---|---|---:|---:|---:|---:|---:|')
    for (const path of PATHS) {
      print(rowOf(path, 'nothing runs', idle.get(path) ?? []))
      print(rowOf(path, 'it imports', busy.get(path) ?? []))
    }
    print(`\n${daemon.text().trim()}`)
    const p99 = quantile(timesOf(busy.get('/healthz') ?? []), 0.99)
    if (p99 >= MOST_MS) throw new Error(`/healthz: p99 ${p99.toFixed(1)} ms, expected less than ${MOST_MS} ms`)
  } finally {
    await daemon.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** An answer: how long it took, and its status; 0 where there was none. */
interface Asked {
  readonly ms: number
  readonly status: number
}

/** Asks, each time on a connection of its own, until something has happened; an answer that is late delays no other. */
async function askFor(port: number, happened: () => Promise<unknown>): Promise<Map<string, Asked[]>> {
  const answers = new Map<string, Asked[]>(PATHS.map(path => [path, []]))
  const pending = new Set<Promise<unknown>>()
  let turn = 0
  const timer = setInterval(() => {
    // The one that counts is asked each time, the others now and then.
    const paths = turn % 50 === 0 ? PATHS : PATHS.slice(0, 1)
    turn++
    for (const path of paths) {
      const asked = ask(port, path).then(answer => answers.get(path)?.push(answer))
      pending.add(asked)
      void asked.finally(() => pending.delete(asked))
    }
  }, EVERY_MS)
  await happened()
  clearInterval(timer)
  await Promise.all(pending)
  return answers
}

function ask(port: number, path: string): Promise<Asked> {
  return new Promise(resolve => {
    const startedAt = performance.now()
    const end = (status: number) => resolve({ ms: performance.now() - startedAt, status })
    get({ host: '127.0.0.1', port, path, agent: false }, response => {
      response.resume().once('end', () => end(response.statusCode ?? 0))
    }).once('error', () => end(0))
  })
}

function rowOf(path: string, when: string, answers: readonly Asked[]): string {
  const times = timesOf(answers)
  const figures = [quantile(times, 0.5), quantile(times, 0.99), times.at(-1) ?? Number.NaN]
  const bad = answers.filter(({ status }) => status !== 200).length
  return tableRow([path, when, formatCount(answers.length), bad, ...figures.map(ms => `${ms.toFixed(1)} ms`)])
}

function timesOf(answers: readonly Asked[]): number[] {
  return sorted(answers.map(({ ms }) => ms))
}

function settingsOf(reports: string): string {
  return JSON.stringify({
    lake: './lake',
    connectors: {
      bench: {
        source_bucket: BENCH_BUCKET,
        inventory: { destination_bucket: reports, prefix: 'inventory', config_name: 'daily' },
        schedule: 'manual',
      },
    },
    daemon: { port: 0, reconcile: false },
  })
}

async function stocktake(cwd: string, args: readonly string[]): Promise<void> {
  const child = startCommand(args, cwd)
  child.stderr?.pipe(process.stderr)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`stocktake ${args.join(' ')}: exit ${code}`)
}
