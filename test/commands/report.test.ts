import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { packageFolder } from '../../src/packageFolder.js'
import { FIRST, openSmallLake, SECOND, SETTINGS, type SmallPlace } from './smallLake.js'

let lake: SmallPlace
beforeAll(async () => {
  lake = await openSmallLake()
})
afterAll(() => lake.remove())

const own = () => join(lake.folder, 'reports')
const put = (name: string, sql: string) => writeFile(join(own(), name), sql)

describe('savings', () => {
  test('is a row for each snapshot, with exact values', async () => {
    const rows = await lake.rows('report', 'savings')
    expect(rows.map(({ snapshot }) => snapshot)).toEqual([SECOND, FIRST])
    expect(rows[0]).toMatchObject({ connector: 'photos', source: 'inventory', listed_count: 7, listing_requests: 1 })
    expect(rows[0]).toMatchObject({ listing_usd: 0.000005, inventory_usd: 1.75e-8 })
  })

  test('is rounded for people, who are told the sum in words', async () => {
    const { stdout, stderr } = await lake.run('report', 'savings', 'photos')
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^snapshot +listed +LIST +GET +cost +listing +inventory +saved$/)
    expect(lines[1]).toMatch(/0\.0000050 USD/)
    expect(lines.at(-1)).toMatch(
      /^2 snapshots: [\d.]+ USD less than listing would have cost \(0\.000010 USD\); [\d.]+ USD for requests, [\d.]+ USD for inventories$/,
    )
    expect(stderr).toBe(
      'prices are those of us-east-1 on 2026-11-21, without taxes and discounts\n' +
        'photos: read from a folder, which costs nothing; the figures are what S3 would have asked\n',
    )
  })

  test('is by the prices of the configuration', async () => {
    await writeFile(join(lake.folder, 'dear.yaml'), `${SETTINGS}\nprices: { list_per_thousand: 5000 }\n`)
    const [row] = await lake.rows('report', 'savings', '--config', 'dear.yaml')
    expect(row).toMatchObject({ listing_usd: 5 })
    const [typed] = await lake.rows('report', 'savings', '--param', 'list_per_thousand=1000')
    expect(typed).toMatchObject({ listing_usd: 1 })
  })

  test('of a connector without snapshots is empty, and of none there is not found', async () => {
    expect(await lake.rows('report', 'savings', 'listed')).toEqual([])
    expect((await lake.run('report', 'savings', 'listed')).stdout).toMatch(/\nno snapshots yet\n$/)
    const { code, stderr } = await lake.run('report', 'savings', 'fotos')
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('did you mean photos?') })
  })

  test('prints its SQL, which query runs', async () => {
    const { stdout } = await lake.run('report', 'savings', 'photos', '--sql')
    expect(stdout).not.toContain('$')
    expect(await lake.rows('query', stdout)).toEqual(await lake.rows('report', 'savings', 'photos'))
  })
})

test('that there are no gaps is not said where nothing was ever compared', async () => {
  for (const args of [['gaps'], ['report', 'gaps']])
    expect(await lake.run(...args)).toMatchObject({
      code: 0,
      stderr: 'nothing was ever compared with what should be there: stocktake reconcile\n',
    })
})

describe("a person's own report", () => {
  beforeEach(async () => {
    await rm(own(), { recursive: true, force: true })
    await mkdir(own())
  })
  afterEach(() => rm(own(), { recursive: true }))

  test('needs no header', async () => {
    await put('counts.sql', 'select snapshot, count(*) as n from objects group by 1 order by 1;\n')
    expect(await lake.rows('report', 'counts')).toEqual([
      { snapshot: FIRST, n: 6 },
      { snapshot: SECOND, n: 7 },
    ])
  })

  test('has parameters: the connector, prices, and those that are typed', async () => {
    await put(
      'large.sql',
      `-- report: objects of a size or more
-- params: $least BIGINT
select key, size * $inventory_per_million as price from objects_latest
where size >= $least and ($connector is null or connector = $connector) and '$no' <> 'x' -- nor $this
order by 1`,
    )
    expect(await lake.rows('report', 'large', 'photos', '--param', 'least=9000000')).toEqual([
      { key: '2025/raw/b.cr3', price: 22500 },
    ])
    expect(await lake.rows('report', 'large')).toEqual([]) // NULL
    const { stdout } = await lake.run('report', 'large', '--param', 'least=5', '--sql')
    expect(stdout).toContain("where size >= 5 and (null is null or connector = null) and '$no' <> 'x' -- nor $this")
  })

  test.each<[args: string[], code: number, message: string]>([
    [['--param', 'least=many'], 2, '--param least: expected a whole number, got "many"'],
    [['--param', 'most=5'], 2, '--param most: unknown parameter; asked takes least, day'],
    [['--param', 'leest=5'], 2, '--param leest: unknown parameter; did you mean least?'],
    [['--param', 'least'], 2, '--param: expected name=value, got "least"'],
    [['--param', 'least=5', '--param', 'least=6'], 2, '--param least: expected it once, got it again'],
    [['photos'], 2, 'report asked: expected no connector: it has no $connector, got photos'],
  ])('is refused with %j', async (args, code, message) => {
    await put('asked.sql', '-- params: $least BIGINT\nselect $least as least, $day as day')
    expect(await lake.run('report', 'asked', ...args)).toEqual({ code, stdout: '', stderr: `stocktake: ${message}\n` })
  })

  test('keeps what is typed as it is', async () => {
    await put('said.sql', 'select $text as said')
    const hostile = `it's = "$text" -- ; drop view objects\n`
    expect(await lake.rows('report', 'said', '--param', `text=${hostile}`)).toEqual([{ said: hostile }])
    const { stdout } = await lake.run('report', 'said', '--param', `text=${hostile}`, '--sql')
    expect(await lake.rows('query', stdout)).toEqual([{ said: hostile }])
  })

  test.each<[what: string, sql: string, message: string]>([
    ['its header', '-- report: bad\n-- params: $a TEXT\nselect $a', '2: expected $a as one of VARCHAR, '],
    ['its syntax', '-- report: bad\n\nselect 1\nfrom where', '4: Parser Error: syntax error at or near "where"'],
    ['a name', '-- report: bad\nselect key\nfrom objectz', '3: Catalog Error: Table with name objectz does not exist!'],
    ['a value', "-- report: bad\nselect cast('x' as int)", '2: Conversion Error: Could not convert string'],
  ])('is refused for %s, by file and line', async (_, sql, message) => {
    await put('bad.sql', sql)
    const { code, stderr } = await lake.run('report', 'bad')
    expect(stderr).toContain(`stocktake: …/reports/bad.sql:${message}`)
    expect(code).toBe(sql.includes('TEXT') ? 2 : 1)
  })

  test('that is refused hides no other, and the list warns of it', async () => {
    await put('bad.sql', '-- reprot: bad\nselect 1')
    await put('good.sql', 'select 1 as one')
    const { code, stdout, stderr } = await lake.run('report')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^good .*reports\/good\.sql$/m)
    expect(stdout).not.toMatch(/^bad/m)
    expect(stderr).toBe('warning: …/reports/bad.sql:1: unknown line "-- reprot:"; did you mean report?\n')
    expect(await lake.rows('report', 'good')).toEqual([{ one: 1 }])
  })

  test('has defaults, titles, totals, and a word for no rows', async () => {
    await put(
      'large.sql',
      `-- params:   $least BIGINT
-- defaults: $least 3000000
-- least:    $least 0
-- titles:   key what is large
-- totals:   size_bytes
-- quiet:    odd
-- data:     hidden
-- none:     nothing is that large
select key, size as size_bytes, null as odd, 1 as hidden from objects_latest
where size >= $least and is_latest order by 1`,
    )
    expect(await lake.run('report', 'large')).toEqual({
      code: 0,
      stdout: 'what is large     size\n2025/raw/b.cr3  9.0 MB\n2026/d.jpg      4.0 MB\nin all: size 13 MB\n',
      stderr: 'photos 2026-01-20T01-00Z, 2 days old\n',
    })
    expect(await lake.rows('report', 'large', '--param', 'least=5000000')).toEqual([
      { key: '2025/raw/b.cr3', size_bytes: 9_000_000, odd: null, hidden: 1 },
    ])
    expect(await lake.run('report', 'large', '--param', 'least=50000000')).toMatchObject({
      stdout: 'what is large  size\n',
      stderr: expect.stringMatching(/\nnothing is that large\n$/),
    })
    expect(await lake.run('report', 'large', '--param', 'least=-1')).toMatchObject({
      code: 2,
      stderr: 'stocktake: --param least: expected a whole number from 0, got "-1"\n',
    })
  })

  test('whose header names a column that there is not is refused where it is shown', async () => {
    await put('bad.sql', '-- chart: bar size\nselect 1 as one')
    expect(await lake.run('report', 'bad')).toMatchObject({
      code: 2,
      stderr: 'stocktake: …/reports/bad.sql: expected the column size that its header names, got only one\n',
    })
  })

  test.each([
    ['two statements', 'select 1; select 2', 'expected one statement, got 2'],
    ['a statement that writes', "copy (select 1) to 'x'", 'expected a SELECT'],
    ['nothing', '-- report: nothing\n', 'expected one statement, got none'],
  ])('is refused with %s', async (_, sql, message) => {
    await put('bad.sql', sql)
    const { code, stderr } = await lake.run('report', 'bad')
    expect(code).toBe(2)
    expect(stderr).toContain(`stocktake: …/reports/bad.sql: ${message}`)
  })

  test('takes the place of one that ships, and the list says so', async () => {
    await put('savings.sql', '-- report: mine\nselect $since as since')
    await put('notes.txt', 'no report')
    await put('.hidden.sql', 'select 1')
    await mkdir(join(own(), 'folder.sql'))
    expect(await lake.rows('report', 'savings')).toEqual([{ since: null }])
    const list = await lake.rows('report', '--list')
    expect(list.filter(({ file }) => file !== null)).toEqual([
      { report: 'savings', question: 'mine', params: 'since', file: 'reports/savings.sql' },
    ])
    expect(list.filter(({ report }) => report === 'savings')).toHaveLength(1)
  })
})

const SHIPPED = [
  ...['ages', 'classes', 'cost', 'duplicates', 'extensions', 'freshness', 'gaps', 'growth', 'largest', 'oldest'],
  ...['partition-gaps', 'partitions', 'photo-pairing', 'photo-stats', 'savings', 'sizes', 'small-files', 'storage'],
  'versions',
]

test('the list needs no lake, and has no models that are of other commands', async () => {
  const { code, stdout } = await lake.run('report', '--lake', 'nowhere')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^report +question +params +file\nages +how old the objects are\n/)
  expect(stdout).toContain('\nstorage         which folders hold the bytes ')
  expect(stdout).toMatch(/ under, depth=1, top=20\n/)
  expect((await lake.rows('report', '--list')).map(({ report }) => report)).toEqual(SHIPPED)
})

describe.each(SHIPPED)('%s', name => {
  test('prints its SQL, which query runs with the same rows', async () => {
    const { stdout } = await lake.run('report', name, '--sql')
    expect(stdout).not.toMatch(/\$[a-z]/)
    expect(await lake.rows('query', stdout)).toEqual(await lake.rows('report', name))
  })

  test('is rows for programs, and a table for people', async () => {
    const rows = await lake.rows('report', name, 'photos')
    const csv = await lake.run('report', name, 'photos', '--format', 'csv')
    expect(csv).toMatchObject({ code: 0, stderr: '' })
    expect(csv.stdout.trimEnd().split('\n')).toHaveLength(rows.length + 1)
    if (rows[0]) expect(csv.stdout.split('\n')[0]).toBe(Object.keys(rows[0]).join(','))
    const table = await lake.run('report', name, 'photos')
    expect(table.code).toBe(0)
    expect(table.stdout).not.toMatch(/^connector/)
  })
})

test('every report is in the documentation, with what it takes', async () => {
  const docs = await readFile(join(packageFolder(), 'docs', 'commands.md'), 'utf8')
  const documented = [...docs.matchAll(/^\| ([a-z-]+) \| [^|]+ \|(.*)\|$/gm)].map(([, report, params = '']) => ({
    report,
    params: [...params.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  }))
  const list = (await lake.rows('report', '--list')).map(({ report, params }) => ({
    report,
    params: typeof params === 'string' ? params.split(', ').map(param => param.replace(/=.*/, '')) : [],
  }))
  expect(documented).toEqual(expect.arrayContaining(list))
})

test('tables say which snapshot they are about, beside the rows', async () => {
  expect(await lake.run('report', 'classes', 'photos')).toEqual({
    code: 0,
    stdout:
      'class  objects   size  share  old versions  their size\n' +
      '             5  16 MB  100 %             1      3.0 MB\n',
    stderr: 'photos 2026-01-20T01-00Z, 2 days old\n',
  })
  expect((await lake.run('report', 'classes')).stdout).toMatch(/^connector {2}class /)
})

test('what no row says has no column', async () => {
  const scanless = await lake.run('report', 'growth', 'photos')
  expect(scanless.stdout).toBe(
    'snapshot           source     objects  change   size  change  old versions  their size\n' +
      '2026-01-19T01-00Z  inventory        5          15 MB                     1      500 kB\n' +
      '2026-01-20T01-00Z  inventory        5       0  16 MB  1.0 MB             1      3.0 MB\n',
  )
  expect((await lake.run('report', 'freshness', 'listed')).stdout).toBe(
    'snapshot  source  age  freshness  warn after  error after  objects  size\n' +
      '                       none yet         36 h       3 days\n',
  )
})

test('decimals are figures, however wide DuckDB makes them', async () => {
  await mkdir(own(), { recursive: true })
  const sql =
    "select 'x' as part, count(*) * 0.0004 as request_usd, sum(size) * 1.5 as padded_bytes from objects_latest where is_latest"
  await writeFile(join(own(), 'requests.sql'), `-- report: requests\n-- totals: request_usd\n${sql}\n`)
  try {
    const [row] = await lake.rows('report', 'requests')
    expect(row).toMatchObject({ request_usd: '0.0024' })
    expect((await lake.run('report', 'requests')).stdout).toMatch(
      /^part +request +padded\nx {5}0\.0024 USD +24 MB\nin all: request 0\.0024 USD\n$/,
    )
  } finally {
    await rm(join(own(), 'requests.sql'))
  }
})

test.each<[name: string, args: string[], told: string]>([
  ['duplicates', ['--param', 'least=10000000'], 'no two objects have the same ETag and size'],
  ['storage', ['--param', 'under=2027'], 'no such folder, or no objects in it'],
  ['partitions', [], 'no folder NAME=VALUE/ holds objects'],
  ['largest', ['--param', 'top=1'], 'top is 1: there may be more, --param top=N'],
])('%s %j says what the rows do not', async (name, args, told) => {
  expect((await lake.run('report', name, 'photos', ...args)).stderr.trimEnd().split('\n').at(-1)).toBe(told)
  expect((await lake.run('report', name, 'photos', ...args, '--quiet')).stderr).toBe('')
})

describe('prices', () => {
  const cost = ['report', 'cost', 'photos', '--config', 'priced.yaml']
  const told = async (prices: string, ...args: string[]) => {
    await writeFile(join(lake.folder, 'priced.yaml'), `${SETTINGS}\nprices: { ${prices} }\n`)
    return (await lake.run(...cost, ...args)).stderr.trimEnd().split('\n').at(-1)
  }
  const OTHERS = 'those of us-east-1 on 2026-11-21, without taxes and discounts'

  test('are told with their date', async () => {
    expect(await told('')).toBe(`prices are ${OTHERS}`)
    expect(await told('storage_standard_per_gb_month: 1')).toBe(`prices are 1 of yours, the others ${OTHERS}`)
    expect(await told('as_of: 2026-10-01, storage_standard_per_gb_month: 1')).toBe(
      `prices are 1 of yours of 2026-10-01, the others ${OTHERS}`,
    )
    expect(await told('', '--param', 'storage_glacier_per_gb_month=1')).toBe(
      `prices are 1 of yours, the others ${OTHERS}`,
    )
  })

  test('may not be of a day that there is not', async () => {
    await writeFile(join(lake.folder, 'priced.yaml'), `${SETTINGS}\nprices: { as_of: last week }\n`)
    expect(await lake.run(...cost)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a day such as 2026-01-20'),
    })
  })

  test('make the cost, and what has none is counted: the report has no storage classes', async () => {
    expect(await lake.rows('report', 'cost', 'photos', '--param', 'depth=0')).toEqual([
      {
        ...{ connector: 'photos', path: '', storage_class: null, object_count: 5, noncurrent_object_count: 1 },
        ...{ stored_size_bytes: 19_000_120, billed_size_bytes: null, month_usd: null, noncurrent_month_usd: null },
        ...{ unpriced_count: 6, sample_rate: null },
      },
    ])
    expect((await lake.run('report', 'cost', 'photos', '--param', 'depth=0')).stdout).toMatch(
      /\nin all: a month unknown, without price 6\n$/,
    )
  })
})

test('freshness is of what is declared and what is there, by the configuration', async () => {
  expect(await lake.rows('report', 'freshness')).toMatchObject([
    { connector: 'listed', snapshot: null, freshness: 'none yet' },
    { connector: 'photos', snapshot: SECOND, age_ms: 172_800_000, freshness: 'stale', warn_after_ms: 129_600_000 },
  ])
})

test.each<[name: string, param: string, message: string]>([
  ['largest', 'top=0', '--param top: expected a whole number from 1, got "0"'],
  ['largest', 'top=-1', '--param top: expected a whole number from 1, got "-1"'],
  ['largest', 'top=2.5', '--param top: expected a whole number from 1, got "2.5"'],
  ['largest', 'top=', '--param top: expected a whole number from 1, got ""'],
  ['storage', 'depth=-1', '--param depth: expected a whole number from 0, got "-1"'],
  ['partitions', 'skew=0.5', '--param skew: expected a number from 1, got "0.5"'],
  ['partitions', 'skew=many', '--param skew: expected a number from 1, got "many"'],
  ['freshness', 'now=today', '--param now: expected a time in UTC such as 2026-01-20 01:00, got "today"'],
  ['classes', 'top=5', '--param top: unknown parameter; classes takes none'],
  ['storage', 'dept=2', '--param dept: unknown parameter; did you mean depth?'],
  [
    'storage',
    'connector=photos',
    '--param connector: unknown parameter; name it after the report: stocktake report storage CONNECTOR',
  ],
])('%s is refused with --param %s, before a lake is looked for', async (name, param, message) => {
  expect(await lake.run('report', name, '--lake', 'nowhere', '--param', param)).toEqual({
    code: 2,
    stdout: '',
    stderr: `stocktake: ${message}\n`,
  })
})

test('a report with a dash is found by a line below', async () => {
  const { code, stderr } = await lake.run('report', 'partition_gaps')
  expect({ code, stderr }).toEqual({
    code: 3,
    stderr: 'stocktake: report "partition_gaps": no such report; did you mean partition-gaps?\n',
  })
})

test.each(['folders', 'saving', '../sql/reports/savings', ''])('there is no report %j', async name => {
  const { code, stderr } = await lake.run('report', name)
  expect(code).toBe(3)
  expect(stderr).toContain(`report ${JSON.stringify(name)}: no such report; `)
})
