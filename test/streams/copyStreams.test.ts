import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toStream } from '../../src/config/stream.js'
import { streamSchema } from '../../src/config/streamSchema.js'
import { BATCHES_PROPERTY } from '../../src/iceberg/batches.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { CopyCorruptError } from '../../src/lake/copyObject.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { ObjectStore, StoredObject } from '../../src/lake/objectStore.js'
import { type CopiedStage, type CopyEffects, copyStreams, listCopiedStreams } from '../../src/streams/copyStreams.js'
import { claimSegment } from '../../src/streams/etlClaim.js'
import { streamTableSpec } from '../../src/streams/streamTables.js'
import { takeSegment } from '../../src/streams/takeSegment.js'

let tempFolder: string
let from: CountingStore
let to: CountingStore
beforeEach(async () => {
  tempFolder = await mkdtemp(join(tmpdir(), 'stocktake-copy-'))
  ;[from, to] = [new CountingStore('memory://lake'), new CountingStore('memory://vault')]
  for (const [key, text] of Object.entries(FILES)) await from.put(key, Buffer.from(text))
})
afterEach(() => rm(tempFolder, { recursive: true }))

const SEGMENT = 'segment_20260120T10_00007'
const FILES = {
  [`raw/ready/ticks/${SEGMENT}.ndjson`]: '{"a":1}\n',
  'raw/ready/ticks/segment_20260121T00_00008.ndjson': '{"a":2}\n',
  'processed/ticks/market_trades/product_id=BTC-USD/date=2026-01-20/part_20260120T10_00006.parquet': 'parquet',
  'processed/other/records/product_id=a b/date=2026-01-20/part_20260120T10_00001.parquet': 'more parquet',
  'raw/active/ticks/segment_20260121T00_00009.ndjson': 'is being written',
  'raw/rejected/ticks/segment_20260120T09_00005.ndjson': 'stays',
  'state/streams/ticks/ingest/1.json': 'stays',
}
const COPIED = Object.keys(FILES).filter(key => /^(raw\/ready|processed)\//.test(key))

/** Memory that says which objects were read, and has S3's ETags where it is to. */
class CountingStore extends MemoryStore {
  readonly reads: string[] = []
  eTags: ((bytes: Uint8Array) => string) | undefined

  override async *stream(...[key, range]: Parameters<ObjectStore['stream']>) {
    this.reads.push(key)
    yield* super.stream(key, range)
  }

  override async find(key: string): Promise<StoredObject | undefined> {
    const found = await super.find(key)
    const bytes = this.objects.get(key)?.bytes
    return found && bytes && this.eTags ? { ...found, eTag: this.eTags(bytes) } : found
  }
}

const effects = (more: Partial<CopyEffects> = {}): CopyEffects => ({
  ...{ from, to, tempFolder, progress: () => {}, signal: new AbortController().signal },
  ...more,
})

async function copy(more: Partial<CopyEffects> = {}, pattern?: string): Promise<CopiedStage[]> {
  const options = { streams: await listCopiedStreams(from), ...(pattern && { pattern }) }
  const stages: CopiedStage[] = []
  for await (const stage of copyStreams(options, effects(more))) stages.push(stage)
  return stages
}

const sum = (stages: readonly CopiedStage[], name: 'files' | 'copied' | 'same' | 'gone' | 'moved' | 'kept') =>
  stages.reduce((total, stage) => total + stage[name], 0)

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

test('copies segments that wait and Parquet files of all streams, and nothing else', async () => {
  const stages = await copy()
  expect(stages.map(({ stream, stage, copied, bytes }) => [stream, stage, copied, bytes])).toEqual([
    ['other', 'ready', 0, 0],
    ['other', 'processed', 1, 12],
    ['ticks', 'ready', 2, 16],
    ['ticks', 'processed', 1, 7],
  ])
  expect([...to.objects.keys()].sort()).toEqual(COPIED.sort())
  for (const key of COPIED) expect(await to.read(key)).toEqual(await from.read(key))
  expect([...from.objects.keys()]).toEqual(Object.keys(FILES))
  expect(await readdir(tempFolder)).toEqual([])
})

test.each([
  ['segment_20260120T*', 1],
  ['*.parquet', 2],
  ['segment_*', 2],
  ['SEGMENT_*', 0],
])('only files whose name is like %s', async (pattern, count) => {
  expect(sum(await copy({}, pattern), 'copied')).toBe(count)
})

describe('done again', () => {
  test('it copies nothing', async () => {
    await copy()
    expect(sum(await copy(), 'same')).toBe(4)
    expect(sum(await copy(), 'copied')).toBe(0)
  })

  test('it goes on after a failure', async () => {
    const put = to.putFile.bind(to)
    let puts = 0
    to.putFile = async (key, path) => {
      if (++puts === 3) throw new Error('the network is away')
      return put(key, path)
    }
    await expect(copy()).rejects.toThrow('the network is away')
    const stages = await copy()
    expect([sum(stages, 'copied') + sum(stages, 'same'), sum(stages, 'copied') < 4]).toEqual([4, true])
  })

  test.each([
    ['another size', '{"a":1}\n{"a'],
    ['the same size and other bytes', '{"a":3}\n'],
  ])('it replaces what has %s', async (_, text) => {
    await copy()
    await to.put(`raw/ready/ticks/${SEGMENT}.ndjson`, Buffer.from(text))
    expect(sum(await copy(), 'copied')).toBe(1)
    expect(Buffer.from(await to.read(`raw/ready/ticks/${SEGMENT}.ndjson`)).toString()).toBe('{"a":1}\n')
  })

  test.each<[string, 'from' | 'to' | 'both', { from: number; to: number }]>([
    ['from S3 reads nothing there', 'from', { from: 0, to: 4 }],
    ['to S3 reads nothing there', 'to', { from: 4, to: 0 }],
    ['from S3 to S3 reads nothing', 'both', { from: 0, to: 0 }],
  ])('%s where ETags tell', async (_, which, reads) => {
    await copy()
    if (which !== 'to') from.eTags = md5
    if (which !== 'from') to.eTags = md5
    from.list = withETags(from)
    for (const store of [from, to]) store.reads.length = 0
    expect(sum(await copy(), 'same')).toBe(4)
    expect({ from: from.reads.length, to: to.reads.length }).toEqual(reads)
  })
})

/** A listing of S3 has the ETags. */
const withETags = (store: CountingStore): ObjectStore['list'] =>
  async function* (prefix) {
    for (const key of [...store.objects.keys()].filter(key => key.startsWith(prefix)).sort()) {
      const found = await store.find(key)
      if (found) yield found
    }
  }

test('what arrives otherwise is told, and a segment stays', async () => {
  to.putFile = async key => to.put(key, Buffer.from('{"a":X}\n'))
  const move = copy({ takeSegment: async (_stream, _segment, act) => act(async () => true) }, 'segment_*')
  await expect(move).rejects.toThrow(CopyCorruptError)
  expect(from.objects.has(`raw/ready/ticks/${SEGMENT}.ndjson`)).toBe(true)
})

/** No time passes: leases don't end. */
const untilStopped = (_ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

describe('moved', () => {
  const signal = new AbortController().signal
  const ticks = toStream('ticks', streamSchema.parse({ source: 'coinbase' }))
  const claims = () => ({
    ...{ store: from, now: () => new Date('2026-01-20T11:00:00Z'), sleep: untilStopped, random: () => 0.5, signal },
    ...{ runner: { pid: 1, space: 'elsewhere', began: null }, host: 'vault' },
  })
  const taker: CopyEffects['takeSegment'] = (stream, segment, act) =>
    takeSegment(stream, segment, act, { ...claims(), catalog: filesCatalog(from, { now: claims().now }) })

  test('segments go, Parquet files stay', async () => {
    const stages = await copy({ takeSegment: taker })
    expect([sum(stages, 'copied'), sum(stages, 'moved'), sum(stages, 'kept')]).toEqual([4, 2, 0])
    const left = [...from.objects.keys()].filter(key =>
      /^(raw\/ready|processed|state\/streams\/ticks\/claims)\//.test(key),
    )
    expect(left.sort()).toEqual(COPIED.filter(key => key.startsWith('processed/')).sort())
  })

  test('one that an etl has stays, and is moved when that has given it back', async () => {
    const claim = await claimSegment('ticks', SEGMENT, claims())
    const stages = await copy({ takeSegment: taker })
    expect([sum(stages, 'moved'), sum(stages, 'kept')]).toEqual([1, 1])
    await claim?.release()
    expect(sum(await copy({ takeSegment: taker }), 'moved')).toBe(1)
  })

  test('one whose chunks ingest has not removed yet stays', async () => {
    await from.put(`raw/active/ticks/${SEGMENT}.ndjson/00000001`, Buffer.from('{"a":1}\n'))
    const stages = await copy({ takeSegment: taker }, `${SEGMENT}*`)
    expect([sum(stages, 'copied'), sum(stages, 'moved'), sum(stages, 'kept')]).toEqual([1, 0, 1])
  })

  test('one whose rows a table has stays', async () => {
    const spec = streamTableSpec(ticks, 'market_trades', from)
    const properties = { ...spec.properties, [BATCHES_PROPERTY]: JSON.stringify([`ticks/${SEGMENT}`]) }
    await filesCatalog(from, { now: claims().now }).create({ ...spec, properties })
    const stages = await copy({ takeSegment: taker })
    expect([sum(stages, 'moved'), sum(stages, 'kept')]).toEqual([1, 1])
    expect(from.objects.has(`raw/ready/ticks/${SEGMENT}.ndjson`)).toBe(true)
  })

  test("one that an etl was done with meanwhile is nobody's loss", async () => {
    const find = to.find.bind(to)
    to.find = async key => {
      await from.remove(`raw/ready/ticks/${SEGMENT}.ndjson`)
      return find(key)
    }
    expect(sum(await copy({ takeSegment: taker }, `${SEGMENT}*`), 'gone')).toBe(1)
  })
})
