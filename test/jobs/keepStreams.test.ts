import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newDaemonState, readiness } from '../../src/jobs/daemonState.js'
import { keepStreams } from '../../src/jobs/keepStreams.js'
import { type StreamProcess, type StreamWork, startStreamProcess } from '../../src/jobs/streamProcess.js'
import { DaemonWorld, MINUTE, SECOND } from './daemonWorld.js'

const INGEST: StreamWork = { stream: 'ticks', what: 'ingest' }
const ETL: StreamWork = { stream: 'ticks', what: 'etl' }

/** Streams whose processes end by themselves after a while, as a test wants. */
function keep(works: readonly StreamWork[], endsAfterMs: (begun: number) => number) {
  const world = new DaemonWorld()
  const stop = new AbortController()
  const state = newDaemonState()
  const told: string[] = []
  const signals: string[] = []
  let begun = 0
  const start = ({ what }: StreamWork): StreamProcess => {
    const asked = new AbortController()
    const ended = world.sleep(endsAfterMs(++begun), asked.signal).then(
      () => 'the network is away',
      () => 'interrupted',
    )
    const end = (how: string) => () => {
      signals.push(`${how} ${what}`)
      if (how === 'kill' || what === 'ingest') asked.abort()
    }
    return { pid: begun, ended, interrupt: end('interrupt'), kill: end('kill') }
  }
  const over = keepStreams({ graceMs: 20 * SECOND, killMs: 8 * SECOND }, state, {
    ...{ now: world.now, sleep: world.sleep, random: () => 0.5, signal: stop.signal },
    streams: { works, start },
    told: event => {
      if (event.kind === 'stream began') told.push(`${event.work.what} ${event.pid}`)
      if (event.kind === 'stream ended') told.push(`${event.work.what} again in ${event.waitMs / SECOND} s`)
    },
  })
  const ready = () => readiness({ ...state, lookedAt: world.now() }, world.now()).reasons
  return { world, stop: () => stop.abort(new Error('stopped')), over, told, signals, ready }
}

describe('the work of streams', () => {
  test('that ends at once is begun again, later each time, and told of', async () => {
    const { world, told, ready, stop, over } = keep([INGEST], () => 100)
    await world.pass(2 * SECOND)
    expect([told, ready()]).toEqual([['ingest 1', 'ingest again in 1 s', 'ingest 2', 'ingest again in 2 s'], []])
    await world.pass(4 * MINUTE)
    expect(told.filter(line => line.includes('again')).slice(2)).toEqual(
      [4, 8, 16, 32, 60, 60, 60].map(s => `ingest again in ${s} s`),
    )
    expect(ready()).toEqual(['ingest of ticks ended 9 times in a row: the network is away'])
    stop()
    await over
  })

  test('that went well for a while is begun again soon, and is ready', async () => {
    const { world, told, ready, stop, over } = keep([INGEST], begun => (begun < 5 ? 100 : 10 * MINUTE))
    await world.pass(MINUTE)
    expect(ready()).toHaveLength(1)
    await world.pass(2 * MINUTE)
    expect(ready()).toEqual([])
    await world.pass(10 * MINUTE)
    expect(told.at(-2)).toBe('ingest again in 1 s')
    stop()
    await over
  })

  test('is asked to end by the signal; what does not is ended', async () => {
    const { world, stop, over, signals } = keep([INGEST, ETL], () => 60 * MINUTE)
    await world.pass(MINUTE)
    stop()
    await world.pass(27 * SECOND)
    expect(signals).toEqual(['interrupt ingest', 'interrupt etl'])
    await world.pass(SECOND)
    expect(signals).toEqual(['interrupt ingest', 'interrupt etl', 'kill etl'])
    await over
  })

  test('that waits to be begun again is not begun after the signal', async () => {
    const { world, stop, over, told } = keep([INGEST], () => 100)
    await world.pass(500)
    stop()
    await over
    await world.pass(MINUTE)
    expect(told).toEqual(['ingest 1', 'ingest again in 1 s'])
  })
})

describe('a real process', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stocktake-process-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function start(script: string) {
    const path = join(folder, `${Math.random()}.mjs`)
    await writeFile(path, script)
    const said: string[] = []
    const command = { command: [process.execPath, path] as const, cwd: folder, env: process.env }
    return { said, process: startStreamProcess(command, line => said.push(line)) }
  }

  test.each([
    ['process.exit(0)', 'its process ended, exit code 0'],
    ["console.error('stocktake: ticks: no key'); process.exitCode = 2", 'ticks: no key'],
    ["process.kill(process.pid, 'SIGKILL')", 'its process was ended by SIGKILL'],
  ])('says how it ended: %s', async (script, message) => {
    expect(await (await start(script)).process.ended).toBe(message)
  })

  test('is asked to end, and says what it has to say', async () => {
    const started = await start(`
      process.on('SIGINT', () => { console.error('flushed'); process.exit(0) })
      process.on('disconnect', () => process.exit(1))
      console.error('ready')`)
    while (!started.said.includes('ready')) await new Promise(resolve => setTimeout(resolve, 20))
    started.process.interrupt()
    await started.process.ended
    expect(started.said).toEqual(['ready', 'flushed'])
  })

  test('that cannot be started says so', async () => {
    const { ended } = startStreamProcess({ command: ['./no-such-program'], cwd: folder, env: {} }, () => {})
    expect(await ended).toContain("its process can't be started: ")
  })
})
