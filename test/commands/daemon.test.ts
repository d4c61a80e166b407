import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isRunning } from '../../src/lake/processFacts.js'
import { TextSink } from '../output/textSink.js'
import { findFreePort } from '../services/childService.js'
import { AGENT_WORLD, PROGRAM, until } from './agentPlace.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

let place: CommandFolder
beforeEach(async () => {
  place = await openCommandFolder()
})
afterEach(async () => {
  for (const child of started) child.kill('SIGKILL') // of a test that failed
  await place.remove()
})
const started: ChildProcess[] = []

const SETTINGS = `
connectors:
  raw: { source_bucket: ./raw-bucket, scan_mode: full, schedule: daily }
  rare: { source_bucket: ./rare-bucket, scan_mode: full, schedule: manual }
daemon: { port: 0, interval_hours: 24, after_cycle: "cat >> cycles; echo noted" }
`

const EXPECTATIONS = `
datasets:
  days:
    connector: raw
    key: "{date:yyyy-MM-dd}.json"
    expect: { date: { from: 2026-01-18, to: 2026-01-20 } }
`

async function prepare(expectations = EXPECTATIONS): Promise<void> {
  await place.configure(SETTINGS)
  await mkdir(join(place.folder, 'raw-bucket'))
  await writeFile(join(place.folder, 'raw-bucket', '2026-01-18.json'), '{}')
  await writeFile(join(place.folder, 'data_inventory.yaml'), expectations)
}

const plan = async (...args: string[]) =>
  (await place.rows(['daemon', '--dry-run', ...args])).map(({ type, connector, next }) =>
    [type, connector, next].join(' '),
  )

test.each([
  [['--interval-hours', '0'], '--interval-hours: expected a number above 0, got 0'],
  [['--interval-hours', '-1'], '--interval-hours: expected a number above 0, got -1'],
  [['--interval-hours', 'x'], '--interval-hours'],
])('%j is refused', async (args, message) => {
  await prepare()
  const { code, stderr } = await place.run(['daemon', ...args])
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})

test('--dry-run says what would be done, and makes nothing', async () => {
  await prepare()
  const before = await readdir(place.folder)
  expect(await plan()).toEqual(['scan raw now', 'scan rare off', 'reconcile  now', 'maintain  now'])
  const { stdout, stderr } = await place.run(['daemon', '--dry-run', '--run-once'])
  expect(stdout).toMatch(/^what +connector +next +last +ended\nscan +raw +now/)
  expect(stderr).toBe('what a reconciliation would find: stocktake reconcile --dry-run\n')
  expect(await readdir(place.folder)).toEqual(before)
})

test('--run-once runs a cycle, and the next one what is due then', async () => {
  await prepare()
  const first = await place.run(['daemon', '--run-once'], AGENT_WORLD)
  expect(first).toMatchObject({ code: 0, stdout: '' })
  expect(first.stderr.match(/^(begun|succeeded) .*?(?= job_)/gm)?.map(line => line.replace(/ +/g, ' ').trim())).toEqual(
    [
      ...[
        'begun scan raw',
        'succeeded scan raw',
        'begun reconcile',
        'succeeded reconcile',
        'begun maintain',
        'succeeded maintain',
      ],
    ],
  )
  expect(first.stderr).toMatch(/succeeded {2}reconcile.*: 2 gaps/)
  expect(first.stderr).toContain('after_cycle: noted')
  const cycle = JSON.parse(await readFile(join(place.folder, 'cycles'), 'utf8'))
  expect(cycle).toMatchObject({ state: 'succeeded', error: null, gaps: expect.anything(), metrics: expect.any(Array) })
  expect(await plan()).toEqual(['scan raw later', 'scan rare off', 'reconcile  now', 'maintain  later'])
  const shown = await place.run(['connectors', 'show', 'raw'])
  expect(shown.stdout).toMatch(/^last scheduled +\d{4}-\d\d-\d\d \d\d:\d\d, succeeded\nnext scheduled +\d{4}-/m)
})

test('--run-once ends with the exit code of the worst job', async () => {
  await prepare('datasets: wrong')
  const { code, stderr } = await place.run(['daemon', '--run-once'], AGENT_WORLD)
  expect(code).toBe(2)
  expect(stderr).toMatch(/stocktake: 1 of 3 jobs: reconcile {2}job_\w+: .*; stocktake jobs has them all\n$/)
})

test('it goes on where it was killed, is watched by another, and ends with 0', async () => {
  await prepare()
  const start = () => {
    const [program, ...first] = PROGRAM
    const child = spawn(program, [...first, 'daemon'], { cwd: place.folder, stdio: ['ignore', 'ignore', 'pipe'] })
    started.push(child)
    const told = new TextSink()
    child.stderr.pipe(told)
    const ended = once(child, 'exit').then(([code]) => code)
    return { child, ended, told: () => told.text, says: (text: string) => until(async () => told.text.includes(text)) }
  }
  const killed = start()
  await killed.says('begun')
  const port = /127\.0\.0\.1:(\d+)/.exec(killed.told())?.[1]
  expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toBe('ok\n')
  killed.child.kill('SIGKILL')
  await killed.ended

  const second = start()
  await second.says('leading')
  const third = start()
  await third.says(`standby    pid ${second.child.pid}`)
  const jobs = () => place.rows(['jobs', 'list', '--all'])
  await until(async () => (await jobs()).filter(({ state }) => state === 'succeeded').length === 3)
  second.child.kill('SIGTERM')
  expect(await second.ended).toBe(0)
  expect(second.told()).toMatch(/\nstopped\n$/)
  await third.says('leading')
  third.child.kill('SIGINT')
  expect(await third.ended).toBe(0)
  expect((await jobs()).map(({ type, state }) => `${type} ${state}`).sort()).toEqual([
    ...['maintain scheduled', 'maintain succeeded', 'reconcile scheduled', 'reconcile succeeded'],
    ...['scan scheduled', 'scan succeeded'],
  ])
})

test('it keeps streams going, and what it runs of them ends with it, also when it is killed', async () => {
  const port = await findFreePort()
  await place.configure(`
streams:
  ticks: { source: coinbase, url: 'ws://127.0.0.1:${port}', products: [BTC-USD], rotate: { every: 1s }, daemon: true }
daemon: { port: 0, reconcile: false }
`)
  await place.run(['init'])
  const start = (...args: string[]) => {
    const [program, ...first] = PROGRAM
    const child = spawn(program, [...first, ...args], { cwd: place.folder, stdio: ['ignore', 'ignore', 'pipe'] })
    started.push(child)
    const told = new TextSink()
    child.stderr.pipe(told)
    return { child, ended: once(child, 'exit'), told: () => told.text }
  }
  const pidsOf = (text: string, what: string): number[] =>
    [...text.matchAll(new RegExp(`begun +${what} of ticks +pid (\\d+)`, 'g'))].map(([, pid]) => Number(pid))
  start('streams', 'replay', '--port', String(port), '--trades', '2000', '--rate', '400')
  const daemon = start('daemon')
  const status = async () => (await place.rows(['streams', 'status']))[0]
  await until(async () => ((await status())?.row_count as number) > 0)
  const [ingest = 0] = pidsOf(daemon.told(), 'ingest')
  process.kill(ingest, 'SIGKILL')
  await until(async () => pidsOf(daemon.told(), 'ingest').length === 2)
  expect(daemon.told()).toMatch(/warning: ingest of ticks: its process was ended by SIGKILL; again in /)
  const metrics = async () => {
    const [, metricsPort] = /127\.0\.0\.1:(\d+)/.exec(daemon.told()) ?? []
    return (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  }
  await until(async () => (await metrics()).includes('stocktake_stream_state{stream="ticks",state="running"}'))
  const left = ['ingest', 'etl'].map(what => pidsOf(daemon.told(), what).at(-1) ?? 0)
  daemon.child.kill('SIGKILL')
  await daemon.ended
  await until(async () => left.every(pid => !isRunning(pid)))
  expect(await status()).toMatchObject({ state: 'stopped' }) // it has handed over what it had
})
