import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { World } from '../../src/commands/globals.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

let place: CommandFolder
beforeEach(async () => {
  place = await openCommandFolder()
  await place.configure('lake: ./lake\n')
  await declare(TEXT)
})
afterEach(() => place.remove())

const TEXT = `database: shop_{stage}
table: sales
columns:
  - { name: id, type: long, required: true }
  - { name: sold, type: timestamp, required: true }
  - { name: year, type: int, from: year(sold) }
partition: [{ column: year, transform: identity }]
`

async function declare(text: string): Promise<void> {
  const folder = join(place.folder, 'config', 'tables')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'sales.yaml'), text)
}

const tables = (...args: string[]) => place.run(['tables', ...args])
const lines = (stdout: string) => stdout.trimEnd().split('\n')

async function audit(): Promise<unknown[]> {
  const rows = await place.rows(['query', "select * from audit where action like 'table %' order by happened_at"])
  return rows.map(({ action, subject, objects, outcome, detail }) => [
    ...[action, subject, objects, outcome],
    JSON.parse(String(detail)),
  ])
}

async function insert(rows: number): Promise<void> {
  const row = (id: number) => JSON.stringify({ id, sold: `2025-06-0${(id % 9) + 1}T00:00:00Z` })
  await writeFile(join(place.folder, 'rows.jsonl'), Array.from({ length: rows }, (_, id) => `${row(id)}\n`).join(''))
  expect(await tables('insert', 'sales', 'rows.jsonl')).toMatchObject({ code: 0 })
}

describe('tables create', () => {
  test('makes the lake and the table; again, nothing', async () => {
    expect(await tables('create', 'sales', '--dry-run')).toEqual({
      code: 0,
      stdout: [
        'ok    lake            …/lake: no lake yet, it would be made',
        'ok    catalog         files of the lake, 0 tables',
        'ok    sales           shop_dev.sales: would be created, 3 columns, partitioned by year\n',
      ].join('\n'),
      stderr: '',
    })
    const first = await tables('create', 'sales')
    expect([first.code, first.stderr, lines(first.stdout)]).toEqual([
      0,
      '',
      [
        'ok    lake            made …/lake: reads, writes, and refuses a second create',
        'ok    catalog         files of the lake, 0 tables',
        'ok    sales           shop_dev.sales: created, 3 columns, partitioned by year',
      ],
    ])
    const second = await tables('create', 'sales')
    expect([second.code, lines(second.stdout).slice(1)]).toEqual([
      0,
      [
        'ok    catalog         files of the lake, 1 table',
        'ok    sales           shop_dev.sales: is there as declared, nothing to do',
      ],
    ])
    expect(await audit()).toEqual([
      ['table create', 'shop_dev.sales', null, 'done', { created: true, changed: [], differs: [] }],
      ['table create', 'shop_dev.sales', null, 'unchanged', { created: false, changed: [], differs: [] }],
    ])
  })

  test('a stage is a database of its own; without a name all are created, the shipped one too', async () => {
    expect((await tables('create', 'sales', '--stage', 'prod')).code).toBe(0)
    const { code, stdout } = await tables('create')
    expect([code, lines(stdout).slice(1)]).toEqual([
      0,
      [
        'ok    catalog         files of the lake, 1 table',
        'ok    sales           shop_dev.sales: created, 3 columns, partitioned by year',
        'ok    sales_history   pricing_intelligence_dev.sales_history: created, 14 columns, partitioned by year, month',
      ],
    ])
    const catalog = filesCatalog(new FolderStore(join(place.folder, 'lake')), { now: () => new Date() })
    const names: string[] = []
    for await (const name of catalog.list()) names.push(name)
    expect(names).toEqual(['pricing_intelligence_dev.sales_history', 'shop_dev.sales', 'shop_prod.sales'])
  })

  test('evolves what can harm nothing; tells the rest with what to do, and fails', async () => {
    await tables('create', 'sales')
    await declare(
      TEXT.replace('partition:', '  - { name: note, type: string, comment: by hand }\npartition:').replace(
        'transform: identity',
        "transform: 'bucket[4]'",
      ),
    )
    const told = [
      'column note: would become string, was none',
      'partition: declared bucket[4](year), found year',
      "stocktake tables evolve sales --partition 'bucket(4,year)'; or declare it as it is",
    ]
    const dry = await tables('create', 'sales', '--dry-run')
    expect([dry.code, dry.stderr]).toEqual([1, 'stocktake: tables create: 1 of 4 checks failed\n'])
    for (const text of told) expect(dry.stdout).toContain(text)
    const done = await tables('create', 'sales')
    expect([done.code, lines(done.stdout).slice(2)]).toEqual([
      1,
      [
        'ok    sales           column note: is now string, was none',
        `fail  sales           ${told[1]}`,
        `                      fix: ${told[2]}`,
      ],
    ])
    expect((await audit()).at(-1)).toEqual([
      ...['table create', 'shop_dev.sales', null, 'done'],
      { created: false, changed: ['column note'], differs: ['partition'] },
    ])
    expect(await place.rows(['tables', 'create', 'sales'])).toEqual([
      expect.objectContaining({ status: 'ok', check: 'lake', fix: null }),
      expect.objectContaining({ status: 'ok', check: 'catalog' }),
      { status: 'fail', check: 'sales', found: told[1], fix: told[2] },
    ])
  })

  test.each<[string, string[], number, RegExp]>([
    ['a table that nobody declares', ['create', 'sale'], 3, /table sale: expected one of .*; did you mean sales\?/],
    [
      'a bucket for a folder',
      ['create', 'sales', '--create-bucket'],
      2,
      /--create-bucket: expected a lake on S3, got …\/lake/,
    ],
    ['a stage that can be none', ['create', 'sales', '--stage', 'A B'], 2, /--stage: expected lower-case/],
  ])('%s is refused', async (_, args, code, told) => {
    const answer = await tables(...args)
    expect([answer.code, answer.stdout, answer.stderr]).toEqual([code, '', expect.stringMatching(told)])
  })

  test("a catalog that a folder can't have is told before anything is made", async () => {
    await place.configure('lake: ./lake\ncatalog: { type: glue, database: shop }\n')
    expect(await tables('create', 'sales')).toMatchObject({
      ...{ code: 2, stdout: '', stderr: expect.stringMatching(/^stocktake: catalog: expected files/) },
    })
    expect(await readdir(place.folder)).not.toContain('lake')
  })

  test('where no lake can be, it says so and goes no further', async () => {
    await writeFile(join(place.folder, 'lake'), 'a file')
    const { code, stdout } = await tables('create', 'sales')
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^fail {2}lake +…?.*\n +fix: .*\n$/)])
  })

  test('of two at once there is one table', async () => {
    const answers = await Promise.all([tables('create', 'sales'), tables('create', 'sales')])
    expect(answers.map(({ code }) => code)).toEqual([0, 0])
    expect((await tables('create', 'sales')).stdout).toContain('is there as declared, nothing to do')
  })
})

describe('tables verify', () => {
  test('is well of a table with rows, and says what it costs', async () => {
    await tables('create', 'sales')
    await insert(20)
    const { code, stdout, stderr } = await tables('verify', 'sales', '--queries', '5000')
    expect([code, stderr]).toEqual([0, ''])
    expect(lines(stdout)[0]).toBe('sales')
    expect(stdout).toMatch(/^ok {4}data {12}20 rows in 1 file, /m)
    expect(stdout).toMatch(/^ok {4}cost {12}<0\.01 USD a month in S3 Standard, Glue and Athena: /m)
  })

  test('fails where one is not there, and goes on with the next', async () => {
    await tables('create', 'sales')
    await insert(3)
    await writeFile(join(place.folder, 'config/tables/a.yaml'), TEXT.replace('shop_', 'corner_'))
    const rows = await place.rows(['tables', 'verify'])
    expect(rows.filter(({ status }) => status === 'fail')).toEqual([
      {
        ...{ table: 'a', status: 'fail', check: 'database' },
        found: 'corner_dev: no tables in this lake',
        fix: 'stocktake tables create a; or name another --stage',
      },
      {
        ...{ table: 'a', status: 'fail', check: 'table' },
        found: 'corner_dev.sales: none in this lake',
        fix: 'stocktake tables create a',
      },
    ])
    expect((await tables('verify')).code).toBe(1)
    expect(new Set(rows.map(({ table }) => table))).toEqual(new Set(['a', 'sales']))
  })

  test('a shipped one that was never created is left out, unless it is named or the only one', async () => {
    await tables('create', 'sales')
    await insert(3)
    const { code, stdout, stderr } = await tables('verify')
    expect([code, stdout.split('\n')[0], stderr]).toEqual([
      ...[0, 'sales'],
      'without sales_history, which is shipped and was never created here; name it to verify it\n',
    ])
    expect(stdout).not.toContain('sales_history')
    expect((await tables('verify', 'sales_history')).code).toBe(1)
    await tables('create', 'sales_history')
    expect((await tables('verify')).stdout).toMatch(/^sales_history$/m)
    await rm(join(place.folder, 'config'), { recursive: true })
    expect((await tables('verify', '--stage', 'prod')).code).toBe(1)
  })

  test('of one without rows it says what to do; only one that had some is at fault', async () => {
    await tables('create', 'sales', '--stage', 'prod')
    const { code, stdout } = await tables('verify', 'sales', '--stage', 'prod')
    expect([code, lines(stdout).filter(line => !line.startsWith('ok'))]).toEqual([
      0,
      [
        'sales',
        'warn  data            no rows yet',
        '                      fix: stocktake tables insert sales FILE --stage prod',
      ],
    ])
  })

  test('the shipped queries answer over sample rows, and what they read is in the cost', async () => {
    await tables('create', 'sales_history')
    await tables('load-sample', 'sales_history', '--rows', '1000', '--until', '2026-01-20')
    const rows = await place.rows(['tables', 'verify', 'sales_history', '--queries', '1000000'])
    const found = (name: string) => rows.find(({ check }) => check === name)?.found
    expect(rows.map(({ status, check }) => `${status} ${check}`).filter(text => !text.startsWith('ok'))).toEqual([])
    expect(found('query')).toMatch(/^brand_performance: \d+ rows in /)
    // A million queries of 10 MB, the least that Athena bills, are 9.54 TB.
    expect(found('cost')).toMatch(/^47\.68 USD a month .* 1,000,000 queries that read [\d.]+ [kM]B each 47\.68 USD;/)
  })

  test.each([
    ['without a lake', ['verify', 'sales'], 3, /no lake there/],
    [
      'with queries that are no number',
      ['verify', 'sales', '--queries', '1.5'],
      2,
      /--queries: expected a whole number/,
    ],
  ])('%s it is refused', async (_, args, code, told) => {
    expect(await tables(...args)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(told) })
  })
})

describe('tables drop', () => {
  const drop = (world: Partial<World>, ...args: string[]) => place.run(['tables', 'drop', 'sales', ...args], world)
  const isThere = async () => (await tables('history', 'sales')).code === 0

  test('asks with what goes, and takes anything but yes for no', async () => {
    await tables('create', 'sales')
    await insert(20)
    expect(await drop({})).toMatchObject({ code: 2, stderr: expect.stringContaining('a terminal to ask on, or --yes') })
    const asked: string[] = []
    const answer = (is: boolean) => ({
      ask: async (question: string) => {
        asked.push(question)
        return is
      },
    })
    expect(await drop(answer(false))).toEqual({ code: 1, stdout: '', stderr: 'stocktake: nothing was dropped\n' })
    expect(await isThere()).toBe(true)
    expect(await drop(answer(true))).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^dropped shop_dev.sales: /),
    })
    expect(asked[1]).toMatch(
      /^drop shop_dev\.sales: 20 rows and all earlier states, [\d.]+ kB in \d+ files\? It can't be undone\.$/,
    )
    expect(await isThere()).toBe(false)
    expect((await audit()).at(-1)).toEqual([
      ...['table drop', 'shop_dev.sales', 20, 'done'],
      { files: expect.any(Number), bytes: expect.any(Number) },
    ])
    expect(await drop({}, '--yes')).toMatchObject({ code: 3, stderr: expect.stringContaining('none in this lake') })
    expect((await tables('create', 'sales')).stdout).toContain('shop_dev.sales: created')
  })

  test('a table that changed while it asked stays', async () => {
    await tables('create', 'sales')
    const ask = async () => {
      await insert(5)
      return true
    }
    expect(await drop({ ask })).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining('got one that somebody changed since; run it again') },
    })
    expect(await isThere()).toBe(true)
  })

  test('what a drop that was stopped has left goes with the next', async () => {
    await tables('create', 'sales')
    await insert(5)
    const store = new StoppedStore(join(place.folder, 'lake'))
    const catalog = filesCatalog(store, { now: () => new Date() })
    const table = await catalog.load('shop_dev.sales')
    if (!table) throw new Error('no table')
    await expect(catalog.drop(table)).rejects.toThrow('killed')
    expect(await drop({})).toMatchObject({
      ...{ code: 0, stderr: expect.stringMatching(/^dropped what was left of shop_dev\.sales: /) },
    })
    const keys: string[] = []
    for await (const { key } of store.list('tables/shop_dev.sales/')) keys.push(key)
    expect(keys).toEqual([expect.stringMatching(/v\d+\.metadata\.json$/)])
    expect(await drop({}, '--yes')).toMatchObject({ code: 3 })
  })
})

/** Removes two objects, and is killed then. */
class StoppedStore extends FolderStore {
  #removed = 0

  override async remove(key: string): Promise<void> {
    if (++this.#removed > 2) throw new Error('killed')
    await super.remove(key)
  }
}
