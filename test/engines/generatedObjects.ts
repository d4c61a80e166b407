import fc from 'fast-check'
import { listOddKeys } from '../../src/demo/oddKeys.js'
import type { Value } from '../../src/engine/engine.js'

/** A row by its columns; those that aren't there are NULL. */
export type GeneratedRow = Readonly<Record<string, Exclude<Value, object> | null>>

/** Rows of a report and of the next one, by a seed: odd keys, versions, delete markers, NULLs, and every kind of change. */
export function generateReports(seed: number): { readonly base: GeneratedRow[]; readonly newer: GeneratedRow[] } {
  const [entries = []] = fc.sample(
    fc.uniqueArray(entry, { selector: ({ key }) => key, minLength: 120, maxLength: 120 }),
    {
      seed,
      numRuns: 1,
    },
  )
  const after = entries.flatMap(({ next, ...each }) => changeEntry(each, next))
  return { base: entries.flatMap(rowsOf), newer: uniqueKeys(after).flatMap(rowsOf) }
}

const segment = fc.constantFrom(
  '',
  '.',
  'a',
  'b b',
  'raw',
  'é',
  '📷',
  'x+y%2B',
  'two\nlines\n',
  'dt=2026-01-19',
  'dt=2026-01-23',
  'hour=1',
)

/** Partitions as tables have them, and what only looks like some. */
const partition = fc
  .tuple(
    fc.constantFrom('table/', 'table/region=eu/kind=a/', 'deep/a=1/b=2/c=3/d=4/e=5/f=6/'),
    fc.constantFrom(
      'dt=2026-01-01',
      'dt=2025-12-28',
      'day=20251231',
      'day=20260103',
      'month=2025-11',
      'month=2026-02',
      'n=007',
      'n=012',
      'm=9',
      'm=12',
      'mixed=1',
      'mixed=x',
      'mixed=2026-02-30',
      'p=__HIVE_DEFAULT_PARTITION__',
      'p=2026-01-07',
      'p=',
      '=p',
      'dt==',
    ),
  )
  .map(parts => `${parts.join('')}/part-0.parquet`)
const fileName = fc.constantFrom(
  '',
  'IMG_1.CR3',
  'IMG_1.JPG',
  'IMG_2.jpg',
  'part-0.parquet',
  'a.csv.gz',
  'A',
  '.b',
  "it's",
  '\ufeffx',
  'IMG_1.jpg.XMP',
  'img_1.heic\n',
  'İ.Jpg',
)

const key = fc
  .oneof(
    { weight: 1, arbitrary: fc.constantFrom(...listOddKeys().filter(odd => odd.length < 200)) },
    { weight: 2, arbitrary: partition },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.array(segment, { maxLength: 4 }), fileName)
        .map(([folders, name]) => [...folders, name].join('/')),
    },
  )
  .filter(text => text !== '')

const rarelyNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 9 })

const time = fc
  .integer({ min: Date.parse('2014-01-01'), max: Date.parse('2026-01-20') })
  .map(millis => new Date(millis).toISOString().replace('T', ' ').replace('Z', ''))

/** Few contents, so that many objects have the same. */
const content = fc.constantFrom<GeneratedRow>(
  ...[0, 1, 17, 131_071, 131_072, 4_000_000, 5_000_000_000_000].flatMap((size, i) => [
    { size, e_tag: `0123456789abcdef0123456789abcd0${i}` },
    { size, e_tag: `fedcba9876543210fedcba987654321${i}-${i + 1}` },
  ]),
  { size: 5, e_tag: null },
  { size: null, e_tag: '00000000000000000000000000000000' },
  { size: null, e_tag: null },
)

const version = fc.record({
  content,
  last_modified_date: rarelyNull(time),
  storage_class: rarelyNull(fc.constantFrom('STANDARD', 'STANDARD_IA', 'INTELLIGENT_TIERING', 'GLACIER', 'NEW_CLASS')),
  intelligent_tiering_access_tier: fc.option(fc.constantFrom('FREQUENT', 'INFREQUENT', 'ARCHIVE'), { freq: 2 }),
  encryption_status: rarelyNull(fc.constantFrom('SSE-S3', 'SSE-KMS', 'NOT-SSE')),
  is_multipart_uploaded: rarelyNull(fc.boolean()),
  is_delete_marker: fc.constantFrom(false, false, false, false, false, true),
})

type Version = typeof version extends fc.Arbitrary<infer T> ? T : never

interface Entry {
  readonly key: string
  /** The newest first. */
  readonly versions: readonly Version[]
}

const entry = fc.record({
  key,
  versions: fc.array(version, { minLength: 1, maxLength: 3 }),
  next: fc.oneof(
    { weight: 4, arbitrary: fc.constant({ kind: 'kept' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'gone' as const }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('moved' as const, 'copied' as const), key }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('put' as const), version }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('touched' as const), last_modified_date: time }) },
  ),
})

type Next = (typeof entry extends fc.Arbitrary<infer T> ? T : never)['next']

function changeEntry(before: Entry, next: Next): Entry[] {
  switch (next.kind) {
    case 'kept':
      return [before]
    case 'gone':
      return []
    case 'moved':
      return [{ ...before, key: next.key }]
    case 'copied':
      return [before, { ...before, key: next.key }]
    case 'put':
      return [{ ...before, versions: [next.version, ...before.versions] }]
    case 'touched': {
      const { last_modified_date } = next
      return [{ ...before, versions: before.versions.map(each => ({ ...each, last_modified_date })) }]
    }
  }
}

const uniqueKeys = (entries: readonly Entry[]): Entry[] => [...new Map(entries.map(each => [each.key, each])).values()]

const rowsOf = ({ key, versions }: Entry): GeneratedRow[] =>
  versions.map(({ content, is_delete_marker, ...rest }, i) => ({
    bucket: 'photos-bucket',
    key,
    version_id: i === versions.length - 1 ? null : `v${versions.length - i}`,
    is_latest: i === 0,
    is_delete_marker,
    ...rest,
    ...(is_delete_marker ? { size: null, e_tag: null, storage_class: null } : content),
  }))
