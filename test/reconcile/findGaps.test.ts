import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { NotFoundError } from '../../src/errors.js'
import { findGaps } from '../../src/reconcile/findGaps.js'
import { closeHandmadeLake, type HandmadeLake } from '../snapshot/handmadeLake.js'
import {
  type BucketObject,
  type GapRow,
  gapId,
  openReconcileLake,
  putSnapshot,
  readExpectations,
  runOnce,
} from './reconcileLake.js'

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openReconcileLake()
})
afterEach(() => closeHandmadeLake(lake))

const WHOLE = '2026-01-20T01-00Z'
const LATER = '2026-01-20T10-31-07Z'
const RUN = new Date('2026-01-20T12:00:00Z')
const NEXT = new Date('2026-01-21T12:00:00Z')

const objectsOf = (...keys: string[]): BucketObject[] =>
  keys.map(key => ({ key, size: 10, lastModified: new Date('2026-01-19T20:00:00Z'), storageClass: 'STANDARD' }))

const kindsOf = (gaps: readonly GapRow[]): string[] =>
  gaps.map(({ kind, key_prefix, resolved_at }) => `${resolved_at ? 'gone ' : ''}${kind} ${key_prefix}`)

const BOX_SCORES = `
datasets:
  box_scores:
    key: box/{date:yyyy-MM-dd}.json
    weight: 9
    expect: { date: { from: 2026-01-16, to: today-1d } }
`

test('a gap says what is missing, since when, and why it matters', async () => {
  const deleted = [{ key: 'box/2026-01-17.json', baseSnapshot: '2026-01-19T01-00Z' }]
  await putSnapshot(
    lake,
    { id: 'w', snapshot: WHOLE },
    objectsOf('box/2026-01-16.json', 'box/2026-01-19.json'),
    deleted,
  )
  const { found, gaps } = await runOnce(await readExpectations(BOX_SCORES), lake, RUN)
  expect(gaps).toEqual([
    {
      run_id: RUN.toISOString(),
      run_at: RUN,
      gap_id: gapId('a', 'box_scores', 'missing', 'date=2026-01-17'),
      connector: 'a',
      dataset: 'box_scores',
      kind: 'missing',
      priority: 'critical',
      reason:
        'no object box/2026-01-17.json; it was there until 2026-01-19; critical as weight is 8 or more and it is older than 1 day',
      key_prefix: 'box/2026-01-17.json',
      partition_values: '{"date":"2026-01-17"}',
      expected: '1 object',
      found: 'no object',
      first_seen: RUN,
      times_seen: 1n,
      resolved_at: null,
    },
    expect.objectContaining({
      key_prefix: 'box/2026-01-18.json',
      reason: 'no object box/2026-01-18.json; critical as weight is 8 or more and it is older than 1 day',
    }),
  ])
  expect(found.coverage).toEqual([
    {
      connector: 'a',
      dataset: 'box_scores',
      expected_count: 4n,
      found_count: 2n,
      missing_count: 2n,
      unknown_count: 0n,
      share: 0.5,
      object_count: 2n,
      size_bytes: 20n,
      last_modified: new Date('2026-01-19T20:00:00Z'),
      looked_at: new Date('2026-01-20T01:00:00Z'),
      sample_rate: null,
      rejected_row_count: 0n,
    },
  ])
})

test('a bucket that was looked at a week ago lacks nothing that was to come since', async () => {
  await putSnapshot(lake, { id: 'w', snapshot: '2026-01-17T23-59Z' }, objectsOf('box/2026-01-16.json'))
  expect((await runOnce(await readExpectations(BOX_SCORES), lake, RUN)).gaps).toEqual([])
})

test('what a newer scan found is there, and what it did not find is missing', async () => {
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, objectsOf('box/2026-01-16.json', 'box/2026-01-18.json'))
  const scan = { id: 's', snapshot: LATER, scope: 'box/2026-01-1' }
  await putSnapshot(lake, scan, objectsOf('box/2026-01-16.json', 'box/2026-01-17.json', 'box/2026-01-19.json'))
  const { gaps } = await runOnce(await readExpectations(BOX_SCORES), lake, RUN)
  expect(kindsOf(gaps)).toEqual(['missing box/2026-01-18.json'])
})

test('when it vanished is told only where it was not there since', async () => {
  const lost = ['17', '18'].map(day => ({ key: `box/2026-01-${day}.json`, baseSnapshot: '2026-01-13T01-00Z' }))
  await putSnapshot(lake, { id: 'v', snapshot: '2026-01-18T01-00Z' }, [], lost)
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, objectsOf('box/2026-01-16.json', 'box/2026-01-17.json'))
  await putSnapshot(lake, { id: 's', snapshot: LATER, scope: 'box/2026-01-1' }, objectsOf('box/2026-01-16.json'))
  const { gaps } = await runOnce(await readExpectations(BOX_SCORES), lake, RUN)
  expect(gaps.map(({ reason }) => reason.replace(/; critical .*/, ''))).toEqual([
    'no object box/2026-01-17.json; it was there until 2026-01-20', // it came back, and a scan found it gone again
    'no object box/2026-01-18.json; it was there until 2026-01-13',
    'no object box/2026-01-19.json',
  ])
})

test('a partition was there until the last of its objects was', async () => {
  const expectations = await readExpectations(`
datasets:
  pbp: { key: "pbp/{date:yyyy-MM-dd}/{game}", expect: { date: { from: 2026-01-16, to: today-1d } } }
`)
  const keys = ['16', '17', '18', '19'].map(day => `pbp/2026-01-${day}/2`)
  const lost = ['17', '18'].map(day => ({ key: `pbp/2026-01-${day}/1`, baseSnapshot: '2026-01-13T01-00Z' }))
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, objectsOf(...keys), lost)
  await putSnapshot(lake, { id: 's', snapshot: LATER, scope: 'pbp/2026-01-17/' }, [])
  const { gaps } = await runOnce(expectations, lake, RUN)
  expect(gaps.map(({ reason }) => reason)).toEqual([
    'no object below pbp/2026-01-17/; it was there until 2026-01-20; high as weight is 5 or more and it is older than 1 day',
  ])
})

test('what a newer scan shows of days that came since is not unexpected', async () => {
  const expectations = await readExpectations(`${BOX_SCORES}    allow_unexpected: false\n`)
  const keys = ['16', '17', '18', '19'].map(day => `box/2026-01-${day}.json`)
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, objectsOf(...keys))
  const days = ['20', '23', '26', '27'].map(day => `box/2026-01-${day}.json`)
  const scan = { id: 's', snapshot: '2026-01-26T10-31-07Z', scope: 'box/2026-01-2' }
  await putSnapshot(lake, scan, objectsOf(...days))
  const { gaps } = await runOnce(expectations, lake, new Date('2026-01-26T12:00Z'))
  expect(kindsOf(gaps)).toEqual(['unexpected box/2026-01-27.json'])
})

test('what a newer report does not say resolves nothing', async () => {
  const expectations = await readExpectations(`
datasets:
  box_scores:
    key: box/{date:yyyy-MM-dd}.json
    expect: { date: { from: 2026-01-16, to: today-1d } }
    partition: { bytes: { min: 1kB, max: 2kB, of_median: { min: 50%, max: 150%, over: 2 } } }
    total: { bytes: { min: 8kB } }
    freshness: 1h
    storage_classes: [STANDARD]
`)
  const keys = ['16', '17', '18', '19'].map(day => `box/2026-01-${day}.json`)
  const lastModified = new Date('2026-01-19T20:00:00Z')
  const objects = [1500, 1500, 0, 3000].map((size, i) => ({
    key: keys[i] ?? '',
    size,
    lastModified,
    storageClass: 'DEEP',
  }))
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, objects)
  const first = await runOnce(expectations, lake, RUN)
  expect(first.gaps.map(({ kind }) => kind)).toEqual([
    ...['stale', 'too_large', 'too_small', 'too_small', ...keys.map(() => 'wrong_class'), 'zero_byte'],
  ])
  await putSnapshot(
    lake,
    { id: 'x', snapshot: '2026-01-20T02-00Z' },
    keys.map(key => ({ key })),
  )
  const second = await runOnce(expectations, lake, NEXT, first.found.gaps)
  expect(kindsOf(second.gaps)).toEqual([])
  const mended = keys.map(key => ({
    key,
    size: 2000,
    lastModified: new Date('2026-01-20T02:30:00Z'),
    storageClass: 'STANDARD',
  }))
  await putSnapshot(lake, { id: 'y', snapshot: '2026-01-20T03-00Z' }, mended)
  const third = await runOnce(expectations, lake, NEXT, first.found.gaps)
  expect(third.gaps.map(({ kind, resolved_at }) => [kind, resolved_at])).toEqual([
    ...[...first.gaps.map(({ kind }) => [kind, NEXT])],
  ])
})

test('of a median over sizes that are not known nothing is resolved', async () => {
  const expectations = await readExpectations(`
datasets:
  box_scores:
    key: box/{date:yyyy-MM-dd}.json
    expect: { date: { from: 2026-01-16, to: today-1d } }
    partition: { bytes: { of_median: { min: 50%, max: 150%, over: 2 } } }
`)
  const object = (day: number, size?: number) => ({ key: `box/2026-01-${day}.json`, size })
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, [object(16, 10), object(17, 10), object(18, 1), object(19, 90)])
  const first = await runOnce(expectations, lake, RUN)
  expect(kindsOf(first.gaps)).toEqual(['too_large box/2026-01-19.json', 'too_small box/2026-01-18.json'])
  const unsized = [object(16, 10), object(17), object(18, 1), object(19, 90)]
  await putSnapshot(lake, { id: 'x', snapshot: '2026-01-20T02-00Z' }, unsized)
  expect(kindsOf((await runOnce(expectations, lake, NEXT, first.found.gaps)).gaps)).toEqual([])
  await putSnapshot(lake, { id: 'y', snapshot: '2026-01-20T03-00Z' }, unsized.slice(2))
  expect(kindsOf((await runOnce(expectations, lake, NEXT, first.found.gaps)).gaps)).toEqual([
    'missing box/2026-01-16.json',
    'missing box/2026-01-17.json',
    'gone too_large box/2026-01-19.json', // with one before it
    'gone too_small box/2026-01-18.json',
  ])
})

describe('of a report with malformed rows', () => {
  const FLAWED = { id: 'f', snapshot: WHOLE, rejectedRowCount: 150n }

  test('nothing is missing, and the share is not known', async () => {
    const expectations = await readExpectations(`${BOX_SCORES}    total: { objects: { min: 9 } }\n    freshness: 1h\n`)
    await putSnapshot(lake, FLAWED, objectsOf('box/2026-01-16.json'))
    const { found, gaps } = await runOnce(expectations, lake, RUN)
    expect(gaps).toEqual([])
    expect(found.coverage).toMatchObject([
      {
        ...{ found_count: 1n, missing_count: 0n, unknown_count: 3n, share: null, sample_rate: null },
        ...{ looked_at: new Date('2026-01-20T01:00Z'), rejected_row_count: 150n },
      },
    ])
  })

  test('what it lacks was not there until the one before it', async () => {
    const lost = [{ key: 'box/2026-01-17.json', baseSnapshot: '2026-01-13T01-00Z' }]
    await putSnapshot(lake, { ...FLAWED, snapshot: '2026-01-18T01-00Z' }, [], lost)
    await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, objectsOf('box/2026-01-16.json', 'box/2026-01-18.json'))
    const { gaps } = await runOnce(await readExpectations(BOX_SCORES), lake, RUN)
    expect(gaps.map(({ reason }) => reason.replace(/; critical .*/, ''))).toEqual([
      'no object box/2026-01-17.json',
      'no object box/2026-01-19.json',
    ])
  })

  test('a newer scan without any proves what its own prefix lacks', async () => {
    await putSnapshot(lake, FLAWED, objectsOf('box/2026-01-16.json'))
    await putSnapshot(lake, { id: 's', snapshot: LATER, scope: 'box/2026-01-18' }, [])
    const part = await runOnce(await readExpectations(BOX_SCORES), lake, RUN)
    expect(kindsOf(part.gaps)).toEqual(['missing box/2026-01-18.json'])
    await putSnapshot(lake, { id: 't', snapshot: '2026-01-20T11-31-07Z', scope: 'box/' }, [])
    const all = await runOnce(await readExpectations(BOX_SCORES), lake, RUN)
    expect(kindsOf(all.gaps)).toHaveLength(4)
    expect(all.found.coverage).toMatchObject([{ unknown_count: 0n, share: 0, rejected_row_count: 0n }])
  })

  test('one below a whole report leaves open what that one lacked', async () => {
    await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, objectsOf('box/2026-01-16.json'))
    await putSnapshot(lake, { ...FLAWED, snapshot: LATER, scope: 'box/2026-01-1' }, [])
    const { found, gaps } = await runOnce(await readExpectations(BOX_SCORES), lake, RUN)
    expect(gaps).toEqual([])
    expect(found.coverage).toMatchObject([{ unknown_count: 4n, rejected_row_count: 150n }])
  })

  test('an open gap is gone where it shows the object, and stays where it shows nothing', async () => {
    const expectations = await readExpectations(BOX_SCORES)
    await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, [])
    const first = await runOnce(expectations, lake, RUN)
    expect(first.gaps).toHaveLength(4)
    await putSnapshot(lake, { ...FLAWED, snapshot: '2026-01-20T02-00Z' }, objectsOf('box/2026-01-16.json'))
    const second = await runOnce(expectations, lake, NEXT, first.found.gaps)
    expect(kindsOf(second.gaps)).toEqual(['gone missing box/2026-01-16.json'])
  })
})

test('gaps are known again, and gone when they are mended', async () => {
  const expectations = await readExpectations(BOX_SCORES)
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, objectsOf('box/2026-01-16.json', 'box/2026-01-17.json'))
  const first = await runOnce(expectations, lake, RUN)
  expect(kindsOf(first.gaps)).toEqual(['missing box/2026-01-18.json', 'missing box/2026-01-19.json'])
  await putSnapshot(lake, { id: 's', snapshot: LATER, scope: 'box/2026-01-18' }, objectsOf('box/2026-01-18.json'))
  const second = await runOnce(expectations, lake, NEXT, first.found.gaps)
  expect(second.gaps).toMatchObject([
    { gap_id: first.gaps[0]?.gap_id, first_seen: RUN, times_seen: 1n, resolved_at: NEXT },
    { gap_id: first.gaps[1]?.gap_id, first_seen: RUN, times_seen: 2n, resolved_at: null },
  ])
})

test('gaps of a dataset that is expected no more are gone, and those of one that was not asked for are not', async () => {
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, objectsOf('box/2026-01-16.json'))
  const two = await readExpectations(`${BOX_SCORES}  others: { key: others/ }\n`)
  const first = await runOnce(two, lake, RUN)
  expect(kindsOf(first.gaps)).toHaveLength(4)
  const one = await runOnce(
    await readExpectations('datasets: { others: { key: others/ } }'),
    lake,
    NEXT,
    first.found.gaps,
  )
  expect(kindsOf(one.gaps)).toEqual([
    ...['17', '18', '19'].map(day => `gone missing box/2026-01-${day}.json`),
    'missing others/',
  ])
  const asked = await findGaps(two, lake, {
    runId: 'r',
    runAt: NEXT,
    clock: NEXT,
    datasets: ['others'],
    openGaps: first.found.gaps,
  })
  expect(await lake.engine.rows(`select dataset, times_seen from (${asked.gaps})`)).toEqual([
    { dataset: 'others', times_seen: 2n },
  ])
  expect(asked.coverage.map(({ dataset }) => dataset)).toEqual(['others'])
})

test('a dataset that there is not is told', async () => {
  const expectations = await readExpectations(BOX_SCORES)
  const found = findGaps(expectations, lake, { runId: 'r', runAt: RUN, clock: RUN, datasets: ['box_score'] })
  await expect(found).rejects.toThrow(NotFoundError)
  await expect(found).rejects.toThrow('dataset box_score: no such dataset; did you mean box_scores?')
})

test('where nobody has looked nothing is known', async () => {
  const { found, gaps } = await runOnce(await readExpectations(BOX_SCORES), lake, RUN)
  expect(gaps).toEqual([])
  expect(found.coverage).toMatchObject([{ dataset: 'box_scores', expected_count: null, share: null, looked_at: null }])
})

test('the files of a run are removed with it, and those of one that fails at once', async () => {
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, [])
  const { found } = await runOnce(await readExpectations(BOX_SCORES), lake, RUN)
  await found.remove()
  await expect(lake.engine.rows(found.gaps)).rejects.toThrow('No files found')
})

describe('of a sample', () => {
  const SAMPLE = { id: 'p', snapshot: WHOLE, sampleRate: 0.1 }

  test('nothing is missing, and the share is not known', async () => {
    await putSnapshot(lake, SAMPLE, objectsOf('box/2026-01-16.json'))
    const { found, gaps } = await runOnce(await readExpectations(BOX_SCORES), lake, RUN)
    expect(gaps).toEqual([])
    expect(found.coverage).toMatchObject([
      { expected_count: 4n, found_count: 1n, missing_count: 0n, unknown_count: 3n, share: null, sample_rate: 0.1 },
    ])
  })

  test('what a newer scan of a prefix did not find is missing; an older scan proves nothing', async () => {
    await putSnapshot(lake, { id: 'o', snapshot: '2026-01-18T10-31-07Z', scope: 'box/2026-01-17' }, [])
    await putSnapshot(lake, SAMPLE, objectsOf('box/2026-01-16.json'))
    await putSnapshot(lake, { id: 's', snapshot: LATER, scope: 'box/2026-01-18' }, [])
    const { gaps } = await runOnce(await readExpectations(BOX_SCORES), lake, RUN)
    expect(kindsOf(gaps)).toEqual(['missing box/2026-01-18.json'])
  })

  test('an open gap is gone where the sample shows the object, and stays where it shows nothing', async () => {
    const expectations = await readExpectations(BOX_SCORES)
    await putSnapshot(lake, { ...SAMPLE, id: 'x' }, [])
    await putSnapshot(lake, { id: 's', snapshot: LATER, scope: 'box/' }, [])
    const first = await runOnce(expectations, lake, RUN)
    expect(first.gaps).toHaveLength(4)
    const other = await openReconcileLake()
    try {
      await putSnapshot(other, SAMPLE, objectsOf('box/2026-01-16.json'))
      const second = await runOnce(expectations, other, NEXT, first.found.gaps)
      expect(kindsOf(second.gaps)).toEqual(['gone missing box/2026-01-16.json'])
    } finally {
      await closeHandmadeLake(other)
    }
  })

  test('an object that it does not show may be the newest', async () => {
    const expectations = await readExpectations('datasets: { box_scores: { key: box/, freshness: 1h } }')
    await putSnapshot(lake, { id: 'w', snapshot: '2026-01-19T23-00Z' }, objectsOf('box/2026-01-16.json'))
    const first = await runOnce(expectations, lake, RUN)
    expect(kindsOf(first.gaps)).toEqual(['stale box/'])
    const other = await openReconcileLake()
    try {
      await putSnapshot(other, SAMPLE, [])
      expect(kindsOf((await runOnce(expectations, other, NEXT, first.found.gaps)).gaps)).toEqual([])
    } finally {
      await closeHandmadeLake(other)
    }
  })

  test('what it shows is proven', async () => {
    const expectations = await readExpectations(`
datasets:
  box_scores:
    key: box/{date:yyyy-MM-dd}.json
    expect: { date: { from: 2026-01-16, to: today-1d } }
    partition: { objects: { max: 1 }, bytes: { min: 1kB, max: 2kB } }
    total: { objects: { min: 1000 } }
    freshness: 1h
    storage_classes: [STANDARD]
    allow_unexpected: false
    companions: ["{key}.md5"]
`)
    const objects: BucketObject[] = [
      { key: 'box/2026-01-16.json', size: 0, storageClass: 'STANDARD', lastModified: new Date('2026-01-16T00:00Z') },
      { key: 'box/2026-01-17.json', size: 3000, storageClass: 'GLACIER', lastModified: new Date('2026-01-16T00:00Z') },
      { key: 'box/2026-01-20.json', size: 1500, storageClass: 'STANDARD', lastModified: new Date('2026-01-16T00:00Z') },
      { key: 'box/2025-01-20.json', size: 1500, storageClass: 'STANDARD', lastModified: new Date('2026-01-16T00:00Z') },
      { key: 'box/notes/a.txt', size: 15, storageClass: 'STANDARD', lastModified: new Date('2026-01-16T00:00Z') },
    ]
    await putSnapshot(lake, SAMPLE, objects)
    const { gaps } = await runOnce(expectations, lake, RUN)
    expect(kindsOf(gaps)).toEqual([
      'too_large box/2026-01-17.json',
      'unexpected box/2025-01-20.json', // that of the 20th is to come
      'unexpected box/notes/a.txt',
      'wrong_class box/2026-01-17.json',
      'zero_byte box/2026-01-16.json',
    ])
  })
})

test('a companion that was not looked at when its object came is not missing', async () => {
  const expectations = await readExpectations(`
datasets:
  photos: { key: "p/{name}.CR3", companions: ["{stem}.xmp"] }
`)
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, objectsOf('p/1.CR3', 'p/2.CR3', 'p/2.xmp'))
  await putSnapshot(lake, { id: 's', snapshot: LATER, scope: 'p/3.CR3' }, objectsOf('p/3.CR3'))
  const first = await runOnce(expectations, lake, RUN)
  expect(kindsOf(first.gaps)).toEqual(['companion_missing p/1.xmp'])
  await putSnapshot(
    lake,
    { id: 't', snapshot: '2026-01-20T11-31-07Z', scope: 'p/' },
    objectsOf('p/1.CR3', 'p/1.xmp', 'p/3.CR3'),
  )
  const second = await runOnce(expectations, lake, NEXT, first.found.gaps)
  expect(kindsOf(second.gaps)).toEqual(['gone companion_missing p/1.xmp', 'companion_missing p/3.xmp'])
})

test('a companion elsewhere is missing when its own place was looked at', async () => {
  const expectations = await readExpectations(`
datasets:
  photos: { key: "p/{name}.CR3", companions: ["side/{stem}.xmp"] }
`)
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, [])
  await putSnapshot(lake, { id: 's', snapshot: LATER, scope: 'p/' }, objectsOf('p/1.CR3', 'p/2.CR3'))
  expect((await runOnce(expectations, lake, RUN)).gaps).toEqual([])
  await putSnapshot(lake, { id: 't', snapshot: LATER, scope: 'side/' }, objectsOf('side/p/1.xmp'))
  expect(kindsOf((await runOnce(expectations, lake, RUN)).gaps)).toEqual(['companion_missing side/p/2.xmp'])
})

test('keys and values are texts, whatever they look like', async () => {
  const expectations = await readExpectations(`
datasets:
  odd:
    key: "o'd\\"d $1/{name}/{n}"
    expect: { name: ["it's", 'a"b', "$1", "\\\\1", "c\\nd", "é📷", "x'); drop table t; --", "%"] }
`)
  const keys = ["it's", 'a"b', '$1', '\\1', 'c\nd', 'é📷'].map(name => `o'd"d $1/${name}/1`)
  await putSnapshot(lake, { id: 'w', snapshot: WHOLE }, objectsOf(...keys))
  const { found, gaps } = await runOnce(expectations, lake, RUN)
  expect(found.coverage).toMatchObject([{ expected_count: 8n, found_count: 6n, object_count: 6n }])
  expect(gaps.map(({ partition_values }) => JSON.parse(partition_values))).toEqual([
    { name: '%' },
    { name: "x'); drop table t; --" },
  ])
})
