import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { collectSlowQueries } from '../../src/jobs/slowQueries.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { listRecentDeeds } from '../../src/lake/recentDeeds.js'
import { openSalesLake, type SalesLake } from './salesLake.js'

let lake: SalesLake
let first: bigint
beforeAll(async () => {
  lake = await openSalesLake()
  first = await lake.append(0, 300, new Date('2026-01-20T01:00:00Z'))
  await lake.append(300, 100, new Date('2026-01-21T01:00:00Z'))
})
afterAll(() => lake.remove())

const run = (...args: string[]) => lake.run(args)
const rows = (...args: string[]) => lake.rows(args)
const ask = (...args: string[]) => rows('tables', 'query', ...args)
const own = () => join(lake.folder, 'config/tables')
async function put(name: string, text: string): Promise<void> {
  await mkdir(join(own(), 'sales'), { recursive: true })
  await writeFile(join(own(), name), text)
}
afterEach(() => rm(join(lake.folder, 'config'), { recursive: true, force: true }))

describe('tables query', () => {
  test('lists the queries with the questions that they answer', async () => {
    const listed = await ask()
    expect(listed).toHaveLength(13)
    expect(listed[6]).toEqual({
      query: 'monthly_trend',
      table: 'sales_history',
      question: 'how sales and prices went from month to month',
      params: 'tenant, category, from_year, to_year, brand',
      file: null,
    })
    expect(listed.find(({ query }) => query === 'partition_pruning')?.params).toMatch(/month=12$/)
    expect(await ask('monthly_trend', '--list')).toEqual(listed)
  })

  test('each of them has rows', async () => {
    const [item] = await rows('query', 'select product_id from sales_history order by 1 limit 1')
    for (const { query } of await ask()) {
      const given = query === 'similarity_search' ? ['--param', `product=${item?.product_id}`] : []
      expect(await ask(String(query), ...given), String(query)).not.toEqual([])
    }
  })

  test('tells what it reads, which is what can hold rows for the answer', async () => {
    const [{ n } = {}] = await rows('query', 'select count(distinct (year, month)) as n from sales_history')
    const { stdout, stderr } = await run('tables', 'query', 'partition_pruning', '--param', 'month=6')
    expect(stdout.split('\n')[0]).toMatch(
      /^year +month +sales +total +average +first sold at +last sold at +files read/,
    )
    expect(stderr).toMatch(/^read 4 of \d+ files \(\d.* [kM]B\), at most \d.* k?B of columns\n$/)
    const answer = await ask('partition_pruning', '--param', 'month=6')
    expect(answer.map(row => [row.year, row.read_file_count])).toEqual([
      [2024, 4],
      [2025, 4],
    ])
    expect(Number(answer[0]?.table_file_count)).toBeGreaterThan(Number(n))
  })

  test('what is left unread changes no answer', async () => {
    const exact = (answer: readonly Record<string, unknown>[]) =>
      answer.map(row => ({ ...row, total_usd: Number(row.total_usd) }))
    for (const given of [['from_year=2025', 'to_year=2025'], ['tenant=acme', 'category=denim'], ['from_year=2030'], []])
      for (const query of ['monthly_trend', 'brand_performance']) {
        const params = given.flatMap(each => ['--param', each])
        const { stdout: sql } = await run('tables', 'query', query, ...params, '--sql')
        expect(exact(await ask(query, ...params))).toEqual(exact(await rows('query', sql)))
      }
  })

  test('amounts are figures, for people in USD and for programs exactly', async () => {
    const { stdout } = await run('tables', 'query', 'condition_impact')
    expect(stdout.split('\n')[1]).toMatch(/^\w+ +\d+ +[\d,]+\.\d\d USD +[\d,]+\.\d\d USD +[\d,]+\.\d\d USD +[\d.]+ %$/)
    const [sum] = await rows('query', 'select cast(sum(sold_price) as varchar) as sum from sales_history')
    const total = (await ask('condition_impact')).reduce(
      (cents, row) => cents + Math.round(Number(row.total_usd) * 100),
      0,
    )
    expect((total / 100).toFixed(2)).toBe(sum?.sum)
  })

  test('answers as of a snapshot, or a time', async () => {
    const count = async (...args: string[]) =>
      (await ask('condition_impact', ...args)).reduce((sum, row) => sum + Number(row.sale_count), 0)
    expect(await count()).toBe(400)
    expect(await count('--as-of', String(first))).toBe(300)
    expect(await count('--as-of', '2026-01-20')).toBe(300)
    expect(await count('--as-of', 'previous')).toBe(300)
    expect((await run('tables', 'query', 'condition_impact', '--as-of', '2026-01-20')).stderr).toMatch(
      /^as of 2026-01-20 01:00: snapshot \d+\nread /,
    )
    expect(await run('tables', 'query', 'condition_impact', '--as-of', '2020-01-01')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the table had no rows yet'),
    })
  })

  test.each<[string, string[], number, string]>([
    [
      'a query that there is not',
      ['monthly_trent'],
      3,
      'query "monthly_trent": no such query; did you mean monthly_trend?',
    ],
    ['a table that there is not', ['monthly_trend', '--table', 'sale_history'], 3, 'did you mean sales_history?'],
    ['one that is not made', ['monthly_trend', '--stage', 'prod'], 3, 'fix'],
    ['a parameter that it has not', ['monthly_trend', '--param', 'brands=x'], 2, 'did you mean brand?'],
    ['one that nobody gives', ['partition_pruning', '--param', 'read_file_count=1'], 2, 'unknown parameter'],
    ['a value that is none', ['monthly_trend', '--param', 'from_year=x'], 2, 'expected a whole number, got "x"'],
    ['no time', ['monthly_trend', '--as-of', 'noon'], 2, '--as-of: expected a time'],
    ['no vector', ['similarity_search', '--param', 'vector=x'], 1, 'query similarity_search'],
  ])('%s is told', async (_, args, code, told) => {
    const answer = await run('tables', 'query', ...args)
    expect({ code: answer.code, stdout: answer.stdout }).toEqual({ code, stdout: '' })
    expect(answer.stderr).toContain(told === 'fix' ? 'none in this lake; stocktake tables create sales_history' : told)
  })

  test('its SQL can be had without a lake', async () => {
    const { code, stdout } = await run('tables', 'query', 'monthly_trend', '--sql', '--lake', './nowhere')
    expect({ code, dollars: stdout.includes('$') }).toEqual({ code: 0, dollars: false })
    expect((await run('tables', 'query', 'monthly_trend', '--lake', './nowhere')).code).toBe(3)
  })
})

describe("a person's own query", () => {
  test('reads the table, shared parts and views, and takes the place of one of its name', async () => {
    await put(
      'sales/denim.sql',
      "-- params: $least BIGINT\nselect count(*) as n from sales_history where year >= $least and category = 'denim'",
    )
    await put(
      'sales/monthly_trend.sql',
      '-- inputs: asked_sales\n-- report: mine\nselect count(*) as n from asked_sales\n',
    )
    await put('sales/both.sql', 'select count(*) as n, (select count(*) from snapshots) as m from sales_history')
    const listed = await ask()
    expect(listed).toHaveLength(15)
    expect(listed.find(({ query }) => query === 'monthly_trend')).toMatchObject({
      question: 'mine',
      file: 'config/tables/sales/monthly_trend.sql',
    })
    const [{ n } = {}] = await rows('query', "select count(*) as n from sales_history where category = 'denim'")
    expect(await ask('denim', '--param', 'least=2000')).toEqual([{ n }])
    expect(await ask('monthly_trend', '--param', 'from_year=2030')).toEqual([{ n: 0 }])
    expect(await ask('both')).toEqual([{ n: 400, m: 0 }])
    await put('sales/columns.sql', '-- inputs: snapshots\ndescribe sales_history')
    expect((await ask('columns'))[0]).toMatchObject({ column_name: 'product_id' })
    await put(
      'sales/cheap.sql',
      '-- params: $most BIGINT\n-- prunes: sold_price <= $most\nselect count(*) as n from sales_history where sold_price <= $most',
    )
    const [cheap] = await rows('query', 'select count(*) as n from sales_history where sold_price <= 60')
    expect(await ask('cheap', '--param', 'most=60')).toEqual([cheap])
  })

  test('has its mistakes told with file and line', async () => {
    await put('sales/wrong.sql', '-- report: a\n\nselect nope\nfrom sales_history')
    expect((await run('tables', 'query', 'wrong')).stderr).toMatch(
      /^stocktake: .*config\/tables\/sales\/wrong\.sql:3: /,
    )
    await put('sales/wrong.sql', '-- prunes: year ! 3\nselect 1 from sales_history')
    const { code, stderr } = await run('tables', 'query')
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('wrong.sql:1: expected COLUMN >='),
    })
    await put('sales/wrong.sql', 'drop view sales_history')
    expect((await run('tables', 'query', 'wrong')).code).toBe(2)
  })
})

describe('declared tables as views', () => {
  test('are known to query, by their short name and in their database', async () => {
    const answer = [{ n: 400 }]
    expect(await rows('query', 'select count(*) as n from sales_history')).toEqual(answer)
    expect(await rows('query', 'from pricing_intelligence_dev.Sales_History select count(*) as n')).toEqual(answer)
    expect(await rows('query', 'select count(*) as n from sales_history', '--as-of', '2026-01-20')).toEqual([
      { n: 300 },
    ])
    expect((await rows('query', 'show tables')).map(({ name }) => name)).toContain('sales_history')
    expect(await rows('query', 'select count(*) as n from sales_history, snapshots')).toEqual([{ n: 0 }])
  })

  test('are told of when they are not made yet, or were not by then', async () => {
    await put('visits.yaml', 'database: shop\ntable: visits\ncolumns: [{ name: id, type: long }]')
    const { code, stderr } = await run('query', 'select * from visits')
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^visits is declared, and not made yet: stocktake tables create visits\n/),
    })
    expect((await run('query', 'select 1 from sales_history', '--as-of', '2020-01-01')).code).toBe(3)
  })

  test('a mistake in a spec hides no view of the lake', async () => {
    await put('visits.yaml', 'database: 5')
    const { code, stderr } = await run('query', 'select count(*) from snapshots')
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^warning: without the declared tables: /),
    })
  })

  test('a name that a view of the lake has stays with it', async () => {
    await put('snapshots.yaml', 'database: shop\ntable: snapshots\ncolumns: [{ name: id, type: long }]')
    expect((await rows('query', 'describe snapshots'))[0]).toMatchObject({ column_name: 'connector' })
  })

  test('are in the shell, and in what views prints', async () => {
    const shell = await lake.run(['shell', '--format', 'csv'], {
      stdin: Readable.from(['.tables\nselect count(*) as n from sales_history;']),
    })
    expect(shell.stdout).toMatch(/\naudit\nsales_history\nn\n400\n$/)
    const { stdout } = await run('views')
    expect(stdout).toContain(
      'create or replace view "pricing_intelligence_dev"."sales_history" as select * from iceberg_scan(',
    )
    expect(stdout).toMatch(/create or replace view "sales_history" as .*;\n$/)
    expect((await run('views', '--dialect', 'athena')).stdout).not.toContain('sales_history')
  })
})

describe('a slow query', () => {
  /** Twenty seconds go by whenever the time is looked at. */
  const slowly = () => {
    let ms = Date.UTC(2026, 0, 22)
    return {
      now: () => {
        ms += 20_000
        return new Date(ms)
      },
    }
  }

  test('is warned of, recorded and counted', async () => {
    const answers = [
      await lake.run(['tables', 'query', 'partition_pruning', '--param', 'month=6'], slowly()),
      await lake.run(['query', 'select 1 as one from sales_history limit 1'], slowly()),
      await lake.run(['query', 'select 2 as two from snapshots union all select 1'], slowly()),
    ]
    expect(
      answers.map(
        ({ stderr }) => /warning: slow query: (\S+) took .*, more than tables.slow_query \(30 s\)/.exec(stderr)?.[1],
      ),
    ).toEqual(['partition_pruning', 'it', 'it'])
    const recorded = await rows(
      'query',
      "select subject, outcome, detail->>'query' as query, detail->>'params' as params, detail->>'sql' as sql from audit where action = 'slow query' order by happened_at, audit_id",
    )
    const done = { outcome: 'done', query: null, params: null, sql: null }
    expect(recorded).toHaveLength(3)
    expect(recorded).toEqual(
      expect.arrayContaining([
        { ...done, subject: 'pricing_intelligence_dev.sales_history', query: 'partition_pruning', params: 'month=6' },
        {
          ...done,
          subject: 'pricing_intelligence_dev.sales_history',
          sql: 'select 1 as one from sales_history limit 1',
        },
        { ...done, subject: '', sql: 'select 2 as two from snapshots union all select 1' },
      ]),
    )
    const store = new FolderStore(join(lake.folder, 'lake'))
    const since = new Date(Date.UTC(2026, 0, 22))
    const counted = await collectSlowQueries(listRecentDeeds(store, since, { now: () => since }))
    const table = 'pricing_intelligence_dev.sales_history'
    expect(counted.map(each => each.table).sort()).toEqual(['', table, table])
  })

  test('a quick one is not', async () => {
    expect((await run('tables', 'query', 'monthly_trend')).stderr).not.toContain('slow')
  })
})
