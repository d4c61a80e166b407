import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tryTimes } from '../laws.js'
import { closeHandmadeLake, type HandmadeLake } from '../snapshot/handmadeLake.js'
import { plainGaps, type SeenObject } from './plainGaps.js'
import { type BucketObject, openReconcileLake, putSnapshot, readExpectations, runOnce } from './reconcileLake.js'

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openReconcileLake()
})
afterEach(() => closeHandmadeLake(lake))

const BASE = '2026-01-05T01-00Z'
const NEWER = '2026-01-05T02-00Z'
const SCAN = '2026-01-05T10-31-07Z'
const RUN = new Date('2026-01-05T12:00:00Z')

/** Objects by key: what a bucket holds. */
type Bucket = ReadonlyMap<string, Omit<BucketObject, 'key'>>

const bucketObject = fc.record({
  size: fc.constantFrom(0, 1, 5, 10, 40, undefined),
  lastModified: fc.constantFrom(new Date('2026-01-03T00:00Z'), new Date('2026-01-04T20:00Z'), undefined),
  storageClass: fc.constantFrom('STANDARD', 'STANDARD', 'GLACIER', undefined),
})

const date = fc.constantFrom(...['01', '02', '03', '04', '05', '06', '99'].map(day => `2026-01-${day}`))
const team = fc.constantFrom("a'", 'b', 'é')
const number = fc.constantFrom('1', '2', '3')

/** Keys as the datasets have them, and some that are nearly so. */
const key = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(team, date).map(([team, date]) => `one/${team}/${date}.json`) },
    { weight: 8, arbitrary: fc.tuple(team, date, number).map(([team, date, n]) => `many/${team}/${date}/${n}`) },
    { weight: 3, arbitrary: fc.tuple(team, number).map(([team, n]) => `below/${team}/x/${n}`) },
    {
      weight: 3,
      arbitrary: fc.tuple(number, fc.constantFrom('CR3', 'xmp', 'JPG')).map(parts => `whole/${parts.join('.')}`),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'one/x',
        'one/b/',
        'many/b/2026-01-01',
        'many/b/2026-01-01/1/2',
        'below/b',
        'below/b/x/',
        'whole/x/1.CR3',
        'one',
        '',
      ),
    },
  )
  .filter(key => key !== '')

const bucket: fc.Arbitrary<Bucket> = fc
  .uniqueArray(fc.tuple(key, bucketObject), { selector: ([key]) => key, maxLength: 40 })
  .map(entries => new Map(entries))

const limits = (amounts: readonly number[], withMedian: boolean) =>
  fc
    .tuple(
      fc.option(fc.constantFrom(...amounts)),
      fc.option(fc.constantFrom(...amounts)),
      fc.option(
        fc.record({
          min: fc.constantFrom('50%', '55%', '100%'),
          max: fc.constantFrom('100%', '150%', '300%'),
          over: fc.constantFrom(2, 3),
        }),
      ),
    )
    .map(([a, b, ofMedian]) => ({
      ...(a !== null && { min: Math.min(a, b ?? a) }),
      ...(b !== null && { max: Math.max(a ?? b, b) }),
      ...(withMedian && ofMedian && { of_median: ofMedian }),
    }))

const inBytes = (limits: object): object =>
  Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [name, typeof value === 'number' ? `${value}B` : value]),
  )

/** What a dataset may say beside its key. */
const demands = (hasDates: boolean) =>
  fc
    .record({
      partition: fc.record({ objects: limits([1, 2, 3], hasDates), bytes: limits([1, 10, 30], hasDates).map(inBytes) }),
      total: fc.record({ objects: limits([1, 5, 9], false), bytes: limits([10, 50], false).map(inBytes) }),
      freshness: fc.option(fc.constantFrom('4h', '6h', '60h'), { nil: undefined }),
      allow_zero_byte: fc.boolean(),
      storage_classes: fc.option(fc.constantFrom(['STANDARD'], ['GLACIER', 'STANDARD']), { nil: undefined }),
      allow_unexpected: fc.boolean(),
      companions: fc.constantFrom([], [], ['{stem}.xmp'], ['{key}.1', 'whole/{stem}.JPG']),
    })
    .map(demands => JSON.parse(JSON.stringify(demands)) as object)

const dates = fc.constantFrom(
  { from: '2026-01-01', to: 'today-1d' },
  { from: '2026-01-01', to: '2026-01-06' },
  { from: 'today-2d', to: 'today', except: ['2026-01-04'] },
)
const teams = fc.subarray(["a'", 'b', 'é'], { minLength: 1 })

/** A file of four datasets, as JSON, which YAML can read. */
const expectations = fc
  .record({ all: fc.tuple(demands(true), demands(true), demands(false), demands(false)), dates, teams })
  .map(({ all: [one, many, below, whole], dates, teams }) =>
    JSON.stringify({
      datasets: {
        one: { key: 'one/{team}/{date:yyyy-MM-dd}.json', expect: { team: teams, date: dates }, ...one },
        many: {
          key: 'many/{team}/{date:yyyy-MM-dd}/{n}',
          expect: [
            { team: 'b', date: dates },
            { team: teams, date: dates },
          ],
          ...many,
        },
        below: { key: 'below/{team}/', expect: { team: [...teams, 'none'] }, ...below },
        whole: { key: 'whole/{name}.CR3', ...whole },
      },
    }),
  )

const scopes = fc.uniqueArray(
  fc.constantFrom('one/', 'many/b/', 'many/', 'below/b', 'whole/', 'many/é/2026-01-0', "one/a'/2026-01-03.json"),
  { maxLength: 3 },
)

/** What a look at a bucket finds: all below a scope. */
const look = (bucket: Bucket, scope: string, moment: string): SeenObject[] =>
  [...bucket].flatMap(([key, object]) => (key.startsWith(scope) ? [{ key, ...object, moment }] : []))

let lakes = 0

async function putScans(connector: string, bucket: Bucket, scopes: readonly string[]): Promise<void> {
  for (const [i, scope] of scopes.entries())
    await putSnapshot(lake, { id: `${connector}s${i}`, connector, snapshot: SCAN, scope }, look(bucket, scope, SCAN))
}

const told = (gaps: readonly { gap_id: string; dataset: string; kind: string; found: string }[]): string[] =>
  gaps.map(({ gap_id, dataset, kind, found }) => `${dataset} ${kind} ${found} ${gap_id}`).sort()

test('what is found of whole buckets is what objects one by one say', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(expectations, bucket, bucket, scopes, async (text, before, after, scopes) => {
      const connector = `whole${++lakes}`
      await putSnapshot(lake, { id: connector, connector, snapshot: BASE }, look(before, '', BASE))
      await putScans(connector, after, scopes)
      const expectations = await readExpectations(text, connector)
      const isScanned = (key: string): boolean => scopes.some(scope => key.startsWith(scope))
      const seen = [
        ...look(before, '', BASE).filter(({ key }) => !isScanned(key)),
        ...look(after, '', SCAN).filter(({ key }) => isScanned(key)),
      ]
      const listings = [{ scope: '', moment: BASE }, ...scopes.map(scope => ({ scope, moment: SCAN }))]
      const { gaps } = await runOnce(expectations, lake, RUN)
      expect(told(gaps)).toEqual(told(expectations.datasets.flatMap(dataset => plainGaps(dataset, seen, listings))))
    }),
    { numRuns: tryTimes(4, 8) },
  )
})

/** Of both keys are left out. */
const incomplete = fc.constantFrom({ sampleRate: 0.5 }, { rejectedRowCount: 1n })

test('what is found of samples, malformed reports and scans is so in the whole bucket, too', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      expectations,
      bucket,
      fc.infiniteStream(fc.boolean()),
      scopes,
      incomplete,
      async (text, bucket, drawn, scopes, incomplete) => {
        const connector = `sample${++lakes}`
        const sample = look(bucket, '', BASE).filter(() => drawn.next().value)
        await putSnapshot(lake, { id: connector, connector, snapshot: BASE, ...incomplete }, sample)
        await putScans(connector, bucket, scopes)
        const expectations = await readExpectations(text, connector)
        const whole = look(bucket, '', BASE)
        const really = new Set(
          expectations.datasets.flatMap(dataset => {
            const moments = scopes.some(scope => dataset.key.prefix.startsWith(scope)) ? SCAN : BASE
            return plainGaps(dataset, whole, [{ scope: '', moment: moments }]).map(({ gap_id }) => gap_id)
          }),
        )
        const { gaps } = await runOnce(expectations, lake, RUN)
        expect(gaps.filter(({ gap_id }) => !really.has(gap_id))).toEqual([])
      },
    ),
    { numRuns: tryTimes(4, 8) },
  )
})

test('a report that says less of the same bucket resolves nothing', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      expectations,
      bucket,
      fc.infiniteStream(fc.boolean()),
      fc.boolean(),
      async (text, bucket, forgets, isFlawed) => {
        const connector = `less${++lakes}`
        const all = look(bucket, '', BASE)
        const expectations = await readExpectations(text, connector)
        await putSnapshot(lake, { id: connector, connector, snapshot: BASE }, all)
        const { found } = await runOnce(expectations, lake, RUN)
        const keep = <T>(value: T): T | undefined => (forgets.next().value ? undefined : value)
        const less = all.map(({ key, size, lastModified, storageClass }) => ({
          key,
          size: key.endsWith('/') ? size : keep(size), // of no size it shows a folder
          lastModified: keep(lastModified),
          storageClass: keep(storageClass),
        }))
        const left = isFlawed ? less.filter(() => forgets.next().value) : less
        const rejectedRowCount = isFlawed ? 1n : 0n
        await putSnapshot(lake, { id: `${connector}n`, connector, snapshot: NEWER, rejectedRowCount }, left)
        const { gaps } = await runOnce(expectations, lake, RUN, found.gaps)
        expect(gaps.filter(({ resolved_at }) => resolved_at !== null)).toEqual([])
      },
    ),
    { numRuns: tryTimes(4, 8) },
  )
})
