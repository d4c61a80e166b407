import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS, run } from '../../src/cli.js'
import { openSmallLake, type SmallPlace } from '../commands/smallLake.js'
import { TextSink } from '../output/textSink.js'
import { recordOf, tradesOf } from '../streams/etlPlace.js'
import { SALES_YAML } from '../tables/salesPlace.js'
import { mountSmallDisk } from './smallDisk.js'

// A file system that is mounted read-only: not even root writes there.
const disk = process.platform === 'linux' ? mountSmallDisk(32_000_000) : undefined
afterAll(() => disk?.close())

const SETTINGS = `engine: { temp: ./temp }
connectors:
  photos: { source_bucket: ./photo-bucket, inventory: { destination_bucket: ./reports, config_name: daily } }
streams: { ticks: { source: coinbase, channels: [market_trades] } }
`
const EXPECTATIONS = `datasets: { photos: { key: "2025/{name}.jpg" } }\n`

describe.skipIf(!disk)('a lake that can only be read', () => {
  let folder = ''
  let made: SmallPlace
  beforeAll(async () => {
    made = await openSmallLake()
    folder = await mkdtemp(join(tmpdir(), 'stocktake-read-only-'))
    const lake = join(disk?.folder ?? '', 'lake')
    const files = {
      'stocktake.yaml': `lake: ${lake}\n${SETTINGS}`,
      'data_inventory.yaml': EXPECTATIONS,
      'config/tables/sales.yaml': SALES_YAML,
      'rows.jsonl': `${JSON.stringify({ id: 1, tenant_id: 't', sold: '2026-01-05' })}\n`,
    }
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(folder, name, '..'), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    await disk?.holdCopy(made.folder)
    await mkdir(join(lake, 'raw/ready/ticks'), { recursive: true })
    await writeFile(join(lake, 'raw/ready/ticks/segment_20260120T10_00001.ndjson'), `${recordOf(tradesOf())}\n`)
    for (const args of [
      ['tables', 'create'],
      ['tables', 'insert', 'sales', 'rows.jsonl'],
    ])
      expect(await stocktake(...args)).toMatchObject({ code: 0 })
    disk?.makeReadOnly()
  })
  afterAll(async () => {
    await made?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  async function stocktake(...args: string[]) {
    const [stdout, stderr] = [new TextSink(), new TextSink()]
    const world = { stdout, stderr, cwd: folder, env: {}, now: () => new Date('2026-01-22T01:00:00Z') }
    const stdin = Readable.from(['{}\n'])
    const code = await run(args, COMMANDS, { ...world, stdin, signal: new AbortController().signal })
    return { code, stdout: stdout.text, stderr: stderr.text }
  }

  test.each([
    'snapshots',
    'connectors',
    'folders photos',
    'files photos 2025/',
    'diff photos',
    'report',
    'report growth',
    'report --html page.html --overwrite',
    'query "select count(*) as n from objects" --output rows.csv --overwrite',
    'gaps',
    'tasks',
    'jobs',
    'collections',
    'streams status',
    'tables history sales',
    'tables verify sales',
    'views',
    'maintain --dry-run',
    'reconcile --dry-run',
  ])('%s works', async line => {
    const told = await stocktake(...(line.match(/"[^"]*"|\S+/g) ?? []).map(word => word.replaceAll('"', '')))
    expect(told.code, told.stderr).toBe(0)
  })

  test.each([
    'import photos --again',
    'maintain',
    'reconcile',
    'scan photos --full',
    'collections create photos 2025/ --name jpg',
    'token create a --role read',
    'tables insert sales rows.jsonl',
    'streams ingest ticks --stdin',
    'streams etl ticks --once',
  ])('%s says why not', async line => {
    const told = await stocktake(...line.split(' '))
    expect(told.code, told.stdout).toBe(1)
    expect(told.stderr).toMatch(
      /: expected .*, got (EROFS|ENOENT): .*; (mount it so|see whether .* is mounted read-only)/,
    )
    expect(told.stderr).not.toContain('unexpected error')
  })
})
