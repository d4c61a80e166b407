import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TextSink } from '../output/textSink.js'
import { recordOf, tickerOf, tradesOf } from '../streams/etlPlace.js'
import { PROGRAM, until } from './agentPlace.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

let here: CommandFolder
beforeEach(async () => {
  here = await openCommandFolder()
  await here.configure('lake: ./lake\nstreams: { coinbase: { source: coinbase }, ticks: {} }\n')
})
afterEach(() => here.remove())

const ready = () => join(here.folder, 'lake/raw/ready/coinbase')
async function put(number: number, lines: readonly string[]): Promise<void> {
  await mkdir(ready(), { recursive: true })
  const name = `segment_20260120T10_${String(number).padStart(5, '0')}.ndjson`
  await writeFile(join(ready(), name), lines.map(line => `${line}\n`).join(''))
}

test('segments that wait become Parquet, and are told', async () => {
  await here.run(['init'])
  await put(1, [recordOf(tradesOf()), recordOf(tickerOf()), 'no record'])
  await put(2, [recordOf(tradesOf())])
  const { code, stdout } = await here.run(['streams', 'etl', 'coinbase', '--once', '--format', 'json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual([
    {
      ...{ segment: 'segment_20260120T10_00001', size_bytes: expect.any(Number), line_count: 3, row_count: 2 },
      ...{ rejected_line_count: 1, file_count: 2, duration_ms: expect.any(Number) },
    },
    expect.objectContaining({ segment: 'segment_20260120T10_00002', row_count: 1, rejected_line_count: 0 }),
  ])
  expect(await readdir(join(here.folder, 'lake/raw/rejected/coinbase'))).toEqual(['segment_20260120T10_00001.ndjson'])
  const again = await here.run(['streams', 'etl', 'coinbase', '--once'])
  expect([again.code, again.stdout, again.stderr]).toEqual([0, '', 'no segments of coinbase wait\n'])
})

test('a watch does segments as they come, until a signal', async () => {
  await here.run(['init'])
  const stop = new AbortController()
  const stderr = new TextSink()
  const watching = here.run(['streams', 'etl', 'coinbase'], { stderr, signal: stop.signal })
  await put(1, [recordOf(tradesOf())])
  await until(async () => /^segment_20260120T10_00001: 1 row of 3\d\d B in \d+\.\d s$/m.test(stderr.text))
  await put(2, [recordOf(tradesOf())])
  await until(async () => /^segment_20260120T10_00002: 1 row/m.test(stderr.text))
  stop.abort(new Error('stopped'))
  expect(await watching).toMatchObject({ code: 0 })
  expect(await readdir(ready()).catch(() => [])).toEqual([])
})

test('a signal that comes while it opens its engine ends a watch as well', async () => {
  await here.run(['init'])
  const signal = AbortSignal.abort(new Error('stopped'))
  expect(await here.run(['streams', 'etl', 'coinbase'], { signal })).toMatchObject({ code: 0, stderr: '' })
})

test.each([
  ['SIGTERM', 'in the middle of a segment'],
  ['SIGINT', 'when all is done'],
] as const)('%s %s: its process ends with 0, and each record is there once', async (signal, when) => {
  await here.run(['init'])
  const isDone = when === 'when all is done'
  const lines = Array.from({ length: isDone ? 5 : 20_000 }, () => recordOf(tradesOf()))
  await put(1, lines)
  const [program, ...first] = PROGRAM
  const child = spawn(program, [...first, 'streams', 'etl', 'coinbase'], { cwd: here.folder })
  const [told, ended] = [text(child.stderr), once(child, 'exit')]
  const claims = join(here.folder, 'lake/state/streams/coinbase/claims')
  await until(async () => {
    const watched = await readdir(isDone ? ready() : claims).catch(() => [])
    return watched.length > 0 !== isDone
  })
  child.kill(signal)
  expect(await ended).toEqual([0, null])
  expect(await told).not.toContain('interrupted')
  await here.run(['streams', 'etl', 'coinbase', '--once'])
  expect(await here.rows(['query', 'select count(*) as n from coinbase.market_trades'])).toEqual([{ n: lines.length }])
})

test.each([
  [['streams', 'etl', 'coinbse'], 3, 'did you mean coinbase'],
  [['streams', 'etl'], 2, 'expected <name>, got none'],
])('%j is refused', async (args, exit, told) => {
  const { code, stderr } = await here.run(args)
  expect(code).toBe(exit)
  expect(stderr).toContain(told)
})

test('a segment that can’t be done is told when the others are', async () => {
  await here.run(['init'])
  await put(1, [recordOf(tradesOf())])
  await here.run(['streams', 'etl', 'coinbase', '--once'])
  await here.configure('lake: ./lake\nstreams: { other: { database: coinbase } }\n')
  const folder = join(here.folder, 'lake/raw/ready/other')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'segment_20260120T10_00001.ndjson'), `${recordOf({})}\n`)
  const { code, stderr } = await here.run(['streams', 'etl', 'other', '--once'])
  expect([code, stderr]).toEqual([
    1,
    'stocktake: table coinbase.events: expected the table of the stream other, got that of coinbase; drop it, or name another database for the stream other; its segments wait\n',
  ])
})
