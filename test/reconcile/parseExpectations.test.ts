import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demoVersions, REPORT_TIMES } from '../../src/demo/demoBucket.js'
import { DEMO_EXPECTATIONS, formatDemoGames } from '../../src/demo/demoSettings.js'
import { sportsFiles } from '../../src/demo/sportsFiles.js'
import { UsageError } from '../../src/errors.js'
import { packageFolder } from '../../src/packageFolder.js'
import { DEFAULT_RULES } from '../../src/reconcile/defaultRules.js'
import { countPartitions, expandPartitions } from '../../src/reconcile/expandPartitions.js'
import { type Expectations, GAP_KINDS } from '../../src/reconcile/expectations.js'
import { formatExpectationsSchema } from '../../src/reconcile/expectationsSchema.js'
import { loadExpectations } from '../../src/reconcile/parseExpectations.js'

/** @param files by their path below /work */
const load = (yaml: string, files: Record<string, string> = {}, connectors = ['demo']): Promise<Expectations> => {
  const texts: Record<string, string> = { 'data_inventory.yaml': yaml, ...files }
  return loadExpectations('/work/data_inventory.yaml', {
    streams: [{ name: 'coinbase', freshMs: 60_000 }],
    connectors: connectors.map(name => ({ name })),
    readText: async path => texts[path.replace('/work/', '')],
  })
}

const FULL = `
time_zone: Europe/Berlin
datasets:
  box_scores:
    connector: demo
    key: sports/box_scores/{season}/{date:yyyy-MM-dd}.json
    weight: 9
    time_zone: America/New_York
    expect:
      - season: 2024-25
        date: { from: 2024-10-22, to: 2025-04-12, every: day, except: [2024-12-24, {from: 2025-02-14, to: 2025-02-16}] }
      - { season: 2025-26, date: { from: 2025-10-22, to: today-1d } }
    partition:
      objects: { min: 1, max: 3, of_median: { min: 50%, max: 300%, over: 10 } }
      bytes: { min: 1KB, of_median: { min: 20% } }
    total: { objects: { min: 1000 }, bytes: { max: 2TB } }
    freshness: 36h
    allow_zero_byte: true
    storage_classes: [STANDARD, STANDARD_IA]
    allow_unexpected: false
    companions: ["{stem}.xmp"]
    task:
      run: [python, scrape.py, --date, "{date}"]
      per: date
      kinds: [missing]
      pass_env: [API_KEY]
      env: { MODE: backfill }
      cwd: ./scripts
      timeout: 5m
      retries: 0
      at_most: 7
priorities:
  - { priority: critical, kinds: [missing], datasets: [box_scores], weight: 8, older_than: 1d, newer_than: 1w, missing_share: 5% }
  - { priority: high }
tasks: { concurrency: 4, quarantine_after: 5 }
`

test('a file that has every key', async () => {
  const { datasets, rules, tasks } = await load(FULL)
  expect(datasets).toHaveLength(1)
  const { key, ...dataset } = datasets[0] ?? {}
  expect(key?.names).toEqual(['season', 'date'])
  const day = (date: string) => ({ kind: 'date', date })
  expect(dataset).toEqual({
    name: 'box_scores',
    connector: 'demo',
    timeZone: 'America/New_York',
    weight: 9,
    expect: [
      {
        values: new Map<string, unknown>([
          ['season', { kind: 'list', values: ['2024-25'] }],
          [
            'date',
            {
              kind: 'dates',
              every: 'day',
              from: day('2024-10-22'),
              to: day('2025-04-12'),
              except: [
                { from: day('2024-12-24'), to: day('2024-12-24') },
                { from: day('2025-02-14'), to: day('2025-02-16') },
              ],
            },
          ],
        ]),
      },
      {
        values: new Map<string, unknown>([
          ['season', { kind: 'list', values: ['2025-26'] }],
          [
            'date',
            {
              kind: 'dates',
              every: 'day',
              from: day('2025-10-22'),
              to: { kind: 'today', minus: 1, unit: 'day' },
              except: [],
            },
          ],
        ]),
      },
    ],
    partition: {
      objects: { min: 1, max: 3, ofMedian: { min: 0.5, max: 3, over: 10 } },
      bytes: { min: 1000, ofMedian: { min: 0.2, over: 14 } },
    },
    total: { objects: { min: 1000 }, bytes: { max: 2e12 } },
    freshnessMs: 36 * 3_600_000,
    allowZeroByte: true,
    storageClasses: ['STANDARD', 'STANDARD_IA'],
    allowUnexpected: false,
    companions: ['{stem}.xmp'],
    task: {
      run: ['python', 'scrape.py', '--date', '{date}'],
      per: ['date'],
      kinds: ['missing'],
      passEnv: ['API_KEY'],
      env: { MODE: 'backfill' },
      cwd: './scripts', // as written: checkouts of it at other places have the same tasks
      timeoutMs: 300_000,
      retries: 0,
      atMost: 7,
    },
  })
  expect(rules).toEqual([
    {
      priority: 'critical',
      kinds: ['missing'],
      datasets: ['box_scores'],
      weight: 8,
      olderThanMs: 86_400_000,
      newerThanMs: 604_800_000,
      missingShare: 0.05,
    },
    { priority: 'high' },
  ])
  expect(tasks).toEqual({ concurrency: 4, quarantineAfter: 5 })
})

test('a dataset that says only its key has defaults', async () => {
  const { datasets, rules, tasks } = await load('datasets: { all: { key: raw/, task: { run: [make] } } }')
  expect(datasets[0]).toMatchObject({
    connector: 'demo',
    timeZone: 'UTC',
    weight: 5,
    expect: [],
    partition: { objects: {}, bytes: {} },
    total: { objects: {}, bytes: {} },
    allowZeroByte: false,
    allowUnexpected: true,
    companions: [],
    task: {
      run: ['make'],
      kinds: ['missing', 'incomplete', 'too_small', 'zero_byte', 'companion_missing'],
      passEnv: [],
      env: {},
      timeoutMs: 600_000,
      retries: 2,
      atMost: 1000,
    },
  })
  expect(datasets[0]?.freshnessMs).toBeUndefined()
  expect(datasets[0]?.storageClasses).toBeUndefined()
  expect(datasets[0]?.task?.per).toBeUndefined()
  expect(rules).toBe(DEFAULT_RULES)
  expect(tasks).toEqual({ concurrency: 2, quarantineAfter: 3 })
})

test.each([
  ['datasets: {}\n', 0],
  ['datasets:\n  a: { key: a }\n', 1],
])('%j has %i datasets', async (yaml, count) => expect((await load(yaml)).datasets).toHaveLength(count))

test('rules may be none', async () => expect((await load('datasets: {}\npriorities: []')).rules).toEqual([]))

test('a placeholder is wide where its values have the character that follows', async () => {
  const expectOf = (season: string) =>
    `datasets: { a: { key: "{season}-{team}.json", expect: { season: ${season}, team: ATL } } }`
  const patternOf = async (season: string) => (await load(expectOf(season))).datasets[0]?.key.pattern
  expect(await patternOf('"2025"')).toBe('\\A([^/\\-]+)-([^/]+)\\.json\\z')
  expect(await patternOf('2025-26')).toBe('\\A([^/]+)-([^/\\-]+)\\.json\\z')
})

test('a list of dates makes days, months or hours where the key has a pattern', async () => {
  const kindOf = async (key: string, date: string) =>
    (await load(`datasets: { a: { key: "${key}", expect: { d: [${date}] } } }`)).datasets[0]?.key.kinds.get('d')
  expect(await kindOf('{d:yyyy/MM/dd}', '2026-01-20')).toBe('day')
  expect(await kindOf('{d:yyyyMM}', '2026-01, 2026-02')).toBe('month')
  expect(await kindOf('{d:yyyy/MM/dd/HH}', '2026-01-20T05')).toBe('hour')
  expect(await kindOf('{d}', '2026-01-20')).toBe('text')
})

test('one file of values is read once, relative to the expectations', async () => {
  const reads: string[] = []
  const files: Record<string, string> = {
    '/work/deep/data_inventory.yaml': `datasets:
  a: { key: "{t}", expect: { t: { csv: ../teams.csv, column: team } } }
  b: { key: "{t}/", expect: { t: { csv: ../teams.csv, column: team } } }`,
    '/work/teams.csv': 'team\r\nATL\r\nBOS\r\n',
  }
  const readText = async (path: string) => {
    reads.push(path)
    return files[path]
  }
  const { datasets } = await loadExpectations('/work/deep/data_inventory.yaml', {
    streams: [],
    connectors: [{ name: 'demo' }],
    readText,
  })
  expect(reads).toEqual(Object.keys(files))
  expect(datasets.map(({ expect: [item] }) => item?.values.get('t'))).toEqual([
    { kind: 'list', values: ['ATL', 'BOS'] },
    { kind: 'list', values: ['ATL', 'BOS'] },
  ])
})

test.each([
  ['{ stream: coinbase }', { stream: 'coinbase', freshnessMs: 60_000, weight: 5 }], // as stocktake.yaml has it
  ['{ stream: coinbase, freshness: 5m, weight: 9 }', { stream: 'coinbase', freshnessMs: 300_000, weight: 9 }],
])('a dataset may be a stream: %s', async (dataset, expected) => {
  const { datasets, streams } = await load(`datasets:\n  ticks: ${dataset}`)
  expect([datasets, streams]).toEqual([[], [{ name: 'ticks', ...expected }]])
})

describe('mistakes are told with their place', () => {
  const CSV = { 'teams.csv': 'team,place\nATL,a/b\n', 'bad.csv': 'a,b\n1\n', 'empty.csv': '' }
  const dataset = (text: string): string =>
    `datasets:\n  a:\n    key: "{p}/{date:yyyy-MM-dd}"\n${text.replace(/^/gm, '    ')}`

  test.each<[string, string]>([
    ['datsets: {}', '1:1: datsets: unknown key; did you mean datasets?'],
    [
      'time_zone: Mars/Base',
      '1:12: time_zone: expected the name of a time zone, such as UTC or America/New_York, got "Mars/Base"',
    ],
    ['datasets: []', '1:11: datasets: expected a mapping of names, {} for none, got []'],
    ['', 'datasets: expected a mapping of names, {} for none, got none'], // of a file that is being written
    ['# nothing yet\n', 'datasets: expected a mapping of names'],
    ['datasets:\n', '1:10: datasets: expected a mapping of names, {} for none, got null'],
    ['datasets: { "a b": { key: x } }', '1:13: datasets: expected a name of up to 64 letters'],
    ['datasets:\n  a: {}', '2:3: datasets.a: expected the key key, or stream, got neither'],
    [
      'datasets:\n  a: { key: 5 }',
      '2:13: datasets.a.key: expected text, in quotes where it looks like a number, got 5',
    ],
    ['datasets:\n  a: { key: x, key: y }', '2:16: expected each key once, got it again'],
    [
      'datasets:\n  a: { key: "{a}{b}" }',
      '2:13: datasets.a.key: expected text between two placeholders, got none before {b}',
    ],
    ['datasets:\n  a: { key: x, weight: 11 }', '2:24: datasets.a.weight: expected a whole number from 1 to 10, got 11'],
    [
      'datasets:\n  a: { stream: coinbse }',
      '2:16: datasets.a.stream: expected one of coinbase, got "coinbse"; did you mean coinbase?',
    ],
    [
      'datasets:\n  a: { stream: coinbase, key: x }',
      '2:26: datasets.a.key: expected freshness and weight beside stream, got key',
    ],
    [
      'datasets:\n  a: { key: x, connector: deom }',
      '2:27: datasets.a.connector: expected one of demo, got "deom"; did you mean demo?',
    ],
    [
      'datasets:\n  a: { key: x, freshness: 36 }',
      '2:27: datasets.a.freshness: expected a duration such as 36h or 2d, got 36',
    ],
    [
      'datasets:\n  a: { key: x, storage_classes: [standard] }',
      'expected a storage class such as STANDARD_IA, got "standard"',
    ],
    [
      'datasets:\n  a: { key: x, companions: ["{stm}.xmp"] }',
      'expected a key with {stem} or {key}, such as {stem}.xmp, got "{stm}.xmp"',
    ],
    ['datasets:\n  a: { key: x, companions: ["{key}"] }', 'expected a key with {stem} or {key}'],
    [
      'datasets:\n  a: { key: x, partition: { objects: { min: 3, max: 2 } } }',
      'datasets.a.partition.objects.max: expected max not below min, got 2',
    ],
    [
      'datasets:\n  a: { key: x, partition: { bytes: { min: 3 } } }',
      'datasets.a.partition.bytes.min: expected a size such as 450MB or 2GiB, got 3',
    ],
    [
      'datasets:\n  a: { key: x, total: { objects: { of_median: {} } } }',
      'datasets.a.total.objects.of_median: unknown key',
    ],
    [
      'datasets:\n  a: { key: x, partition: { objects: { of_median: { min: 0.5 } } } }',
      'of_median.min: expected a percentage such as 50%, got 0.5',
    ],
    [
      'datasets:\n  a: { key: "{p}", expect: { p: x }, partition: { bytes: { of_median: { min: 5% } } } }',
      '2:71: datasets.a.partition.bytes.of_median: expected dates in expect, which say what was before, got none',
    ],
    // expect
    [
      dataset('expect: { p: x, dat: { from: 2026-01-01, to: 2026-01-02 } }'),
      'datasets.a.key: expected the placeholder {dat}, which has expected values, got none; did you mean date?',
    ],
    [
      dataset('expect: { p: 5, date: [2026-01-01] }'),
      '4:18: datasets.a.expect.p: expected text (in quotes where it looks like a number), a list of texts, {csv, column} or {from, to}, got 5',
    ],
    [
      dataset('expect: { p: [x, 5], date: [2026-01-01] }'),
      '4:22: datasets.a.expect.p[1]: expected text, in quotes where it looks like a number, got 5',
    ],
    [dataset('expect: { p: [], date: [2026-01-01] }'), 'datasets.a.expect.p: expected a list of texts, got []'],
    [
      dataset('expect: { p: x/y, date: [2026-01-01] }'),
      '4:18: datasets.a.expect.p: expected text without "/", with which {p} ends in "{p}/{date:yyyy-MM-dd}", got "x/y"',
    ],
    [
      dataset('expect: { p: x, date: [2026-02-30, 2026-01-01] }'),
      'datasets.a.expect.date: expected days such as 2026-01-20, which {date} stands for in "{p}/{date:yyyy-MM-dd}", got "2026-02-30"',
    ],
    [
      dataset('expect: { p: x, date: { from: 2026-02-30, to: today } }'),
      '4:35: datasets.a.expect.date.from: expected a date such as 2026-01-20, 2026-01 or 2026-01-20T05, or today-1d, got "2026-02-30"',
    ],
    [
      dataset('expect: { p: x, date: { from: yesterday, to: today } }'),
      'datasets.a.expect.date.from: expected a date such as',
    ],
    [
      dataset('expect: { p: x, date: { from: 2026-02-01 } }'),
      'datasets.a.expect.date.to: expected a date such as 2026-01-20, 2026-01 or 2026-01-20T05, or today-1d, got none',
    ],
    [
      dataset('expect: { p: x, date: { from: 2026-02-01, until: today } }'),
      'datasets.a.expect.date.until: unknown key',
    ],
    [
      dataset('expect: { p: x, date: { from: 2026-02-01, to: 2026-01-01 } }'),
      'datasets.a.expect.date.to: expected a date not before from, got "2026-01-01"',
    ],
    [
      dataset('expect: { p: x, date: { from: today-1d, to: today-2d } }'),
      'datasets.a.expect.date.to: expected a date not before from, got "today-2d"',
    ],
    [
      dataset('expect: { p: x, date: { from: 2026-02-01T05, to: today } }'),
      'date.from: expected a day such as 2026-01-20, a month, or today-1d, as every is day, got "2026-02-01T05"',
    ],
    [
      dataset('expect: { p: x, date: { from: 2026-01, to: today, every: month, except: [2026-01-05] } }'),
      'date.except[0]: expected a month such as 2026-01, or today-1mo, as every is month, got "2026-01-05"',
    ],
    [
      dataset('expect: { p: x, date: { from: 2026-01, to: today, every: month, except: [today] } }'),
      'date.except[0]: expected a month such as 2026-01, or today-1mo, as every is month, got "today"',
    ],
    [
      dataset('expect: { p: x, date: { from: 2026-01, to: today, except: [{ from: 2026-01-05, to: 2026-01-02 }] } }'),
      'date.except[0].to: expected a date not before from, got "2026-01-02"',
    ],
    [
      dataset('expect: { p: x, date: { from: 2026-01, to: today, every: week } }'),
      'date.every: expected one of day, weekday, hour, month, got "week"',
    ],
    [
      dataset('expect: { p: x, date: { from: 2026-01, to: today, every: month } }'),
      'datasets.a.key: expected yyyy, MM in {date}, as its values are months, got yyyy, MM, dd',
    ],
    [
      dataset('expect:\n  - { p: x, date: [2026-01-01] }\n  - { p: y }'),
      '6:9: datasets.a.expect[1]: expected date, which another item has, got none',
    ],
    [
      dataset(
        'expect:\n  - { p: x, date: { from: 2026-01, to: today } }\n  - { p: y, date: { from: 2026-01, to: today, every: hour } }',
      ),
      'datasets.a.expect[1].date: expected days, which another item has, got hours',
    ],
    // files
    [
      dataset('expect: { p: { csv: nix.csv, column: team }, date: [2026-01-01] }'),
      '4:18: datasets.a.expect.p: expected a CSV file, got no such file /work/nix.csv',
    ],
    [
      dataset('expect: { p: { csv: teams.csv, column: taem }, date: [2026-01-01] }'),
      'datasets.a.expect.p: expected a column "taem" in teams.csv, got team, place; did you mean team?',
    ],
    [
      dataset('expect: { p: { csv: teams.csv, colum: team }, date: [2026-01-01] }'),
      'datasets.a.expect.p.colum: unknown key; did you mean column?',
    ],
    [
      dataset('expect: { p: { csv: bad.csv, column: a }, date: [2026-01-01] }'),
      'datasets.a.expect.p: bad.csv:2: expected 2 values, as the first line has, got 1',
    ],
    [
      dataset('expect: { p: { csv: empty.csv, column: a }, date: [2026-01-01] }'),
      'datasets.a.expect.p: empty.csv: expected a line with the names of its columns, got nothing',
    ],
    [
      dataset('expect: { p: { csv: teams.csv, column: place }, date: [2026-01-01] }'),
      'datasets.a.expect.p: expected text without "/", with which {p} ends in "{p}/{date:yyyy-MM-dd}", got "a/b"',
    ],
    [
      dataset('expect: { csv: { file: teams.csv, columns: { p: team } }, p: x, date: [2026-01-01] }'),
      '4:20: datasets.a.expect.csv: expected values of p once, got them here, too',
    ],
    // tasks
    [
      dataset('task: { run: python x }'),
      'datasets.a.task.run: expected a list of texts: a program and its arguments, got "python x"',
    ],
    [
      dataset('task: { run: [] }'),
      'datasets.a.task.run: expected a list of texts: a program and its arguments, got []',
    ],
    [
      dataset('task: { run: ["{p}"] }'),
      'datasets.a.task.run: expected a program, without placeholders, at first, got ["{p}"]',
    ],
    [dataset('task: { run: [a, "x\\0"] }'), 'datasets.a.task.run[1]: expected text without NUL'],
    [
      dataset('task: { run: [a, 5] }'),
      'datasets.a.task.run[1]: expected text without NUL, in quotes where it looks like a number, got 5',
    ],
    [
      dataset('task: { run: [a, "{p}"] }'),
      '4:22: datasets.a.task.run[1]: expected no placeholder, as the key has none with expected values, got {p}',
    ],
    [
      dataset('expect: { p: x, date: [2026-01-01] }\ntask: { run: [a, "{dat}"] }'),
      'datasets.a.task.run[1]: expected one of p, date, got {dat}; did you mean date?',
    ],
    [
      dataset('expect: { p: x, date: [2026-01-01] }\ntask: { run: [a, "{p}"], per: date }'),
      'datasets.a.task.run[1]: expected one of date, which per has, got {p}',
    ],
    [
      dataset('expect: { p: x, date: [2026-01-01] }\ntask: { run: [a], per: [date, q] }'),
      'datasets.a.task.per[1]: expected one of p, date, got "q"',
    ],
    [
      dataset('expect: { p: x, date: [2026-01-01] }\ntask: { run: [a, "{date:HH}"] }'),
      'datasets.a.task.run[1]: expected a pattern of yyyy, MM, dd, got {date:HH}',
    ],
    [
      dataset('expect: { p: x, date: [2026-01-01] }\ntask: { run: [a, "{p:yyyy}"] }'),
      'datasets.a.task.run[1]: expected no pattern, as its values are texts, got {p:yyyy}',
    ],
    [dataset('task: { run: [a], kinds: [mising] }'), 'datasets.a.task.kinds[0]: expected one of missing, incomplete'],
    [
      dataset('task: { run: [a], env: { "A B": x } }'),
      'datasets.a.task.env: expected the name of a variable: letters, digits and "_", got "A B"',
    ],
    // priorities
    [
      'priorities: [{ priority: urgent }]',
      '1:26: priorities[0].priority: expected one of critical, high, medium, low, got "urgent"',
    ],
    [
      'datasets: { box: { key: x } }\npriorities: [{ priority: low, datasets: [bix] }]',
      '2:42: priorities[0].datasets[0]: expected the name of a dataset, got "bix"; did you mean box?',
    ],
    [
      'priorities: [{ priority: low, missing_share: 5 }]',
      'priorities[0].missing_share: expected a percentage from 0% to 100%, such as 0.1%, got 5',
    ],
    ['tasks: { concurrency: 0 }', '1:23: tasks.concurrency: expected a whole number from 1 to 64, got 0'],
  ])('%j', async (yaml, message) => {
    const error = await load(yaml, CSV).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain(`data_inventory.yaml:`)
    expect(String(error)).toContain(message)
  })

  test('all at once', async () => {
    const yaml = 'datasets:\n  a: { key: "{", connector: x }\n  b: { key: "{b}", expect: { c: x } }\n'
    await expect(load(yaml)).rejects.toThrow(
      [
        'data_inventory.yaml:2:29: datasets.a.connector: expected one of demo, got "x"',
        'data_inventory.yaml:2:13: datasets.a.key: expected braces only around placeholders, got a { alone',
        'data_inventory.yaml:3:13: datasets.b.key: expected the placeholder {c}, which has expected values, got none',
      ].join('\n'),
    )
  })

  test.each([
    [
      [],
      'a: { key: x }',
      '2:3: datasets.a: expected the key connector: a connector, and stocktake.yaml has none, got none',
    ],
    [['b', 'c'], 'a: { key: x }', '2:3: datasets.a: expected the key connector: one of b, c, got none'],
  ])('where the connectors are %j', async (connectors, dataset, message) => {
    await expect(load(`datasets:\n  ${dataset}`, {}, connectors)).rejects.toThrow(message)
  })

  test('a file that is not there', async () => {
    const readText = async () => undefined
    await expect(loadExpectations('/work/x.yaml', { streams: [], connectors: [], readText })).rejects.toThrow(
      '/work/x.yaml: no such file',
    )
  })
})

test('the JSON schema that ships is the one that checks; `npm run schema` writes it', () => {
  const shipped = readFileSync(join(packageFolder(), 'config', 'data_inventory.schema.json'), 'utf8')
  expect(shipped).toBe(formatExpectationsSchema())
})

test('it knows keys, defaults and choices, and no other keys', () => {
  const { properties, additionalProperties } = JSON.parse(formatExpectationsSchema())
  expect(additionalProperties).toBe(false)
  expect(Object.keys(properties)).toEqual(['time_zone', 'datasets', 'priorities', 'tasks'])
  const dataset = properties.datasets.additionalProperties
  expect(dataset.additionalProperties).toBe(false)
  expect(dataset.properties.weight.default).toBe(5)
  expect(dataset.properties.task.anyOf[0].properties.kinds.anyOf[0].items.enum).toEqual([...GAP_KINDS])
})

describe('docs/expectations.md', () => {
  const files = readFileSync(join(packageFolder(), 'docs', 'expectations.md'), 'utf8')
    .split('```yaml\n')
    .slice(1)
    .map(part => part.split('```')[0] ?? '')
  const csv = { 'teams.csv': 'team\nATL\n', 'games.csv': 'season,date,game\n2025-26,2026-01-19,1\n' }

  const whole = (yaml: string): string => (/^datasets:/m.test(yaml) ? yaml : `${yaml}\ndatasets: {}\n`)

  test.each(files)('%j can be read, and its partitions be made', async yaml => {
    const { datasets } = await load(whole(yaml), csv)
    for (const dataset of datasets) expect([...expandPartitions(dataset, REPORT_TIMES.second)]).not.toEqual([])
  })

  test('has the rules that are in force without any', async () => {
    const [yaml = ''] = files.filter(each => each.startsWith('priorities:'))
    expect((await load(whole(yaml))).rules).toEqual(DEFAULT_RULES)
  })
})

describe("the demo's expectations", async () => {
  const { datasets } = await load(DEMO_EXPECTATIONS, { 'games.csv': formatDemoGames() })
  const reported = [...demoVersions('second')].filter(row => row.isLatest !== false && row.isDeleteMarker !== true)
  const there = [...[...sportsFiles('second')].map(({ key }) => key), ...reported.map(({ key }) => key)]

  /** What is expected and not there; what is there below the prefix and not expected. */
  function compare(name: string): { missing: string[]; unexpected: string[]; count: number } {
    const dataset = datasets.find(each => each.name === name)
    if (!dataset) throw new Error(name)
    const keys = there.filter(key => key.startsWith(dataset.key.prefix))
    const found = new Set(keys.map(key => dataset.key.formatPartition(dataset.key.matchKey(key) ?? {})))
    const expected = [...expandPartitions(dataset, REPORT_TIMES.second)].map(({ partition }) => partition)
    expect(BigInt(expected.length)).toBe(countPartitions(dataset, REPORT_TIMES.second))
    const isExpected = new Set(expected)
    return {
      missing: expected.filter(partition => !found.has(partition)),
      unexpected: [...found].filter(partition => !isExpected.has(partition)),
      count: expected.length,
    }
  }

  test('lack the box scores of 33 days', () => {
    const { missing, unexpected, count } = compare('box_scores')
    expect(count).toBe(1123)
    expect(missing).toHaveLength(33)
    expect(missing.slice(0, 3)).toEqual([
      'season=2021-22/date=2021-12-20',
      'season=2022-23/date=2023-02-03',
      'season=2025-26/date=2025-11-03',
    ])
    expect(missing.at(-1)).toBe('season=2025-26/date=2025-12-03')
    expect(unexpected).toEqual([])
  })

  test('lack some games, and a part of a day of trades', () => {
    const games = compare('play_by_play')
    expect([games.count, games.missing.length, games.unexpected]).toEqual([2368, 23, []])
    expect(compare('trades')).toEqual({
      missing: ['product=LTC-USD/date=2025-08-17'],
      unexpected: [],
      count: 8 * 488,
    })
  })

  test('are met by what is there, but for what is missing', () => {
    const trades = reported.filter(({ key }) => key.startsWith('market/trades/'))
    expect(trades.filter(({ size, storageClass }) => Number(size) < 1_000_000 || storageClass !== 'STANDARD')).toEqual(
      [],
    )
  })
})
