import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { askLake, getMoveTotals, getPairTotals } from '../../src/snapshot/askedPair.js'
import { withDelta } from '../../src/snapshot/comparedObjects.js'
import {
  askPair,
  type ChangeRow,
  type FolderChanges,
  listPairChanges,
  type MoveRow,
  type PairChanges,
  withPairChanges,
} from '../../src/snapshot/pairChanges.js'
import type { Receipt } from '../../src/snapshot/receipts.js'
import { getPair } from '../../src/snapshot/snapshotPair.js'
import { tryTimes } from '../laws.js'
import { type BucketState, bucketHistory, type LiveObject } from './changingBucket.js'
import {
  closeTestLake,
  connectorOf,
  type ImportChanges,
  importOne,
  LEAST_LIMITS,
  openTestLake,
  type TestLake,
} from './importing.js'
import {
  changeRow,
  plainDelta,
  plainFolderChanges,
  plainMoves,
  plainTotals,
  type SeenBucket,
  seenBy,
} from './plainDelta.js'
import { OPTIONAL_COLUMNS, type OptionalField, withoutFields } from './plainModels.js'
import { putCsv } from './reports.js'

let lake: TestLake
beforeEach(async () => {
  lake = await openTestLake()
})
afterEach(() => closeTestLake(lake))

const DAY_MS = 86_400_000
const MOMENTS = 3
const FIELDS = ['size', 'lastModified', 'eTag', 'storageClass'] as const satisfies readonly OptionalField[]

/** A snapshot in the lake, and what was live when it was taken, as its report showed it. */
interface Taken {
  readonly receipt: Receipt
  readonly seen: SeenBucket
}

/** Imports a report of each state, a day after the one before. */
async function importHistory(
  states: readonly BucketState[],
  lacking: readonly (readonly OptionalField[])[],
  run: number,
  changes: ImportChanges = {},
): Promise<Taken[]> {
  const connector = connectorOf({}, {}, `run${run}`)
  const taken: Taken[] = []
  for (const [i, { rows, live }] of states.entries()) {
    const hidden = lacking[i] ?? []
    const columns = FIELDS.filter(field => !hidden.includes(field)).map(field => OPTIONAL_COLUMNS[field])
    const seenRows = rows.map(row => withoutFields(row, hidden))
    const day = new Date(Date.UTC(2026, 0, 1) + (run * 10 + i) * DAY_MS)
    await putCsv(lake.reports, day, seenRows, [
      'bucket',
      'key',
      'version_id',
      'is_latest',
      'is_delete_marker',
      ...columns,
    ])
    taken.push({ receipt: await importOne(lake, { connector, ...changes }), seen: seenBy(live, hidden) })
  }
  return taken
}

async function gather<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const row of rows) all.push(row)
  return all
}

/** All ordered pairs of different snapshots. */
const pairsOf = (taken: readonly Taken[]): [Taken, Taken][] =>
  taken.flatMap(from => taken.flatMap(to => (from === to ? [] : [[from, to] as [Taken, Taken]])))

/** Compares the answer to every question with the sets. */
async function checkPair(changes: PairChanges, before: SeenBucket, after: SeenBucket): Promise<void> {
  const { prefix } = changes.pair
  const expected = plainDelta(before, after, prefix)
  expect(await gather(listPairChanges(changes, lake))).toEqual(expected.map(changeRow))
  expect(await getPairTotals(askLake(changes, lake))).toMatchObject(plainTotals(expected))
  const at = prefix.split('/').length - 1
  for (const depth of [1, 9])
    expect(await gather(askPair<FolderChanges>('changes_by_folder', changes, lake, depth))).toEqual(
      plainFolderChanges(before, after, prefix, [at, at + depth]),
    )
  await checkMoves(changes, before, after)
}

/** Which of the like ones a key became can't be known; but each is used once, and none is left over on both sides. */
async function checkMoves(changes: PairChanges, before: SeenBucket, after: SeenBucket): Promise<void> {
  const expected = plainMoves(plainDelta(before, after, changes.pair.prefix))
  const moves = await gather(askPair<MoveRow>('moves', changes, lake))
  const found = new Map<string, number>()
  for (const { key_before, key_after, size, e_tag } of moves) {
    expect([before.get(key_before), before.has(key_after)]).toMatchObject([{ size, eTag: e_tag }, false])
    expect([after.get(key_after), after.has(key_before)]).toMatchObject([{ size, eTag: e_tag }, false])
    found.set(`${size} ${e_tag}`, (found.get(`${size} ${e_tag}`) ?? 0) + 1)
  }
  expect(found).toEqual(expected)
  for (const side of ['key_before', 'key_after'] as const)
    expect(new Set(moves.map(row => row[side])).size).toBe(moves.length)
  expect((await getMoveTotals(askLake(changes, lake))).moved_count).toBe(BigInt(moves.length))
}

/** What the engine of deltas finds, whether or not the lake has it, in the order of the keys. */
const readDelta = (older: Receipt, newer: Receipt): Promise<ChangeRow[]> =>
  withDelta(older, newer, lake, async ({ changes }) => {
    const rows = await lake.engine.rows(`select * from (${changes}) order by key`)
    expect(new Set(rows.map(row => [row.connector, row.snapshot, row.base_snapshot].join()))).toEqual(
      new Set(rows.length > 0 ? [[newer.connector, newer.snapshot, older.snapshot].join()] : []),
    )
    const columns = new Set([...IMPORT_COLUMNS, 'base_snapshot'])
    return rows.map(row => Object.fromEntries(Object.entries(row).filter(([name]) => !columns.has(name)))) as never
  })

const IMPORT_COLUMNS = ['connector', 'dt', 'snapshot', 'import_id']

const lacking = fc.oneof(
  { weight: 3, arbitrary: fc.constant<OptionalField[]>([]) },
  { weight: 1, arbitrary: fc.subarray<OptionalField>([...FIELDS], { minLength: 1, maxLength: 2 }) },
)

const history = fc.record({
  states: bucketHistory(MOMENTS),
  lacking: fc.array(lacking, { minLength: MOMENTS, maxLength: MOMENTS }),
  prefixFrom: fc.nat(),
})

/** A text that some keys of the bucket start with: a key, cut somewhere. */
function pickPrefix(states: readonly BucketState[], from: number): string {
  const keys = states.flatMap(({ live }) => [...live.keys()])
  const points = [...(keys[from % Math.max(1, keys.length)] ?? '')]
  return points.slice(0, from % (points.length + 1)).join('')
}

let runs = 0

test('what differs between any two snapshots is what sets of their live keys say', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ states, lacking, prefixFrom }) => {
      const taken = await importHistory(states, lacking, ++runs)
      for (const [from, to] of pairsOf(taken))
        for (const prefix of new Set(['', pickPrefix(states, prefixFrom)])) {
          const { connector } = to.receipt
          const wanted = { connector, from: from.receipt.snapshot, to: to.receipt.snapshot, prefix }
          const pair = await getPair(wanted, [], lake)
          await withPairChanges(pair, lake, changes => checkPair(changes, from.seen, to.seen))
        }
      for (const [older, newer] of pairsOf(taken))
        if (older.receipt.snapshot < newer.receipt.snapshot)
          expect(await readDelta(older.receipt, newer.receipt)).toEqual(
            plainDelta(older.seen, newer.seen).map(changeRow),
          )
    }),
    { numRuns: tryTimes(1, 3) },
  )
})

/** A bucket of 24,000 keys, and what becomes of it: here a folder goes and another comes, there every 97th object changes. */
function largeStates(): BucketState[] {
  const first = new Map<string, LiveObject>()
  for (let i = 0; i < 24_000; i++) first.set(`f${String(i % 240).padStart(3, '0')}/${i}`, plainObject(i, 'a'))
  const second = new Map(first)
  for (const key of first.keys()) if (key.startsWith('f100/')) second.delete(key)
  for (let i = 0; i < 150; i++) second.set(`f100/moved/${i}`, plainObject(i, 'a'))
  const third = new Map([...second].filter(([key]) => !key.endsWith('77')))
  for (const [i, key] of [...third.keys()].entries()) if (i % 97 === 0) third.set(key, plainObject(i, 'b'))
  return [first, second, third].map(live => ({
    live,
    rows: [...live].map(([key, object]) => ({
      key,
      versionId: 'v1',
      isLatest: true,
      isDeleteMarker: false,
      ...object,
    })),
  }))
}

const plainObject = (i: number, eTag: string): LiveObject => ({
  size: BigInt(i),
  eTag: `${eTag}${i}`,
  lastModified: new Date(Date.UTC(2026, 0, 1) + i * 1000),
  storageClass: 'STANDARD',
})

test('so it is where snapshots are of many files, and most of them did not change', async () => {
  const taken = await importHistory(largeStates(), [], ++runs, { limits: LEAST_LIMITS })
  const read = async (from: Taken, to: Taken, prefix: string) => {
    const wanted = { connector: to.receipt.connector, from: from.receipt.snapshot, to: to.receipt.snapshot, prefix }
    return withPairChanges(await getPair(wanted, [], lake), lake, changes => gather(listPairChanges(changes, lake)))
  }
  for (const [from, to] of pairsOf(taken)) {
    for (const prefix of ['', 'f1', 'f100/'])
      expect(await read(from, to, prefix)).toEqual(plainDelta(from.seen, to.seen, prefix).map(changeRow))
    const isForward = from.receipt.snapshot < to.receipt.snapshot
    if (isForward)
      expect(await readDelta(from.receipt, to.receipt)).toEqual(plainDelta(from.seen, to.seen).map(changeRow))
  }
})
