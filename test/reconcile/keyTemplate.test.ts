import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DuckDB } from '../../src/engine/duckdb.js'
import { type KeyTemplate, parseKeyTemplate, type ValueKind } from '../../src/reconcile/keyTemplate.js'
import { KeyTemplateError } from '../../src/reconcile/templateParts.js'
import { openModelEngine } from '../models/inputs.js'

const parse = (text: string, bound: Record<string, ValueKind> = {}, ...widest: string[]): KeyTemplate =>
  parseKeyTemplate(text, new Map(Object.entries(bound)), new Set(widest))

const BOX_SCORES = parse('sports/box_scores/{season}/{date:yyyy-MM-dd}.json', { season: 'text', date: 'day' })
const HIVE = parse('year={date:yyyy}/month={date:MM}/{date:yyyy-MM-dd}.json', { date: 'day' })
const TEAMS = parse('{team}/{team}.json', { team: 'text' })
const LOGS = parse('logs/{service}/{hour:yyyy/MM/dd/HH}-{part}.log.gz', { service: 'text', hour: 'hour' })
const PARTS = parse('t/product={product}/date={date}/part_{part}.parquet', { product: 'text', date: 'day' })
const SHOOT = parse('photos/{shoot}/', { shoot: 'text' })
const ANY = parse('photos/')
const ONE = parse('state/latest.json')
const MONTHS = parse('{month}.csv', { month: 'month' })
const FIRST_ENDS = parse('{team}-{player}.json', { team: 'text', player: 'text' })
const FIRST_WIDE = parse('{season}-{team}.json', { season: 'text', team: 'text' }, 'season')
const ODD = parse('a.b+(c)[d]^$|\\*?&&/{x}&{y}].{z}^-{w}\n', { x: 'text', y: 'text', z: 'text', w: 'text' })

test('a template is a pattern with numbered groups, and what makes partitions of them', () => {
  expect(BOX_SCORES).toMatchObject({
    prefix: 'sports/box_scores/',
    names: ['season', 'date'],
    pattern: '\\Asports/box_scores/([^/]+)/([0-9]{4})-([0-9]{2})-([0-9]{2})\\.json\\z',
  })
  expect(BOX_SCORES.partition('duckdb')).toBe('season=\\1/date=\\2-\\3-\\4')
  expect(BOX_SCORES.partition('trino')).toBe('season=$1/date=$2-$3-$4')
  expect(BOX_SCORES.again('duckdb')).toBe(BOX_SCORES.partition('duckdb'))
})

test('what stands twice is compared by its first and last places', () => {
  expect(HIVE.partition('duckdb')).toBe('date=\\1-\\2-\\5')
  expect(HIVE.again('duckdb')).toBe('date=\\3-\\4-\\5')
  expect(HIVE.again('trino')).toBe('date=$3-$4-$5')
})

test('free placeholders are in no group', () => {
  expect(PARTS.pattern).toBe('\\At/product=([^/]+)/date=([0-9]{4})-([0-9]{2})-([0-9]{2})/part_[^/]+\\.parquet\\z')
  expect(ANY.partition('duckdb')).toBe('')
})

test.each<[KeyTemplate, string, Record<string, string> | undefined]>([
  [BOX_SCORES, 'sports/box_scores/2025-26/2025-11-03.json', { season: '2025-26', date: '2025-11-03' }],
  [BOX_SCORES, 'sports/box_scores/2025-26/2025-11-03.json\n', undefined],
  [BOX_SCORES, 'sports/box_scores/2025-26/2025-11-03xjson', undefined],
  [BOX_SCORES, 'sports/box_scores/2025-26/2025-11-3.json', undefined],
  [BOX_SCORES, 'sports/box_scores//2025-11-03.json', undefined],
  [BOX_SCORES, 'sports/box_scores/a/b/2025-11-03.json', undefined],
  [BOX_SCORES, 'old/sports/box_scores/2025-26/2025-11-03.json', undefined],
  [BOX_SCORES, 'sports/box_scores/2025-26/٢٠٢٥-11-03.json', undefined], // digits, but none of ours
  [BOX_SCORES, 'sports/box_scores/2025-26/2025-02-30.json', { season: '2025-26', date: '2025-02-30' }],
  [HIVE, 'year=2025/month=11/2025-11-03.json', { date: '2025-11-03' }],
  [HIVE, 'year=2025/month=11/2025-12-03.json', undefined],
  [HIVE, 'year=2024/month=11/2025-11-03.json', undefined],
  [TEAMS, 'ATL/ATL.json', { team: 'ATL' }],
  [TEAMS, 'ATL/BOS.json', undefined],
  [LOGS, 'logs/api/2026/01/20/05-00.log.gz', { service: 'api', hour: '2026-01-20T05' }],
  [LOGS, 'logs/api/2026/01/20/05-.log.gz', undefined],
  [PARTS, 't/product=BTC-USD/date=2026-01-20/part_0.parquet', { product: 'BTC-USD', date: '2026-01-20' }],
  [SHOOT, 'photos/Köln/a/b/c.jpg', { shoot: 'Köln' }],
  [SHOOT, 'photos/Köln/', undefined], // a folder is no object below itself
  [SHOOT, 'photos/Köln/raw/', undefined],
  [SHOOT, 'photos/new\nline/x\ny.jpg', { shoot: 'new\nline' }],
  [ANY, 'photos/a', {}],
  [ANY, 'photos//', undefined],
  [ONE, 'state/latest.json', {}],
  [ONE, 'state/latestXjson', undefined],
  [MONTHS, '2024-02.csv', { month: '2024-02' }],
  [FIRST_ENDS, 'ATL-Smith-Jones.json', { team: 'ATL', player: 'Smith-Jones' }],
  [FIRST_ENDS, '-Smith.json', undefined],
  [FIRST_WIDE, '2025-26-ATL.json', { season: '2025-26', team: 'ATL' }],
  [ODD, 'a.b+(c)[d]^$|\\*?&&/😀&2].3^-4\n', { x: '😀', y: '2', z: '3', w: '4' }],
  [ODD, 'a.b+(c)[d]^$|\\*?&&/😀&2].3^-4', undefined],
])('%# %o: %j is %j', (template, key, values) => expect(template.matchKey(key)).toEqual(values))

test.each<[KeyTemplate, Record<string, string>, string | undefined, string]>([
  [BOX_SCORES, { season: '2025-26', date: '2025-11-03' }, 'sports/box_scores/2025-26/2025-11-03.json', ''],
  [BOX_SCORES, { season: '2025-26' }, undefined, 'sports/box_scores/2025-26/'],
  [HIVE, { date: '2024-02-29' }, 'year=2024/month=02/2024-02-29.json', ''],
  [LOGS, { service: 'api', hour: '2026-01-20T05' }, undefined, 'logs/api/2026/01/20/05-'],
  [PARTS, { product: 'BTC-EUR', date: '2026-01-20' }, undefined, 't/product=BTC-EUR/date=2026-01-20/part_'],
  [SHOOT, { shoot: '$1 \\1' }, undefined, 'photos/$1 \\1/'],
  [ONE, {}, 'state/latest.json', ''],
  [ANY, {}, undefined, 'photos/'],
  [TEAMS, {}, undefined, ''],
])('%# the key of %o with %j is %j, or begins with %j', (template, values, key, prefix) => {
  expect(template.renderKey(values)).toBe(key)
  expect(template.renderPrefix(values)).toBe(key ?? prefix)
})

test.each<[KeyTemplate, Record<string, string>, string]>([
  [BOX_SCORES, { date: '2025-11-03', season: '2025-26' }, 'season=2025-26/date=2025-11-03'],
  [LOGS, { service: 'api', hour: '2026-01-20T05' }, 'service=api/hour=2026-01-20T05'],
  [ONE, {}, ''],
])('%# the partition of %o with %j is %j', (template, values, partition) =>
  expect(template.formatPartition(values)).toBe(partition),
)

test('a text that ends at its neighbour says by which characters', () => {
  expect(Object.fromEntries(FIRST_ENDS.barred)).toEqual({ team: '/-', player: '/' })
  expect(Object.fromEntries(FIRST_WIDE.barred)).toEqual({ season: '/', team: '/-' })
})

describe('a template is refused', () => {
  const day = { date: 'day' } as const
  test.each<[string, Record<string, ValueKind>, string]>([
    ['', {}, 'key template: expected text, got none'],
    ['{', {}, 'expected braces only around placeholders, got a { alone'],
    ['a}', {}, 'expected braces only around placeholders, got a } alone'],
    ['{{a}}', { a: 'text' }, 'expected braces only around placeholders, got a { alone'],
    ['{a}{b}', {}, 'expected text between two placeholders, got none before {b}'],
    ['{a}{date:-yyyy-MM-dd}', day, 'expected text between two placeholders, got none before {date:-yyyy-MM-dd}'],
    ['{}', {}, 'got {}'],
    ['{a b}', {}, 'got {a b}'],
    ['{1}', {}, 'got {1}'],
    ['{a.*}', {}, 'got {a.*}'],
    ['{date:YYYY-MM-dd}', day, 'got "YYYY-MM-dd"'],
    ['{date:yyyy-mm-dd}', day, 'got "yyyy-mm-dd"'],
    ['{date:yyyyy}', day, 'got "yyyyy"'],
    ['{date:MMM}', day, 'got "MMM"'],
    ['{date:-}', day, 'got "-"'],
    ['{date:}', day, 'got ""'],
    ['{date:yyyy-MM}', day, 'expected yyyy, MM, dd in {date}, as its values are days, got yyyy, MM'],
    ['{date:yyyy-MM-ddTHH}', day, 'expected yyyy, MM, dd in {date}, as its values are days, got yyyy, MM, dd, HH'],
    ['{team:yyyy}', { team: 'text' }, 'expected no pattern in {team}, as its values are texts, got yyyy'],
    [
      '{seson}/x',
      { season: 'text' },
      'the placeholder {season}, which has expected values, got none; did you mean seson?',
    ],
    ['{a}/{a}/{a}', { a: 'text' }, 'expected {a} at most twice, got more'],
    ['{a}/{a}', {}, 'expected {a} once, as it has no expected values, got it twice'],
    ['{date:yyyy}/{date:yyyy-MM}', {}, 'expected yyyy of {date} once, as it has no expected values, got it twice'],
    ['\ud800', {}, 'expected whole characters, got half of one'],
    [
      '{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}/{j}',
      Object.fromEntries([...'abcdefghij'].map(name => [name, 'text'])),
      'expected at most 9 places for expected values, where each part of a date counts, got 10',
    ],
  ])('%j', (text, bound, message) => {
    expect(() => parse(text, bound)).toThrow(KeyTemplateError)
    expect(() => parse(text, bound)).toThrow(message)
  })
})

// Texts and values of everything that a regular expression, a replacement or a path could take for its own.
const character = fc.constantFrom(...'ab01-_.=$\\^*+?()[]|&~#\n \'"'.split(''), 'é', '😀', '\u{10000}')
const text = (minLength: number) => fc.string({ unit: character, minLength, maxLength: 4 })
const two = (number: number) => String(number).padStart(2, '0')
const date = fc
  .tuple(fc.integer({ min: 1000, max: 9999 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .map(([year, month, day]) => `${year}-${two(month)}-${two(day)}`)

interface Example {
  readonly template: KeyTemplate
  readonly values: Record<string, string>
}

/** A template of bound placeholders with literal text around them, and values that it can have. */
const example = fc
  .tuple(
    text(0),
    fc.array(fc.tuple(fc.constantFrom('text', 'day', 'again'), text(1), fc.boolean()), { minLength: 1, maxLength: 2 }),
  )
  .chain(([start, places]) => {
    const pieces = places.map(([kind, literal, isFolder], n) => {
      const placeholder = kind === 'text' ? `{p${n}}` : kind === 'day' ? `{p${n}:yyyyMMdd}` : `{p${n}}/{p${n}:MM}`
      return `${placeholder}${isFolder ? '/' : ''}${literal}`
    })
    const bound = Object.fromEntries(places.map(([kind], n) => [`p${n}`, kind === 'text' ? 'text' : 'day'] as const))
    const template = parse(`${start}/${pieces.join('')}`, bound)
    const values = Object.fromEntries(
      template.names.map(name => {
        const barred = template.barred.get(name) ?? ''
        const fitting = text(1).filter(value => ![...barred].some(each => value.includes(each)))
        return [name, bound[name] === 'text' ? fitting : date]
      }),
    )
    return fc.record(values).map((given): Example => ({ template, values: given }))
  })

test('a rendered key gives its values back', () => {
  fc.assert(
    fc.property(example, ({ template, values }) => {
      const key = template.renderKey(values)
      expect(key?.startsWith(template.prefix)).toBe(true)
      expect(template.matchKey(key ?? '')).toEqual(values)
    }),
    { numRuns: 1000 },
  )
})

describe('in DuckDB', () => {
  let engine: DuckDB
  beforeAll(async () => {
    engine = await openModelEngine()
  })
  afterAll(() => engine.close())

  /** The partition as models find it; `undefined` for a key that doesn't match. */
  async function partitionInSql(template: KeyTemplate, keys: readonly string[]): Promise<(string | undefined)[]> {
    const sql = `
      select case
        when regexp_matches(key, $pattern)
          and regexp_replace(key, $pattern, $partition) = regexp_replace(key, $pattern, $again)
        then regexp_replace(key, $pattern, $partition)
      end as partition
      from (select unnest(cast(cast($keys as json) as varchar[])) as key)`
    const params = {
      keys: JSON.stringify(keys),
      pattern: template.pattern,
      partition: template.partition('duckdb'),
      again: template.again('duckdb'),
    }
    return (await engine.rows(sql, params)).map(({ partition }) => (partition === null ? undefined : String(partition)))
  }

  const matched = (template: KeyTemplate, key: string): string | undefined => {
    const values = template.matchKey(key)
    return values && template.formatPartition(values)
  }

  test('the pattern agrees with matchKey on keys, and on keys that are a little off', async () => {
    await fc.assert(
      fc.asyncProperty(example, text(1), fc.nat(40), async ({ template, values }, other, at) => {
        const key = template.renderKey(values) ?? ''
        const points = [...key]
        const keys = [
          key,
          points.toSpliced(at % points.length, 1).join(''),
          points.toSpliced(at % points.length, 1, other).join(''),
          points.toSpliced(at % points.length, 0, other).join(''),
          `${key}\n`,
          `${key}/`,
        ]
        expect(await partitionInSql(template, keys)).toEqual(keys.map(each => matched(template, each)))
      }),
      { numRuns: 300 },
    )
  })

  test.each([BOX_SCORES, HIVE, TEAMS, LOGS, PARTS, SHOOT, ANY, FIRST_ENDS, FIRST_WIDE, ODD])(
    '%# the pattern agrees with matchKey: %o',
    async template => {
      const keys = [
        'sports/box_scores/2025-26/2025-11-03.json',
        'sports/box_scores/2025-26/٢٠٢٥-11-03.json',
        'year=2025/month=11/2025-11-03.json',
        'year=2025/month=11/2025-12-03.json',
        'ATL/ATL.json',
        'ATL/BOS.json',
        'logs/api/2026/01/20/05-00.log.gz',
        't/product=BTC-USD/date=2026-01-20/part_0.parquet',
        'photos/new\nline/x\ny.jpg',
        'photos/Köln/raw/',
        'ATL-Smith-Jones.json',
        '2025-26-ATL.json',
        'a.b+(c)[d]^$|\\*?&&/😀&2].3^-4\n',
      ]
      const partitions = keys.map(key => matched(template, key))
      expect(await partitionInSql(template, keys)).toEqual(partitions)
      expect(partitions.some(partition => partition !== undefined)).toBe(true)
    },
  )
})

// Each key is as long as S3 allows; an engine that tries a key's alternatives in vain would take hours.
test.each([
  ['{a}-{b}-{c}-{d}-{e}.json', `${'-'.repeat(1023)}x`],
  ['{a}-{b}-{c}-{d}-{e}.json', `a${'-a'.repeat(511)}`],
  ['x{a}x{b}x{c}x{d}x', 'x'.repeat(1024)],
  ['{a}/{b}/{c}/{d}/', 'a/'.repeat(512)],
])('%s says at once that a long key does not match', (template, key) => {
  const { matchKey } = parse(template)
  for (let n = 0; n < 100; n++) expect(matchKey(key)).toBeUndefined()
})
