import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS, run } from '../../src/cli.js'
import type { World } from '../../src/commands/globals.js'
import { writeReport } from '../../src/demo/writeReport.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { TextSink } from '../output/textSink.js'
import { recordOf, tradesOf } from '../streams/etlPlace.js'
import { SALES_YAML } from '../tables/salesPlace.js'
import { mountSmallDisk, type SmallDisk } from './smallDisk.js'

// A file system that is really full, of some megabytes of memory. It takes the right to mount one: where that isn't given,
// fullDisk.test.ts beside imports and insertRows.test.ts have one that says so at each of its writes.
const disk = process.platform === 'linux' ? mountSmallDisk(64_000_000) : undefined
afterAll(() => disk?.close())

const NOW = Date.parse('2026-01-21T00:00:00Z')
/** When who died with the disk full is believed no more to be at work: here it is the same process. */
const LATER = NOW + 120_000

interface Told {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function stocktake(cwd: string, at: number, args: readonly string[], more: Partial<World> = {}): Promise<Told> {
  const [stdout, stderr] = [new TextSink(), new TextSink()]
  const world = { stdout, stderr, cwd, env: {}, now: () => new Date(at), signal: new AbortController().signal }
  const code = await run(args, COMMANDS, { ...world, ...more })
  return { code, stdout: stdout.text, stderr: stderr.text.replaceAll(cwd, '…') }
}

const SETTINGS = `lake: ./lake
engine: { temp: ./temp }
connectors:
  photos: { source_bucket: ./photo-bucket, inventory: { destination_bucket: ./reports, config_name: daily } }
keep: { daily: 1, weekly: 0, monthly: 0 }
streams: { ticks: { source: coinbase, channels: [market_trades] } }
`
const sale = (id: unknown): string => `${JSON.stringify({ id, tenant_id: 't', sold: '2026-01-05' })}\n`
const RECORDS = Array.from(
  { length: 400 },
  (_, n) => `${JSON.stringify({ channel: 'market_trades', sequence_num: n, events: [] })}\n`,
)

/** What is there, as far as it counts, whatever names and times files have. */
type Look = (folder: string) => Promise<unknown>
const rowsOf =
  (sql: string): Look =>
  async folder => {
    const { code, stdout, stderr } = await stocktake(folder, LATER, ['query', sql, '--format', 'json'])
    if (code !== 0) throw new Error(stderr)
    return JSON.parse(stdout)
  }
const textOf =
  (path: string): Look =>
  folder =>
    readFile(join(folder, path), 'utf8').catch(() => 'none')
const imported = rowsOf('select connector, snapshot, key, size from objects order by all')
const sold = rowsOf('select id from sales order by all')
/** Lines of segments, by their numbers; what has no end was never stored. */
const records = async (folder: string): Promise<number[]> => {
  const raw = join(folder, 'lake/raw')
  const names = (await readdir(raw, { recursive: true })).filter(name => name.endsWith('.ndjson')).sort()
  const texts = await Promise.all(names.map(name => readFile(join(raw, name), 'utf8')))
  const lines = texts.flatMap(text => text.split('\n').slice(0, -1)).map(line => JSON.parse(line))
  return lines.flatMap(({ message }) => message?.sequence_num ?? [])
}

interface Case {
  readonly args: readonly string[]
  /** Bytes that are left on the disk, each time. */
  readonly rooms: readonly number[]
  readonly look: Look
  readonly at?: number
  readonly stdin?: readonly string[]
  /** What has to be there before. */
  readonly before?: readonly (readonly string[])[]
}

const IMPORT = ['import', 'photos', '--all']
const CASES: Readonly<Record<string, Case>> = {
  init: { args: ['init', '--config', 'other.yaml', '--lake', './other'], rooms: [0, 8192], look: textOf('other.yaml') },
  import: { args: IMPORT, rooms: [0, 65_536], look: imported },
  maintain: {
    args: ['maintain'],
    rooms: [0, 8192],
    look: imported,
    before: [IMPORT],
    at: NOW + 10 * 86_400_000,
  },
  'query --output, as text': {
    args: ['query', 'from range(20000)', '--output', 'a.csv'],
    rooms: [0, 65_536],
    look: textOf('a.csv'),
    before: [['init']],
  },
  'query --output, by the engine': {
    args: ['query', 'from range(50000)', '--output', 'a.parquet'],
    rooms: [0, 16_384],
    look: async folder => (await readdir(folder)).sort(),
    before: [['init']],
  },
  'tables insert': {
    args: ['tables', 'insert', 'sales', 'rows.jsonl'],
    rooms: [0, 24_576],
    look: sold,
    before: [['tables', 'create']],
  },
  'collections create': {
    args: ['collections', 'create', 'photos', 'a/', '--name', 'all'],
    rooms: [0, 8192],
    look: rowsOf('select name, folder from collections'),
    before: [IMPORT],
  },
  reconcile: {
    args: ['reconcile'],
    rooms: [0, 24_576],
    look: rowsOf('select dataset, kind, key_prefix, found from gaps order by all'),
    before: [IMPORT],
  },
  'streams etl': {
    args: ['streams', 'etl', 'ticks', '--once'],
    rooms: [0, 24_576],
    look: rowsOf('select trade_id from ticks.market_trades order by all'),
    before: [['init']],
  },
}

describe.skipIf(!disk)('on a disk that is full', () => {
  const full = disk as SmallDisk
  let prepared = ''
  beforeAll(async () => {
    prepared = mkdtempSync(join(tmpdir(), 'stocktake-prepared-'))
    const files: Readonly<Record<string, string>> = {
      'stocktake.yaml': SETTINGS,
      'config/tables/sales.yaml': SALES_YAML,
      'rows.jsonl': [sale(1), sale(2), sale('x')].join(''),
      'data_inventory.yaml': `datasets: { photos: { key: "a/{day}.jpg", expect: { day: ["18", "99"] } } }\n`,
      'temp/.keep': '',
      'lake/raw/ready/ticks/segment_20260120T10_00001.ndjson': `${recordOf(tradesOf())}\n`,
    }
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(prepared, name, '..'), { recursive: true })
      writeFileSync(join(prepared, name), text)
    }
    const reports = { sourceBucket: 'photo-bucket', destinationBucket: 'reports', prefix: '', configName: 'daily' }
    for (const day of ['18', '19', '20'])
      await writeReport(
        [{ key: `a/${day}.jpg`, size: 1000, eTag: day, lastModified: new Date('2025-12-01T00:00Z') }],
        {
          ...reports,
          takenAt: new Date(`2026-01-${day}T01:00Z`),
          fields: ['bucket', 'key', 'size', 'e_tag'],
          filesCount: 1,
        },
        new FolderStore(join(prepared, 'reports')),
      )
  })
  afterAll(() => rmSync(prepared, { recursive: true }))

  test.each(Object.entries(CASES))(
    '%s says so, loses nothing, and goes on when there is room',
    async (_, { args, rooms, look, before = [], at = NOW }) => {
      await full.makeRoom()
      await full.holdCopy(prepared)
      for (const each of before)
        expect(await stocktake(full.folder, NOW, each), each.join(' ')).toMatchObject({ code: 0 })
      const begun = mkdtempSync(join(tmpdir(), 'stocktake-begun-'))
      full.saveTo(begun)
      expect(await stocktake(full.folder, at, args)).toMatchObject({ code: 0 })
      const whole = await look(full.folder)
      let failed = 0
      for (const room of rooms) {
        await full.holdCopy(begun)
        full.leave(room)
        const told = await stocktake(full.folder, at, args)
        if (told.code === 0) continue
        failed++
        expect(told.code, told.stderr).toBe(1)
        expect(told.stderr).toMatch(
          /(…|query)\S*: .*([Nn]o space left on device|failed to offload).*; make (some|room)/,
        )
        expect(told.stderr).not.toContain('unexpected error')
        await full.makeRoom()
        expect(await stocktake(full.folder, at + 120_000, args), `again after ${room} bytes`).toMatchObject({ code: 0 })
        expect(await look(full.folder), `again after ${room} bytes`).toEqual(whole)
      }
      expect(failed).toBeGreaterThan(0)
      rmSync(begun, { recursive: true })
    },
  )

  test('streams ingest keeps what it has stored, says how much it could not, and the next one goes on', async () => {
    await full.makeRoom()
    for (const room of [12_288, 49_152]) {
      await full.holdCopy(prepared)
      await stocktake(full.folder, NOW, ['init'])
      full.leave(room)
      const ingest = ['streams', 'ingest', 'ticks', '--stdin']
      const told = await stocktake(full.folder, NOW, ingest, { stdin: Readable.from(RECORDS) })
      expect(told.code, told.stderr).toBe(1)
      const lost = Number(
        /warning: ticks: (\d+) records? that (?:was|were) received could not be stored/.exec(told.stderr)?.[1],
      )
      expect(told.stderr).toMatch(/ndjson: expected room on the disk, got ENOSPC.*; make some/)
      await full.makeRoom()
      const more = `${JSON.stringify({ channel: 'market_trades', sequence_num: 1000, events: [] })}\n`
      const next = await stocktake(full.folder, LATER, ingest, { stdin: Readable.from([more]) })
      expect(next, next.stderr).toMatchObject({ code: 0 })
      const stored = (await records(full.folder)).slice(1) // after the one of the segment that waits
      expect(stored.length - 1).toBe(RECORDS.length - lost)
      expect(stored).toEqual([...stored.keys()].map(n => (n === stored.length - 1 ? 1000 : n)))
    }
  })

  test('the demo says so', async () => {
    await full.makeRoom()
    await full.holdCopy(join(prepared, 'temp'))
    full.leave(4_000_000)
    const told = await stocktake(full.folder, NOW, ['demo'])
    expect(told.code, told.stderr).toBe(1)
    expect(told.stderr).toMatch(/: expected room on the disk, got ENOSPC: no space left on device; make some/)
  })
})
