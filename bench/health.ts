import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { cpus, homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { formatCount } from '../src/output/quantities.js'
import { BENCH_BUCKET, makeBenchReport } from './benchReport.js'

// npm run bench:health [-- ROWS]: asks a daemon for its health every 20 ms while it imports a report; prints Markdown. It runs
// dist/cli.js, which `npm run build` makes.
const ROWS = Number(process.argv[2] ?? 1_000_000)
const EVERY_MS = 20
/** Of the 99th percentile. */
const MOST_MS = 50
const PATHS = ['/healthz', '/readyz', '/metrics'] as const

const cache = join(homedir(), '.cache', 'stocktake', 'bench')
await mkdir(cache, { recursive: true })
const { folder: reports } = await makeBenchReport(ROWS, cache)
const folder = await mkdtemp(join(cache, 'run-'))
try {
  await writeFile(join(folder, 'stocktake.yaml'), settingsOf(reports))
  const daemon = await startDaemon(folder)
  try {
    await daemon.said(/^(succeeded|failed) +maintain/m, 0) // it is due at once in a lake that is new
    const idle = await askFor(daemon.port, async () => sleep(3_000))
    const startedAt = performance.now()
    await stocktake(folder, ['import', 'bench', '--queue'])
    const busy = await askFor(daemon.port, () => daemon.said(/^(succeeded|failed) +import/m))
    const tookMs = performance.now() - startedAt
    print(`${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}; every ${EVERY_MS} ms`)
    print(`a job of ${formatCount(ROWS)} objects: ${(tookMs / 1000).toFixed(1)} s from queue to end\n`)
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
  return `| ${[path, when, formatCount(answers.length), bad, ...figures.map(ms => `${ms.toFixed(1)} ms`)].join(' | ')} |`
}

function timesOf(answers: readonly Asked[]): number[] {
  return answers.map(({ ms }) => ms).sort((a, b) => a - b)
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
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

interface Daemon {
  readonly port: number
  /** All that it has told. */
  text(): string
  /** Resolves when it has told of that, since this was called or from there on. */
  said(what: RegExp, from?: number): Promise<void>
  stop(): Promise<void>
}

async function startDaemon(cwd: string): Promise<Daemon> {
  const child = startStocktake(cwd, ['daemon'])
  const ended = once(child, 'close')
  let told = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  const said = async (what: RegExp, from = told.length): Promise<void> => {
    while (!what.test(told.slice(from))) {
      if (child.exitCode !== null) throw new Error(`the daemon ended:\n${told}`)
      await sleep(20)
    }
  }
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  await said(/127\.0\.0\.1:\d+/, 0)
  return { port: Number(/127\.0\.0\.1:(\d+)/.exec(told)?.[1]), text: () => told, said, stop }
}

async function stocktake(cwd: string, args: readonly string[]): Promise<void> {
  const child = startStocktake(cwd, args)
  child.stderr?.pipe(process.stderr)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`stocktake ${args.join(' ')}: exit ${code}`)
}

function startStocktake(cwd: string, args: readonly string[]): ChildProcess {
  const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
  return spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
