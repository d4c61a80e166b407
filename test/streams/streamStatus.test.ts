import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import type { Stream } from '../../src/config/stream.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { changeDocument } from '../../src/lake/documents.js'
import { makeLease } from '../../src/lake/lease.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { describeProcess } from '../../src/lake/processFacts.js'
import { type IngestFigures, type IngestState, ingestStatePlace } from '../../src/streams/ingestState.js'
import { listSegments } from '../../src/streams/listSegments.js'
import { loadStreamStatus } from '../../src/streams/streamStatus.js'

const NOW = new Date('2026-01-20T10:30:00Z')
const ago = (ms: number): Date => new Date(NOW.getTime() - ms)

const FIGURES: IngestFigures = {
  started_at: ago(3_600_000),
  last_record_at: ago(4_000),
  connected_at: ago(3_599_000),
  records: 12_000,
  bytes: 3_000_000,
  records_per_second: 41.5,
  gaps: 2,
  missed_records: 7,
  missed_heartbeats: 1,
  reconnects: 3,
  flushed_at: ago(3_000),
}

async function openStream(yaml = '{ source: coinbase, freshness: 1m }'): Promise<Stream> {
  const readText = async () => `streams: { ticks: ${yaml} }`
  const { streams } = await loadConfig({ config: '/here/stocktake.yaml' }, { cwd: '/here', env: {}, readText })
  return streams[0] as Stream
}

async function statusOf(state: IngestState | undefined, keys: Readonly<Record<string, string>> = {}) {
  const store = new MemoryStore()
  const now = () => NOW
  const signal = new AbortController().signal
  if (state)
    await changeDocument(ingestStatePlace(store, 'ticks'), () => state, {
      ...{ now, signal, random: () => 0.5 },
      sleep: async () => {},
    })
  for (const [key, text] of Object.entries(keys)) await store.put(key, Buffer.from(text))
  return loadStreamStatus(await openStream(), { store, catalog: filesCatalog(store, { now }), now })
}

const ELSEWHERE = { pid: 7, space: 'another machine', began: null }
const holder = (untilMs: number) => ({
  ...makeLease('me', ELSEWHERE, 'vault', NOW),
  until: new Date(NOW.getTime() + untilMs),
  since: ago(3_600_000),
})

describe('what becomes of the ingest', () => {
  test.each<[string, IngestState | undefined, object]>([
    ['nobody ever began one', undefined, { state: 'never', host: null, lag_ms: null, is_late: false, records: 0 }],
    [
      'it runs',
      { holder: holder(50_000), last_segment: 4, figures: FIGURES },
      { state: 'running', host: 'vault', pid: 7, since: ago(3_600_000), lag_ms: 4_000, is_late: false },
    ],
    [
      'it runs, and nothing has come for longer than a minute',
      { holder: holder(50_000), last_segment: 4, figures: { ...FIGURES, last_record_at: ago(60_001) } },
      { state: 'running', lag_ms: 60_001, is_late: true },
    ],
    [
      'it runs, and its clock is ahead',
      { holder: holder(50_000), last_segment: 4, figures: { ...FIGURES, last_record_at: ago(-2_000) } },
      { state: 'running', lag_ms: 0, is_late: false },
    ],
    [
      'it was begun, and has no record yet',
      { holder: holder(50_000), last_segment: 1, figures: null },
      { state: 'running', last_record_at: null, lag_ms: null, is_late: true },
    ],
    [
      'it was ended',
      { holder: null, last_segment: 4, figures: FIGURES },
      { state: 'stopped', host: null, connected_at: null, records: 12_000, records_per_second: 0 },
    ],
    [
      'it has said nothing for longer than a lease holds',
      { holder: holder(-1), last_segment: 4, figures: FIGURES },
      { state: 'died', host: 'vault', pid: 7, connected_at: null, records_per_second: 0 },
    ],
  ])('%s', async (_, state, expected) => expect(await statusOf(state)).toMatchObject(expected))

  test('it is certain that its process is dead', async () => {
    const gone = { ...(await describeProcess(process.pid)), began: '1' } // a pid that another process has now
    const state = { holder: { ...holder(50_000), runner: gone }, last_segment: 4, figures: FIGURES }
    expect(await statusOf(state)).toMatchObject({ state: 'died' })
  })
})

test('all that a stream has is counted: segments in files or chunks, lines that were kept apart, tables', async () => {
  const status = await statusOf(undefined, {
    'raw/active/ticks/segment_20260120T10_00007.ndjson/00000001': 'a\nb\n',
    'raw/active/ticks/segment_20260120T10_00007.ndjson/00000002': 'c\n',
    'raw/active/ticks/segment_20260120T10_00008.ndjson': 'd\n',
    'raw/active/ticks2/segment_20260120T10_00001.ndjson': 'of another stream',
    'raw/ready/ticks/segment_20260120T09_00005.ndjson': '12345',
    'raw/ready/ticks/segment_20260120T09_00006.ndjson': '123',
    'raw/ready/ticks/notes.txt': 'no segment',
    'raw/rejected/ticks/segment_20260120T08_00003.ndjson': '{"line":1}\n{"line":9}\n',
  })
  expect(status).toMatchObject({
    active_segments: 2,
    active_bytes: 8,
    waiting_segments: 2,
    waiting_bytes: 8,
    rejected_files: 1,
    rejected_lines: 2,
    row_count: 0,
    committed_at: null,
    tables: ['ticker', 'level2', 'market_trades', 'events'].map(name => ({ table: `ticks.${name}`, row_count: 0 })),
  })
})

test('lines that were kept apart are counted only where they are few', async () => {
  const keys = Array.from(
    { length: 101 },
    (_, i) => `raw/rejected/ticks/segment_20260120T08_${String(i).padStart(5, '0')}.ndjson`,
  )
  const status = await statusOf(undefined, Object.fromEntries(keys.map(key => [key, '{}\n'])))
  expect(status).toMatchObject({ rejected_files: 101, rejected_bytes: 303, rejected_lines: null })
})

test('segments come in the order in which they were begun, also past the first 99,999', async () => {
  const store = new MemoryStore()
  for (const name of ['20260120T10_100000', '20260120T09_99999', '20260120T10_00002'])
    await store.put(`raw/ready/ticks/segment_${name}.ndjson`, Buffer.from('x'))
  expect((await listSegments(store, 'raw/ready/ticks')).map(({ number }) => number)).toEqual([2, 99_999, 100_000])
})
