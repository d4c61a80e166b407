import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
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
    const { stdout } = await lake.run('report', 'savings', 'photos')
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^connector {2}snapshot +source +scope +listed +list requests +get requests +requests +/)
    expect(lines[1]).toMatch(/0\.0000050 USD/)
    expect(lines.at(-1)).toMatch(
      /^2 snapshots: [\d.]+ USD less than listing would have cost \(0\.000010 USD\); [\d.]+ USD for requests, [\d.]+ USD for inventories$/,
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
    expect(await lake.rows('report', '--list')).toEqual([
      { report: 'savings', question: 'mine', params: 'since', file: 'reports/savings.sql' },
    ])
  })
})

test('the list needs no lake, and has no models that are of other commands', async () => {
  const { code, stdout } = await lake.run('report', '--lake', 'nowhere')
  expect(code).toBe(0)
  expect(stdout).toBe(
    'report   question                                                           params  file\n' +
      'savings  what reading the inventory cost, against listing the same objects\n',
  )
  expect((await lake.rows('report', '--list')).map(({ report }) => report)).toEqual(['savings'])
})

test.each(['folders', 'saving', '../sql/reports/savings', ''])('there is no report %j', async name => {
  const { code, stderr } = await lake.run('report', name)
  expect(code).toBe(3)
  expect(stderr).toContain(`report ${JSON.stringify(name)}: no such report; `)
})
