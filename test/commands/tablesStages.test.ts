import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

/** A lake with two tables in two stages: of `dev` with a row each, of `prod` with two sales and three listings. */
let place: CommandFolder
beforeAll(async () => {
  place = await openCommandFolder()
  await place.configure('lake: ./lake\n')
  await put('config/tables/sales.yaml', specOf('sales', 'queries: sales'))
  await put('config/tables/listings.yaml', specOf('listings', 'queries: own'))
  await put('config/tables/own/joined.sql', JOINED)
  await put('config/tables/own/elsewhere.sql', 'select count(*) as n from sales')
  for (const [stage, sales, listings] of [['dev', 1, 1] as const, ['prod', 2, 3] as const]) {
    await insert('sales', sales, stage)
    await insert('listings', listings, stage)
  }
})
afterAll(() => place.remove())

const specOf = (table: string, more: string) => `database: shop_{stage}
table: ${table}
columns: [{ name: id, type: long }, { name: stage, type: string }]
${more}
`

const JOINED = `select (select count(*) from listings) as listings, (select count(*) from sales) as sales,
  (select string_agg(distinct stage) from (select stage from sales union all select stage from listings)) as stages`

async function put(path: string, text: string): Promise<void> {
  await mkdir(join(place.folder, path, '..'), { recursive: true })
  await writeFile(join(place.folder, path), text)
}

async function insert(table: string, count: number, stage: string): Promise<void> {
  const rows = Array.from({ length: count }, (_, id) => `${JSON.stringify({ id, stage })}\n`)
  await put('rows.jsonl', rows.join(''))
  expect(await tables('create', table, '--stage', stage)).toMatchObject({ code: 0 })
  expect(await tables('insert', table, 'rows.jsonl', '--stage', stage)).toMatchObject({ code: 0 })
}

const tables = (...args: string[]) => place.run(['tables', ...args])

describe('an own query over two tables', () => {
  test.each([
    [[], { listings: 1, sales: 1, stages: 'dev' }],
    [['--stage', 'dev'], { listings: 1, sales: 1, stages: 'dev' }],
    [['--stage', 'prod'], { listings: 3, sales: 2, stages: 'prod' }],
  ])('with %j reads both of that stage', async (args, row) => {
    expect(await place.rows(['tables', 'query', 'joined', ...args])).toEqual([row])
  })

  test('goes by the variable, too, and the option goes before it', async () => {
    const world = { env: { STOCKTAKE_STAGE: 'prod' } }
    const ask = (...args: string[]) => place.rows(['tables', 'query', 'joined', ...args], world)
    expect(await ask()).toEqual([{ listings: 3, sales: 2, stages: 'prod' }])
    expect(await ask('--stage', 'dev')).toEqual([{ listings: 1, sales: 1, stages: 'dev' }])
  })

  test('fails where the stage has only one of them, and says how the other is made', async () => {
    expect(await tables('create', 'listings', '--stage', 'half')).toMatchObject({ code: 0 })
    const { code, stdout, stderr } = await tables('query', 'joined', '--stage', 'half')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('sales is declared, and not made yet: stocktake tables create sales --stage half\n')
  })

  test("of a table that it doesn't name tells nothing", async () => {
    const { stdout, stderr } = await tables('query', 'elsewhere', '--stage', 'half', '--format', 'csv')
    expect([stdout, stderr.includes('listings')]).toEqual(['', false])
    expect(await tables('query', 'elsewhere', '--stage', 'prod', '--format', 'csv')).toEqual({
      ...{ code: 0, stdout: 'n\n2\n', stderr: '' },
    })
  })
})

describe('what is to be typed next is about the same stage', () => {
  beforeAll(async () => {
    await insert('sales', 1, 'empty')
    await tables('create', 'listings', '--stage', 'empty')
  })

  test('to undo a rollback', async () => {
    await insert('sales', 1, 'prod')
    const { stderr } = await tables('rollback', 'sales', '--to', 'previous', '--yes', '--stage', 'prod')
    const undo = /stocktake (tables rollback sales --to \d+ --stage prod)\n$/.exec(stderr)?.[1]?.split(' ')
    expect(await place.run([...(undo ?? []), '--yes'])).toMatchObject({ code: 0 })
    expect(await place.rows(['tables', 'query', 'elsewhere', '--stage', 'prod'])).toEqual([{ n: 3 }])
    expect(await place.rows(['tables', 'query', 'elsewhere'])).toEqual([{ n: 1 }])
  })

  test.each<[what: string, args: string[], code: number, told: string]>([
    ['a table that is not there', ['history', 'sales'], 3, 'stocktake tables create sales --stage new'],
    ['one to query', ['query', 'joined'], 3, 'stocktake tables create listings --stage new'],
    ['one to insert into', ['insert', 'sales', 'rows.jsonl'], 3, 'stocktake tables create sales --stage new'],
    ['one to verify', ['verify', 'sales'], 1, 'stocktake tables create sales --stage new'],
  ])('%s', async (_, [verb = '', ...args], code, told) => {
    const answer = await tables(verb, ...args, '--stage', 'new')
    expect([answer.code, answer.stdout + answer.stderr]).toEqual([code, expect.stringContaining(told)])
  })

  test.each<[what: string, args: string[], told: string]>([
    ['a state that is not there', ['rollback', 'sales', '--to', '12'], 'tables history sales --stage empty\n'],
    ['no state before', ['query', 'joined', '--as-of', 'previous'], 'tables history listings --stage empty\n'],
    ['a table without rows', ['history', 'listings'], 'tables insert listings FILE --stage empty\n'],
    [
      'one to begin anew',
      ['rollback', 'sales', '--to', 'previous'],
      'then stocktake tables create sales --stage empty',
    ],
  ])('%s', async (_, [verb = '', ...args], told) => {
    expect((await tables(verb, ...args, '--stage', 'empty')).stderr).toContain(told)
  })

  test('a file that was changed', async () => {
    await put('config/tables/sales.yaml', specOf('sales', 'queries: sales\npartition: [{ column: id }]'))
    const create = await tables('create', 'sales', '--stage', 'empty')
    expect(create.stdout).toContain('fix: stocktake tables evolve sales --partition id --stage empty; or declare it')
    await put('config/tables/sales.yaml', specOf('sales', 'queries: sales'))
  })
})
