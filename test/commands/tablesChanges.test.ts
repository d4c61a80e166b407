import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Catalog } from '../../src/iceberg/catalog.js'
import { evolveSchema } from '../../src/iceberg/evolveSchema.js'
import { expireSnapshots } from '../../src/iceberg/expireSnapshots.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { parseTypeText } from '../../src/iceberg/typeText.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { createLake } from '../../src/lake/lake.js'
import { closeTestEngine, openTestEngine, type TestEngine } from '../engine/engines.js'
import { appendRows, createSales, listRows, loadSales, SALES, SALES_YAML, salesFrom } from '../tables/salesPlace.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

let open: TestEngine
let place: CommandFolder
let catalog: Catalog
/** A clock that goes on by an hour with each insert. */
let ms: number
const effects = { now: () => new Date(ms), sleep: async () => undefined }

beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))

beforeEach(async () => {
  ms = Date.UTC(2026, 0, 20)
  place = await openCommandFolder()
  await place.configure('lake: ./lake')
  await mkdir(join(place.folder, 'config/tables'), { recursive: true })
  await writeFile(join(place.folder, 'config/tables/sales.yaml'), SALES_YAML)
  const store = new FolderStore(join(place.folder, 'lake'))
  await createLake(store, effects.now())
  catalog = filesCatalog(store, effects)
  await createSales(store, effects)
  return () => place.remove()
})

const insert = async (batch: string, from: number, count = 10) => {
  ms += 3_600_000
  const table = await appendRows(catalog, salesFrom(from, count), open, { effects, batch })
  return table.metadata['current-snapshot-id']
}
const world = { now: () => new Date(ms) }
const run = (...args: string[]) => place.run(['tables', ...args], world)
const rowsOf = (...args: string[]) => place.rows(['tables', ...args], world)
/** A command line whose question is answered so. @returns what was asked, and what came of it */
const answer = async (yes: boolean, ...args: string[]) => {
  const asked: string[] = []
  const ask = async (question: string) => asked.push(question) > 0 && yes
  return { asked, ...(await place.run(['tables', ...args], { ...world, ask })) }
}
const countRows = async () => (await listRows(await loadSales(catalog), open)).length
const current = async () => (await loadSales(catalog)).metadata['current-snapshot-id']

describe('tables history', () => {
  test('shows the states, newest first, and what was rolled back', async () => {
    const [a, b] = [await insert('a', 0), await insert('b', 10, 20)]
    await run('rollback', 'sales', '--to', 'previous', '--yes')
    const c = await insert('c', 30)
    const known = { is_current: false, is_ancestor: true, operation: 'append', rows_removed: 0, changes: [] }
    expect(await rowsOf('history', 'sales')).toEqual(
      [
        { ...known, snapshot: c, batch: 'c', rows_added: 10, row_count: 20, file_count: 4, is_current: true, hour: 3 },
        {
          ...known,
          snapshot: b,
          batch: 'b',
          rows_added: 20,
          row_count: 30,
          file_count: 4,
          is_ancestor: false,
          hour: 2,
        },
        { ...known, snapshot: a, batch: 'a', rows_added: 10, row_count: 10, file_count: 2, hour: 1 },
      ].map(({ snapshot, hour, ...row }) => ({
        ...row,
        snapshot: Number(snapshot),
        made_at: `2026-01-20T0${hour}:00:00.000Z`,
        size_bytes: expect.any(Number),
      })),
    )
    const { stdout } = await run('history', 'sales')
    expect(stdout.split('\n').map(line => line.split(/\s{2,}/).at(-1))).toEqual([
      ...['changes', 'current', 'rolled back', 'a', ''].map(told => expect.stringContaining(told)),
    ])
  })

  test('shows how columns and partitions changed between them, and since', async () => {
    await insert('a', 0)
    await run('evolve', 'sales', '--add', 'color string', '--partition', 'tenant_id,year')
    await appendRows(catalog, `select *, 'red' as color from (${salesFrom(10, 10)})`, open, { effects })
    await run('evolve', 'sales', '--rename', 'color=hue', '--relax', 'tenant_id', '--partition', 'none')
    const { stdout, stderr } = await run('history', 'sales', '--format', 'json')
    expect(JSON.parse(stdout).map(({ changes }: { changes: string[] }) => changes)).toEqual([
      ['new column color string', 'parted by tenant_id, year'],
      [],
    ])
    expect(stderr).toContain('changed since, without rows: tenant_id may be NULL, color renamed to hue, parted by none')
  })

  test('of a table without rows, and of none', async () => {
    expect(await rowsOf('history', 'sales')).toEqual([])
    expect((await run('history', 'sales')).stderr).toContain('never had rows')
    expect(await run('history', 'sale')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('did you mean sales?'),
    })
    expect(await run('history', 'sales', '--stage', 'live')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/shop_live\.sales: none in this lake; stocktake tables create sales/),
    })
  })
})

describe('tables rollback', () => {
  test('asks with what goes, and says how it is undone', async () => {
    const [a, b] = [await insert('a', 0), await insert('b', 10, 20)]
    const no = await answer(false, 'rollback', 'sales', '--to', 'previous')
    expect(no).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was changed') })
    expect(no.asked[0]).toBe(
      `sales: from snapshot ${b} of 2026-01-20 02:00: 30 rows; to   snapshot ${a} of 2026-01-20 01:00: 10 rows; ` +
        'out  1 snapshot, with the batch b. Set it to that state?',
    )
    expect(await current()).toBe(b)
    const yes = await answer(true, 'rollback', 'sales', '--to', 'previous')
    expect(yes).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('out  1 snapshot, with the batch b\n'),
      stderr: expect.stringContaining(`stocktake tables rollback sales --to ${b}`),
    })
    expect([await current(), await countRows()]).toEqual([a, 10])
    expect((await loadSales(catalog)).metadata.snapshots).toHaveLength(2)
    const forward = await run('rollback', 'sales', '--to', String(b), '--yes')
    expect(forward).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('back 1 snapshot, with the batch b\n'),
      stderr: `to undo it, while that state is still there: stocktake tables rollback sales --to ${a}\n`,
    })
    expect([await current(), await countRows()]).toEqual([b, 30])
    const audited = await place.rows([
      'query',
      "select action, subject, outcome from audit where action = 'table rollback'",
    ])
    expect(audited).toEqual(Array(2).fill({ action: 'table rollback', subject: SALES.table, outcome: 'done' }))
  })

  test.each([
    ['2026-01-20T01:30Z', 'a'],
    ['2026-01-20T02:00Z', 'b'],
    ['2026-01-20', 'c'],
  ])('to the state at %s', async (to, batch) => {
    const states = { a: await insert('a', 0), b: await insert('b', 10), c: await insert('c', 20) }
    const [row] = await rowsOf('rollback', 'sales', '--to', to, '--yes')
    expect(row).toMatchObject({ to_snapshot: Number(Reflect.get(states, batch)), changed: batch !== 'c' })
    expect(await current()).toBe(Reflect.get(states, batch))
  })

  test('previous is before the last change of rows, whatever was tidied since', async () => {
    const a = await insert('a', 0)
    await insert('b', 10)
    await run('rollback', 'sales', '--to', 'previous', '--yes')
    expect(await current()).toBe(a)
    expect(await run('rollback', 'sales', '--to', 'previous', '--yes')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(
        'no state before the first; nothing was changed; to begin anew: stocktake tables drop sales, then ' +
          'stocktake tables create sales\n',
      ),
    })
  })

  test.each([
    ['12345', 3, 'no such snapshot, or an expired one'],
    ['2026-01-20T00:30Z', 3, 'the table had no rows yet, or it has expired'],
    ['yesterday', 2, '--to: expected a time such as'],
  ])('to %s is refused', async (to, code, told) => {
    const a = await insert('a', 0)
    expect(await run('rollback', 'sales', '--to', to, '--yes')).toMatchObject({
      code,
      stderr: expect.stringContaining(told),
    })
    expect(await current()).toBe(a)
  })

  test('a dry run, a state that it is in, and nobody to ask change nothing', async () => {
    const [, b] = [await insert('a', 0), await insert('b', 10)]
    expect(await rowsOf('rollback', 'sales', '--to', 'previous', '--dry-run')).toMatchObject([
      { rows_before: 20, rows_after: 10, snapshots_out: 1, batches_out: ['b'], changed: false },
    ])
    expect(await run('rollback', 'sales', '--to', 'previous')).toMatchObject({ code: 2 })
    expect(await rowsOf('rollback', 'sales', '--to', String(b), '--yes')).toMatchObject([{ changed: false }])
    expect(await current()).toBe(b)
  })

  test('is refused where somebody inserted after it was asked about', async () => {
    await insert('a', 0)
    await insert('b', 10)
    const ask = async () => Boolean(await insert('c', 20))
    const raced = await place.run(['tables', 'rollback', 'sales', '--to', 'previous'], { ...world, ask })
    expect(raced).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('somebody has changed the table meanwhile'),
    })
    expect(await countRows()).toBe(30)
  })

  test('warns of batches that it can not know to be in a state', async () => {
    await insert('a', 0)
    const b = await insert('b', 10)
    await run('rollback', 'sales', '--to', 'previous', '--yes')
    await insert('c', 20)
    await insert('d', 30)
    const { metadata, ...table } = await loadSales(catalog)
    const refs = { ...metadata.refs, kept: { 'snapshot-id': b, type: 'tag' as const } }
    await catalog.commit(await loadSales(catalog), { ...table, ...metadata, refs } as typeof metadata)
    const signal = new AbortController().signal
    await expireSnapshots(catalog, SALES.table, { keep: 1, graceMs: -1, dryRun: false }, { ...effects, signal })
    const { stderr } = await run('rollback', 'sales', '--to', String(b), '--yes')
    expect(stderr).toContain('they count as if they were in it: a, c')
    expect(stderr).toContain('both have rows of their own')
  })
})

describe('tables evolve', () => {
  test('changes all in one commit, and tells what the file should say', async () => {
    await insert('a', 0)
    const before = await listRows(await loadSales(catalog), open)
    const version = (await loadSales(catalog)).version
    const args = ['--add', 'color string', '--comment', 'color=of the item', '--rename', 'note=remark', '--widen']
    const { code, stdout, stderr } = await run(
      ...['evolve', 'sales', ...args, 'price=decimal(12,2)', '--relax', 'tenant_id'],
      ...['--partition', 'tenant_id,year,month(sold),bucket(16, id)'],
    )
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: [
        'what                  before        after',
        'column tenant_id      required      may be NULL',
        'type of column price  decimal(8,2)  decimal(12,2)',
        'name of column        note          remark',
        'column color                        string',
        'partition             year          tenant_id, year, month(sold), bucket[16](id)',
        '',
      ].join('\n'),
    })
    expect(stderr).toBe(`…/config/tables/sales.yaml should say:
  columns:
    - { name: tenant_id, type: string, comment: whose sale it is }
    - { name: price, type: "decimal(12,2)", min: "0.00" }
    - { name: remark, type: string }  # was note
    - { name: color, type: string, comment: of the item }  # new
  partition:
    - { column: tenant_id, transform: identity }
    - { column: year, transform: identity }
    - { column: sold, transform: month }
    - { column: id, transform: "bucket[16]" }
`)
    const table = await loadSales(catalog)
    expect(table.version).toBe(version + 1)
    const after = await listRows(table, open)
    expect(after.map(line => line.replace("'remark'", "'note'").replace(/, 'color': NULL/, ''))).toEqual(before)
    expect(await planFiles(table, [{ column: 'year', op: '=', value: 2025 }])).toHaveLength(1)
    const select = `select *, note as remark, 'red' as color from (${salesFrom(10, 10)})`
    await appendRows(catalog, select, open, { effects })
    expect(await countRows()).toBe(20)
  })

  test('goes on telling what the file should say until it does', async () => {
    await run('evolve', 'sales', '--rename', 'note=remark')
    await run('evolve', 'sales', '--rename', 'sold=sold_at')
    const { stderr } = await run('evolve', 'sales', '--rename', 'remark=text')
    expect(stderr).toBe(`…/config/tables/sales.yaml should say:
  columns:
    - { name: sold_at, type: timestamp, required: true }  # was sold
    - { name: text, type: string }  # was note
    - { name: year, type: int, required: true, from: year(sold_at) }
`)
    const said = SALES_YAML.replace('{ name: note,', '{ name: text,').replaceAll('name: sold,', 'name: sold_at,')
    const yaml = said.replace('year(sold)', 'year(sold_at)').replace('column: sold ', 'column: sold_at ')
    await writeFile(join(place.folder, 'config/tables/sales.yaml'), yaml)
    expect(await run('evolve', 'sales', '--comment', 'text=')).toMatchObject({
      ...{ code: 0, stderr: 'sales is so already; nothing to do\n' },
    })
  })

  test('a dry run shows the same and writes nothing', async () => {
    const { version } = await loadSales(catalog)
    expect(await rowsOf('evolve', 'sales', '--add', 'color string', '--dry-run')).toEqual([
      { what: 'column color', before: null, after: 'string' },
    ])
    expect(await loadSales(catalog)).toMatchObject({ version })
  })

  test('drops a column after asking; earlier states still have it', async () => {
    const a = await insert('a', 0)
    const no = await answer(false, 'evolve', 'sales', '--drop', 'note')
    expect(no.asked[0]).toMatch(/^drop note of 10 rows of sales\? /)
    expect(no).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was changed') })
    expect(await run('evolve', 'sales', '--drop', 'note')).toMatchObject({ code: 2 })
    expect(await answer(true, 'evolve', 'sales', '--drop', 'note')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('# note is no longer there: take its line out'),
    })
    expect((await listRows(await loadSales(catalog), open)).join()).not.toContain('note')
    expect((await listRows(await loadSales(catalog), open, a)).join()).toContain("'note': note 1")
    await run('evolve', 'sales', '--add', 'note string')
    expect((await listRows(await loadSales(catalog), open)).join()).not.toContain('note 1')
  })

  test('a column that files are parted by stays, also where new ones no longer are', async () => {
    await run('evolve', 'sales', '--partition', 'tenant_id,year')
    const { stderr } = await run('evolve', 'sales', '--drop', 'tenant_id', '--partition', 'year', '--yes')
    expect(stderr).toContain('column tenant_id: expected a column that may be dropped')
    await run('evolve', 'sales', '--drop', 'note', '--rename', 'tenant_id=note', '--yes')
    expect((await loadSales(catalog)).metadata.schemas.at(-1)?.fields.map(({ name }) => name)).toContain('note')
  })

  test('a column that somebody else has put in the place of one that is to be dropped stays', async () => {
    const ask = async () => {
      await run('evolve', 'sales', '--drop', 'note', '--yes')
      await run('evolve', 'sales', '--add', 'note string')
      return true
    }
    const raced = await place.run(['tables', 'evolve', 'sales', '--drop', 'note'], { ...world, ask })
    expect(raced).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('somebody has changed the table meanwhile'),
    })
    expect((await rowsOf('evolve', 'sales', '--comment', 'note=there', '--dry-run'))[0]).toMatchObject({
      after: 'there',
    })
  })

  test.each([
    [[], 'expected one of --add'],
    [['--add', 'color'], "--add: expected 'NAME TYPE'"],
    [['--add', 'color text'], '--add color: expected a type of Iceberg'],
    [['--add', 'price int'], 'one that is taken'],
    [['--add', 'PRICE int'], '--add: expected a name of lower-case letters'],
    [['--add', 'color string not null'], 'leave that out: the rows that are there have NULL in a new column'],
    [['--add', 'color struct<red: int>'], '--add color: expected a plain type or a list of one'],
    [['--add', 'colors map<string, int>'], 'got map<string, int>; nothing was changed'],
    [['--add', 'colors list<list<int>>'], '--add colors: expected a plain type or a list of one'],
    [['--rename', 'note=my note'], '--rename: expected a name of lower-case letters'],
    [['--widen', 'id=lon'], '--widen id: expected a type of Iceberg'],
    [['--rename', 'note'], '--rename: expected OLD=NEW'],
    [['--rename', 'note='], '--rename: expected the name of a column'],
    [['--rename', 'nothing=x'], 'column nothing: expected one of id, '],
    [['--rename', 'year=years'], 'got one that is filled: year(sold)'],
    [['--drop', 'year', '--yes'], 'take "from" of year out of …/config/tables/sales.yaml first'],
    [['--drop', 'sold', '--yes'], 'got one that year is filled by: year(sold)'],
    [['--widen', 'id=int'], 'column id of type long: expected long for an int'],
    [['--widen', 'id=list<int>'], 'a type without parts'],
    [['--partition', 'foo(id)'], '--partition: expected columns, or none'],
    [['--partition', 'month(id)'], 'expected a transform of a long, got month'],
    [['--partition', 'vector'], 'expected a column of a primitive type'],
    [['--partition', ''], '--partition: expected'],
  ])('%j is refused', async (args, told) => {
    const { version } = await loadSales(catalog)
    const { code, stderr } = await run('evolve', 'sales', ...args)
    expect(stderr).toContain(told)
    expect(code).toBe(2)
    expect((await loadSales(catalog)).version).toBe(version)
  })

  test("another engine's struct keeps no rows out but those that have one", async () => {
    const table = await loadSales(catalog)
    const type = parseTypeText('struct<red: int, names: list<string>>', 'color')
    await catalog.commit(table, evolveSchema(table.metadata, [{ kind: 'add', name: 'color', type }], effects.now()))
    const row = { id: 1, tenant_id: 't', sold: '2026-01-05' }
    const rows = [row, { ...row, color: null }, { ...row, color: { red: 1 } }]
    await writeFile(join(place.folder, 'rows.jsonl'), rows.map(each => `${JSON.stringify(each)}\n`).join(''))
    const { stderr } = await run('insert', 'sales', 'rows.jsonl')
    expect(stderr).toContain(
      'line 3: color: {"red":1} can\'t be inserted into a struct<red: int, names: list<string>>:',
    )
    expect(await place.rows(['query', 'select id, color from sales'])).toEqual(Array(2).fill({ id: 1, color: null }))
    const { stdout, code } = await run('verify', 'sales')
    expect(stdout).toContain('warn  columns         column color: declared none, found struct<')
    expect(code).toBe(0)
    expect((await run('evolve', 'sales', '--comment', 'note=x')).stderr).not.toContain('color')
  })

  test('what is so already is told', async () => {
    const { version } = await loadSales(catalog)
    const { code, stderr } = await run('evolve', 'sales', '--partition', 'year', '--comment', 'note=')
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'sales is so already; nothing to do\n' })
    expect((await loadSales(catalog)).version).toBe(version)
  })

  test('an insert that began before it is there afterwards', async () => {
    await insert('a', 0)
    const stale = {
      ...catalog,
      commit: async (...args: Parameters<Catalog['commit']>) => {
        await run('evolve', 'sales', '--add', 'color string', '--partition', 'tenant_id')
        return catalog.commit(...args)
      },
    }
    await appendRows(stale, salesFrom(10, 10), open, { effects })
    const table = await loadSales(catalog)
    expect(await countRows()).toBe(20)
    expect(table.metadata['partition-specs']).toHaveLength(2)
  })
})
