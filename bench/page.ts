import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { formatBytes, formatCount } from '../src/output/quantities.js'
import { makePageLake, OBJECTS_A_FOLDER } from './pageLake.js'
import { foldersPath, openReader, type Reader, readAtOnce, requestMix } from './pageReaders.js'

// npm run bench:page [-- ROWS [CACHE]]: serves a lake of ten million objects in a million folders, and measures steps in the tree
// from the first request on, fifty readers at once, and the page's first paint of ten thousand folders; prints Markdown. It runs
// dist/cli.js, which `npm run build` makes. The lake is made first, which takes minutes, and stays in the cache.
const rows = Number(process.argv[2] ?? 10_000_000)
const cache = process.argv[3] ?? join(homedir(), '.cache', 'stocktake', 'bench')
const READERS = 50
const FOR_MS = 10_000
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
/** Notes when the frame with the first row was drawn, from the start of the navigation: to ask from outside is too coarse. */
const NOTE_FIRST_ROW = `window.firstRow = new Promise(resolve => {
  const watch = new MutationObserver(() => {
    if (!document.querySelector('[role=treegrid] tr[aria-level]')) return
    watch.disconnect()
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))
  })
  watch.observe(document, { subtree: true, childList: true })
})`

await mkdir(cache, { recursive: true })
const lake = await makePageLake(rows, cache)
const folder = await mkdtemp(join(cache, 'run-'))
try {
  await writeFile(join(folder, 'stocktake.yaml'), JSON.stringify({ lake, engine: { temp: folder } }))
  const server = await startServer(folder)
  const reader = openReader(server.port, READERS)
  try {
    print(`${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}; ${formatCount(rows)} objects\n`)
    await measureSteps(reader, folder)
    print(`\npeak RSS so far: ${formatBytes(await peakBytes(server.pid))}`)
    const collections = await makeCollections(reader)
    await readAtOnce(reader, { readers: READERS, forMs: 1_000 }, requestMix(rows, collections)) // compiled by then
    printTimes(await readAtOnce(reader, { readers: READERS, forMs: FOR_MS }, requestMix(rows, collections)))
    print(`\npeak RSS so far: ${formatBytes(await peakBytes(server.pid))}`)
    await measurePaint(server.port)
    print(`\npeak RSS of the server: ${formatBytes(await peakBytes(server.pid))}`)
  } finally {
    reader.close()
    await server.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** Each step is made before the index is there, and after: as answers are kept, as a page of another length. */
async function measureSteps({ ask }: Reader, place: string): Promise<void> {
  const steps: [what: string, parent: string, more: string][] = [
    ['the root', '', ''],
    ['a folder of it', 'photos/', ''],
    [`a folder of ${formatCount(Math.round(rows / OBJECTS_A_FOLDER / 16))} folders`, 'photos/2014/', ''],
    ['a folder without folders', 'photos/2014/Shoot 000004/', ''],
    ['by what changed', 'photos/2014/', '&sort=size_change'],
    ['by name', 'logs/app/dt=2026-02/', '&sort=path'],
    ['a search', '', '&search=shoot%200001'],
    ['a search for what most have', '', '&search=0'],
  ]
  const timesOf = (limit: number) =>
    timeSteps(
      steps.map(([, parent, more]) => foldersPath(parent, more, limit)),
      ask,
    )
  const before = await timesOf(100)
  const waitedMs = await waitForIndex(ask, place)
  const after = await timesOf(99)
  print(
    `| step | from the first request on | with the index (${(waitedMs / 1000).toFixed(0)} s later) |\n|---|---:|---:|`,
  )
  for (const [i, [what]] of steps.entries())
    print(`| ${what} | ${before[i]?.toFixed(0)} ms | ${after[i]?.toFixed(0)} ms |`)
}

async function timeSteps(paths: readonly string[], ask: Reader['ask']): Promise<number[]> {
  const times: number[] = []
  for (const path of paths) {
    const { ms, status, text } = await ask(path)
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
    times.push(ms)
  }
  return times
}

/** Steps take a few milliseconds once it is there; each has to be another one, as answers are kept. */
async function waitForIndex(ask: Reader['ask'], place: string): Promise<number> {
  const startedAt = performance.now()
  for (let limit = 1; limit < 900; limit++) {
    const { ms } = await ask(foldersPath('photos/', '', limit))
    if (ms < 10 && limit > 3) return performance.now() - startedAt
    await sleep(500)
  }
  throw new Error(`no index in ${place}`)
}

async function makeCollections({ ask }: Reader): Promise<string[]> {
  const folders = ['photos/', 'photos/2014/', 'photos/2018/', 'photos/2022/'].map(path => ({ folder: path }))
  const { status, text } = await ask('/api/collections/from-inventory', { connector: 'bench', folders })
  const listed = status === 201 ? text : (await ask('/api/collections')).text // of a run before
  return JSON.parse(listed).collections.map(({ collection }: { collection: string }) => collection)
}

function printTimes(times: ReadonlyMap<string, readonly number[]>): void {
  const all = [...times.values()].flat()
  print(`\n${READERS} readers at once, ${formatCount(Math.round(all.length / (FOR_MS / 1000)))} answers a second\n`)
  print('| asked | answers | median | p95 | p99 | slowest |\n|---|---:|---:|---:|---:|---:|')
  for (const [kind, each] of [...times].sort(([a], [b]) => (a < b ? -1 : 1)).concat([['all', all]])) {
    const sorted = [...each].sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
    const figures = [at(0.5), at(0.95), at(0.99), at(1)].map(ms => `${ms.toFixed(1)} ms`)
    print(`| ${[kind, formatCount(each.length), ...figures].join(' | ')} |`)
  }
}

/** From the click to the first row that is drawn, in a new window each time; the middle one of five. */
async function measurePaint(port: number): Promise<void> {
  if (CHROMIUM === undefined) return print('\nno Chromium here')
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    for (const path of ['', 'sports/pbp/2003/']) {
      const times: number[] = []
      for (let i = 0; i < 5; i++) {
        const page = await (await browser.newContext()).newPage()
        await page.addInitScript(NOTE_FIRST_ROW)
        await page.goto(`http://127.0.0.1:${port}/folders?connector=bench&path=${encodeURIComponent(path)}`)
        await page.locator('[role=treegrid] tr[aria-level]').first().waitFor()
        times.push(await page.evaluate<number>('window.firstRow'))
        await page.context().close()
      }
      const [, , middle = Number.NaN] = times.sort((a, b) => a - b)
      print(`\nfirst paint of ${path === '' ? 'the root' : path}: ${middle.toFixed(0)} ms`)
    }
  } finally {
    await browser.close()
  }
}

async function peakBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

async function startServer(cwd: string) {
  const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
  const args = [program, 'serve', '--port', '0', '--no-agent']
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'close')
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  while (!/127\.0\.0\.1:\d+/.test(told)) {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${told}`)
    await sleep(20)
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  return { port: Number(/127\.0\.0\.1:(\d+)/.exec(told)?.[1]), pid: child.pid ?? 0, stop }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
