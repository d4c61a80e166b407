import { link, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SALES_YAML } from '../tables/salesPlace.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

let place: CommandFolder
beforeAll(async () => {
  place = await openCommandFolder()
  await place.configure('lake: ./lake')
  await mkdir(join(place.folder, 'config/tables'), { recursive: true })
  await writeFile(join(place.folder, 'config/tables/sales.yaml'), SALES_YAML)
  await place.run(['tables', 'create'])
})
afterAll(() => place.remove())

const tables = (...args: string[]) => place.run(['tables', ...args])
const put = (name: string, ...lines: string[]) =>
  writeFile(join(place.folder, name), lines.map(line => `${line}\n`).join(''))
const sale = (id: unknown) => JSON.stringify({ id, tenant_id: 't', sold: '2026-01-05' })
const deeds = async () =>
  (await place.rows(['query', 'select action, objects, outcome from audit order by happened_at'])).filter(
    ({ action }) => action !== 'table create',
  )
const rowCount = async (name: string) => {
  const [newest] = await place.rows(['tables', 'history', name])
  return Number(newest?.row_count ?? 0)
}

test('a person is told what went in, and which rows did not', async () => {
  await put('rows.jsonl', sale(1), sale('x'), sale(2))
  expect(await tables('insert', 'sales', 'rows.jsonl')).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^inserted 2 rows into sales: 1 file, \d+ B\n {2}snapshot \d+\n$/),
    stderr: 'warning: 1 row kept apart in ./rows.jsonl.rejected.jsonl\n  line 2: id: x is no whole number\n',
  })
  expect(await readFile(join(place.folder, 'rows.jsonl.rejected.jsonl'), 'utf8')).toMatch(/^{"line":2,"reason":"id: /)
  for (const limit of [['--strict'], ['--max-rejected', '0%']])
    expect(await tables('insert', 'sales', 'rows.jsonl', ...limit)).toMatchObject({
      ...{ code: 4, stdout: '' },
      stderr: expect.stringContaining('got 1 bad of 3'),
    })
  await put('other.jsonl', sale('y'), sale(2))
  expect(await tables('insert', 'sales', 'other.jsonl', '--rejected', 'rows.jsonl.rejected.jsonl')).toMatchObject({
    ...{ code: 2, stdout: '' },
    stderr: expect.stringContaining('--overwrite replaces it'),
  })
  expect(await rowCount('sales')).toBe(2)
  expect(await deeds()).toEqual([
    { action: 'table insert', objects: 2, outcome: 'done' },
    { action: 'table insert', objects: null, outcome: 'refused' },
    { action: 'table insert', objects: null, outcome: 'refused' },
  ])
})

test('a file that is mostly bad is refused, and goes in where that is borne', async () => {
  await put('most.jsonl', sale(1), sale('x'), sale('y'))
  expect(await tables('insert', 'sales', 'most.jsonl')).toMatchObject({
    ...{ code: 4, stdout: '' },
    stderr: expect.stringContaining('expected at most 1 bad of 3, got 2 bad of 3'),
  })
  const borne = await tables('insert', 'sales', 'most.jsonl', '--max-rejected', '2')
  expect(borne).toMatchObject({ code: 0, stderr: expect.stringContaining('kept apart in ./most.jsonl.rejected.jsonl') })
})

test('a file is the same by any of its links', async () => {
  await put('linked.jsonl', sale(1))
  await symlink('linked.jsonl', join(place.folder, 'soft.jsonl'))
  await link(join(place.folder, 'linked.jsonl'), join(place.folder, 'hard.jsonl'))
  for (const name of ['soft.jsonl', 'hard.jsonl'])
    expect(await tables('insert', 'sales', 'linked.jsonl', name)).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: expect.stringContaining(`${name}: expected each file once`),
    })
})

test('an input is not replaced by its own bad rows', async () => {
  await put('input.jsonl', sale(1), sale('x'), sale('y'))
  const text = await readFile(join(place.folder, 'input.jsonl'), 'utf8')
  const run = () => tables('insert', 'sales', 'input.jsonl', '--rejected', './input.jsonl', '--overwrite')
  expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining('input.jsonl: expected another file') })
  expect(await readFile(join(place.folder, 'input.jsonl'), 'utf8')).toBe(text)
})

test('what a killed insert of a batch left behind is told', async () => {
  await put('cut.jsonl', sale(1), sale(2))
  const run = () => tables('insert', 'sales', 'cut.jsonl', '--batch', 'cut')
  expect(await run()).toMatchObject({ code: 0, stderr: '' })
  await put('cut.jsonl.rejected.jsonl.unfinished-0123abcd', '{}')
  expect(await run()).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('are in ./cut.jsonl.rejected.jsonl.unfinished-0123abcd'),
  })
})

test('a long name has a file of rejected rows all the same', async () => {
  const name = `${'é'.repeat(120)}.jsonl`
  await put(name, sale(1), sale('x'))
  expect((await tables('insert', 'sales', name)).code).toBe(0)
  expect(await readdir(place.folder)).toContain(`${'é'.repeat(100)}.rejected.jsonl`)
})

test('what is piped in goes in as well, once as a batch; programs get a row', async () => {
  const before = await rowCount('sales')
  await put('rows.csv', 'id,tenant_id,sold', '3,t,2026-01-05')
  const run = (...more: string[]) =>
    place.run(['tables', 'insert', 'sales', 'rows.csv', '-', '--batch', 'monday', ...more], {
      stdin: Readable.from([`${sale(1)}\n`, `${sale(2)}\n`]),
    })
  const [row] = JSON.parse((await run('--format', 'json')).stdout)
  expect(row).toEqual({
    ...{ table: 'shop_dev.sales', outcome: 'inserted', snapshot: expect.any(Number), batch: 'monday', row_count: 3 },
    ...{ rejected_row_count: 0, rejected_file: null, file_count: 1, size_bytes: expect.any(Number) },
  })
  expect(await run()).toEqual({ code: 0, stdout: 'nothing to do: the batch monday is in sales\n', stderr: '' })
  expect(await rowCount('sales')).toBe(before + 3)
})

test.each<[string, readonly string[], number, string]>([
  ['no file', ['sales'], 2, 'expected <files..>, got none'],
  ['a file that is not there', ['sales', 'none.jsonl'], 3, 'no such file'],
  ['a file of an unknown kind', ['sales', 'none.txt'], 2, '--input-format'],
  ['a file twice', ['sales', 'a.csv', './a.csv'], 2, 'expected each file once'],
  ['an unknown flag', ['sales', 'a.csv', '--strictly'], 2, 'did you mean --strict?'],
  ['two limits', ['sales', 'a.csv', '--strict', '--max-rejected', '1'], 2, 'got both'],
  [
    'a limit that is none',
    ['sales', 'a.csv', '--max-rejected', 'few'],
    2,
    'expected a number of rows, or a percentage',
  ],
  ['a batch without a name', ['sales', 'a.csv', '--batch', ' '], 2, 'batch: expected a name'],
  ['a table that nobody declares', ['sale', 'a.csv'], 3, 'did you mean sales?'],
  ['a table that is not there', ['sales', 'a.csv', '--stage', 'prod'], 3, 'stocktake tables create sales'],
])('%s: nothing is inserted', async (_, args, code, message) => {
  const answer = await tables('insert', ...args)
  expect([answer.code, answer.stdout]).toEqual([code, ''])
  expect(answer.stderr).toContain(message)
})

test('sample rows are in once; --again adds them once more', async () => {
  const load = (...more: string[]) => tables('load-sample', 'sales_history', '--rows', '1000', ...more)
  const day = ['--until', '2026-01-20']
  expect((await load(...day)).stdout).toMatch(/^inserted 1,000 rows into sales_history: 25 files, /)
  expect((await load(...day)).stdout).toMatch(
    /^nothing to do: the batch sample-1-1000-2026-01-20 is in sales_history; /,
  )
  expect((await load(...day, '--again')).stdout).toMatch(/^inserted 1,000 rows /)
  expect(await rowCount('sales_history')).toBe(2000)
  const now = { now: () => new Date('2026-01-20T23:00:00Z') }
  const today = await place.run(['tables', 'load-sample', 'sales_history', '--rows', '1000'], now)
  expect(today).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') })
  expect(today.stderr).toContain('until 2026-01-20')
})

test.each([
  ['sales_history', '--rows', '999'],
  ['sales_history', '--rows', '100001'],
  ['sales_history', '--seed', '0.5'],
  ['sales_history', '--until', '2026-02-30'],
  ['sales'],
])('tables load-sample %s %s %s is refused', async (...args) => {
  expect(await tables('load-sample', ...args)).toMatchObject({ code: 2, stdout: '' })
})
