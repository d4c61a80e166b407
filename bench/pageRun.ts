import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, chromium } from 'playwright-core'
import { formatCount } from '../src/output/quantities.js'
import { median } from './measured.js'
import { OBJECTS_A_FOLDER } from './pageLake.js'
import { foldersPath, openReader, type Reader, readAtOnce, requestMix } from './pageReaders.js'
import { startListening } from './processes.js'

export const READERS = 50
export const READ_MS = 10_000
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

/** A step in the tree, before the server's index is there and with it. */
export interface PageStep {
  readonly what: string
  readonly beforeMs: number
  readonly withIndexMs: number
}

/** What a server gave, and took. */
export interface PageMeasured {
  readonly steps: readonly PageStep[]
  /** From the first request until the index was there. */
  readonly indexMs: number
  /** Of many readers at once, by what they asked for. */
  readonly times: ReadonlyMap<string, readonly number[]>
  /** First paint, by the folder that the page opens; none without Chromium. */
  readonly paints: readonly { readonly path: string; readonly ms: number }[]
  /** Of the server, after the steps, after the readers and in the end. */
  readonly peakBytes: { readonly steps: number; readonly readers: number; readonly end: number }
}

/** Serves a lake, and asks: step by step from the first request on, many at once, and with a browser. @param folder an empty one */
export async function measurePage(lake: string, rows: number, folder: string): Promise<PageMeasured> {
  await writeFile(join(folder, 'stocktake.yaml'), JSON.stringify({ lake, engine: { temp: folder } }))
  const server = await startListening(['serve', '--port', '0', '--no-agent'], folder)
  const reader = openReader(server.port, READERS)
  try {
    const { steps, indexMs } = await measureSteps(reader, rows, folder)
    const afterSteps = await peakBytesOf(server.pid)
    const mix = requestMix(rows, await makeCollections(reader))
    await readAtOnce(reader, { readers: READERS, forMs: 1_000 }, mix) // compiled by then
    const times = await readAtOnce(reader, { readers: READERS, forMs: READ_MS }, mix)
    const afterReaders = await peakBytesOf(server.pid)
    const paints = await measurePaints(server.port)
    const peakBytes = { steps: afterSteps, readers: afterReaders, end: await peakBytesOf(server.pid) }
    return { steps, indexMs, times, paints, peakBytes }
  } finally {
    reader.close()
    await server.stop()
  }
}

/** Each step is made before the index is there, and after: as answers are kept, as a page of another length. */
async function measureSteps({ ask }: Reader, rows: number, place: string) {
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
  const indexMs = await waitForIndex(ask, place)
  const after = await timesOf(99)
  const measured = steps.map(([what], i) => ({
    what,
    beforeMs: before[i] ?? Number.NaN,
    withIndexMs: after[i] ?? Number.NaN,
  }))
  return { steps: measured, indexMs }
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

/** From the click to the first row that is drawn, in a new window each time; the middle one of five. */
async function measurePaints(port: number): Promise<PageMeasured['paints']> {
  if (CHROMIUM === undefined) return []
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const paints: { path: string; ms: number }[] = []
    for (const path of ['', 'sports/pbp/2003/']) {
      const times: number[] = []
      for (let i = 0; i < 5; i++) times.push(await paintOnce(browser, port, path))
      paints.push({ path, ms: median(times) })
    }
    return paints
  } finally {
    await browser.close()
  }
}

async function paintOnce(browser: Browser, port: number, path: string): Promise<number> {
  const page = await (await browser.newContext()).newPage()
  await page.addInitScript(NOTE_FIRST_ROW)
  await page.goto(`http://127.0.0.1:${port}/folders?connector=bench&path=${encodeURIComponent(path)}`)
  await page.locator('[role=treegrid] tr[aria-level]').first().waitFor()
  const ms = await page.evaluate<number>('window.firstRow')
  await page.context().close()
  return ms
}

async function peakBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}
