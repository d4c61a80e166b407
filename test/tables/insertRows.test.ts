import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ConflictError, UsageError } from '../../src/errors.js'
import type { Catalog, Table } from '../../src/iceberg/catalog.js'
import { changeMetadata } from '../../src/iceberg/changeMetadata.js'
import { evolveSchema } from '../../src/iceberg/evolveSchema.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { AppendUnknownError, requireBatchName } from '../../src/tables/appendRows.js'
import {
  type Inserted,
  type InsertOptions,
  insertRows,
  placeOf,
  RowsRefusedError,
} from '../../src/tables/insertRows.js'
import type { RejectedPlace } from '../../src/tables/rejectedFile.js'
import { mostRejected, NONE_REJECTED, parseRejectedLimit } from '../../src/tables/rejectedLimit.js'
import { RulesLostError } from '../../src/tables/requireRules.js'
import { formatOfName } from '../../src/tables/rowsFormat.js'
import { closeTestEngine, openTestEngine, type TestEngine } from '../engine/engines.js'
import { watchWrites } from '../snapshot/watching.js'
import { createSales, EFFECTS, listRows, loadSales, SALES } from './salesPlace.js'

let open: TestEngine
let folder: string
let store: FolderStore
let catalog: Catalog
beforeAll(async () => {
  open = await openTestEngine()
})
afterAll(() => closeTestEngine(open))
beforeEach(async () => {
  folder = await mkdtemp(join(open.folder, 'place-'))
  store = new FolderStore(join(folder, 'lake'))
  catalog = filesCatalog(store, EFFECTS)
  await createSales(store)
})

const sale = (id: unknown, more: object = {}): string =>
  JSON.stringify({ id, tenant_id: 't', price: 1.5, sold: `202${5 + (Number(id) % 2)}-03-01`, ...more })
const NOW = EFFECTS.now()
const GOOD = [1, 2, 3, 4].map(id => sale(id))
const BAD = [sale('x'), sale(5, { price: 0.123 })]

/** Inserts lines of NDJSON; those of each file if there are several. */
async function insert(
  lines: readonly string[],
  options: Partial<InsertOptions> = {},
  through: ObjectStore = store,
): Promise<Inserted> {
  const path = join(folder, 'rows.jsonl')
  await writeFile(path, lines.map(line => `${line}\n`).join(''))
  const effects = {
    ...EFFECTS,
    catalog: filesCatalog(through, EFFECTS),
    engine: open.engine,
    progress: () => undefined,
    freeMemory: () => undefined,
  }
  const inputs = [{ name: 'rows.jsonl', path, format: 'ndjson' as const }]
  const rejected = { path: rejectedPath(), overwrite: false, isDefault: false }
  const table = await loadSales(effects.catalog)
  return insertRows({ inputs, limit: {}, rejected, ...options }, SALES, table, effects)
}

const rejectedPath = () => join(folder, 'rejected.jsonl')

const idsIn = async (): Promise<number[]> =>
  (await listRows(await loadSales(catalog), open)).map(line => Number(/'id': (\d+)/.exec(line)?.[1])).sort()

const filesIn = async (end: string): Promise<string[]> =>
  (await readdir(join(folder, 'lake'), { recursive: true })).filter(name => name.endsWith(end))

const isKept = async (): Promise<boolean> => (await readdir(folder)).some(name => name.startsWith('rejected'))

test('good rows go in, in one snapshot; bad ones are kept apart as they are, with line and reason', async () => {
  const { appended, badRows, shown } = await insert([GOOD[0] ?? '', BAD[0] ?? '', '', GOOD[1] ?? '', BAD[1] ?? ''])
  const { metadata } = await loadSales(catalog)
  expect(appended).toMatchObject({ kind: 'appended', rows: 2, files: 2, snapshotId: metadata['current-snapshot-id'] })
  expect(metadata.snapshots).toHaveLength(1)
  expect(badRows).toBe(2)
  expect(shown.map(({ line }) => line)).toEqual([2, 5])
  expect(await idsIn()).toEqual([1, 2])
  const kept = (await readFile(rejectedPath(), 'utf8')).trimEnd().split('\n')
  expect(kept.map(line => JSON.parse(line))).toEqual([
    { line: 2, reason: expect.stringMatching(/^id: x is no whole number/), row: BAD[0] },
    { line: 5, reason: expect.stringMatching(/^price: 0\.123 has more than 2 decimals/), row: BAD[1] },
  ])
})

test('of several files all go in at once, and a bad row says which it is of', async () => {
  const other = join(folder, 'more.csv')
  await writeFile(other, 'id,tenant_id,sold\n7,t,2026-01-01\nseven,t,2026-01-01\n')
  const rows = join(folder, 'first.jsonl')
  await writeFile(rows, `${GOOD.join('\n')}\n`)
  const inputs = [
    { name: 'first.jsonl', path: rows, format: 'ndjson' as const },
    { name: 'more.csv', path: other, format: 'csv' as const },
  ]
  const { appended } = await insert([], { inputs })
  expect(appended).toMatchObject({ rows: 5 })
  expect(await idsIn()).toEqual([1, 2, 3, 4, 7])
  const [kept] = (await readFile(rejectedPath(), 'utf8')).split('\n')
  expect(JSON.parse(kept ?? '')).toMatchObject({ file: 'more.csv', line: 3, row: 'seven,t,2026-01-01' })
})

test.each<[string, readonly string[], boolean, RegExp]>([
  [
    'one bad row, strictly',
    [...GOOD, BAD[0] ?? ''],
    true,
    /expected good rows only \(--strict\), got 1 bad of 5 \(the first: line 5: .*they are in .*rejected\.jsonl with/,
  ],
  ['bad rows only', BAD, false, /expected a good row, got 2 bad of 2/],
  [
    'more than half',
    [GOOD[0] ?? '', ...BAD],
    false,
    /expected at most 1 bad of 3, got 2 bad .*--max-rejected bears more$/,
  ],
])('%s: refused, and what is wrong is kept', async (_, lines, strict, message) => {
  const refused = insert(lines, strict ? { limit: NONE_REJECTED } : {})
  await expect(refused).rejects.toThrow(RowsRefusedError)
  await expect(refused).rejects.toThrow(message)
  expect((await loadSales(catalog)).metadata.snapshots).toEqual([])
  expect([await isKept(), await filesIn('.parquet')]).toEqual([true, []])
})

test('a column that the table does not have refuses CSV, and is told', async () => {
  const path = join(folder, 'rows.csv')
  await writeFile(path, 'id,tenant_id,sold,prise\n1,t,2026-01-01,2\n')
  const inputs = [{ name: 'rows.csv', path, format: 'csv' as const }]
  await expect(insert([], { inputs })).rejects.toThrow(
    'rows.csv: expected columns of shop_dev.sales, got "prise"; did you mean price?',
  )
})

test('a rule for a column that was renamed refuses rows, as nothing would hold them to it', async () => {
  const rename = (table: Table) => evolveSchema(table.metadata, [{ kind: 'rename', name: 'sold', to: 'sold_at' }], NOW)
  await changeMetadata(catalog, SALES.table, rename, EFFECTS)
  await expect(insert(GOOD)).rejects.toThrow(RulesLostError)
  expect(await idsIn()).toEqual([])
})

test('no rows are no snapshot', async () => {
  expect(await insert([])).toEqual({ appended: { kind: 'unchanged', why: 'empty' }, badRows: 0, shown: [] })
  expect((await loadSales(catalog)).metadata.snapshots).toEqual([])
})

test('a batch is in once; without a name rows are added each time', async () => {
  await insert(GOOD, { batch: 'monday' })
  expect(await insert([...GOOD, ...BAD], { batch: 'monday' })).toMatchObject({ appended: { why: 'batch' }, badRows: 0 })
  expect(await isKept()).toBe(false)
  await insert(GOOD, { batch: 'tuesday' })
  await insert(GOOD)
  expect(await idsIn()).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])
})

describe('the file of bad rows', () => {
  const asked = { path: '', overwrite: false, isDefault: false }
  const place = (more: Partial<RejectedPlace> = {}) => ({ rejected: { ...asked, path: rejectedPath(), ...more } })
  const names = async () => (await readdir(folder)).filter(name => name.startsWith('rejected')).toSorted()

  test('stays, if it has other rows and was asked for by name: nothing is added', async () => {
    await writeFile(rejectedPath(), 'precious')
    await expect(insert([...GOOD, ...BAD])).rejects.toThrow(UsageError)
    expect([await readFile(rejectedPath(), 'utf8'), await names()]).toEqual(['precious', ['rejected.jsonl']])
    expect(await idsIn()).toEqual([])
    await insert([...GOOD, ...BAD], place({ overwrite: true }))
    expect((await readFile(rejectedPath(), 'utf8')).split('\n')).toHaveLength(3)
  })

  test('has a number where its usual name is taken by other rows, and is one where they are the same', async () => {
    await writeFile(rejectedPath(), 'precious')
    for (const _ of [1, 2])
      expect((await insert([...GOOD, ...BAD], place({ isDefault: true }))).rejectedFile).toBe(
        join(folder, 'rejected-2.jsonl'),
      )
    await insert([...GOOD, sale('y')], place({ isDefault: true }))
    expect(await names()).toEqual(['rejected-2.jsonl', 'rejected-3.jsonl', 'rejected.jsonl'])
    expect(await readFile(rejectedPath(), 'utf8')).toBe('precious')
  })

  test('of a refused run is no hindrance for the next, nor are others for it', async () => {
    const strictly = () => insert([...GOOD, ...BAD], { limit: NONE_REJECTED })
    await expect(strictly()).rejects.toThrow(RowsRefusedError)
    await expect(strictly()).rejects.toThrow(RowsRefusedError)
    expect((await insert([...GOOD, ...BAD])).rejectedFile).toBe(rejectedPath())
    expect(await names()).toEqual(['rejected.jsonl'])
    await writeFile(rejectedPath(), 'precious')
    await expect(strictly()).rejects.toThrow('rejected-2.jsonl')
    expect(await idsIn()).toEqual([1, 2, 3, 4])
  })

  test('is whole beside its place when the rows become visible, and named once they are', async () => {
    let during: string[] = []
    const look = interrupted(async () => {
      during = await names()
    })
    await insert([...GOOD, ...BAD], {}, look)
    expect(during).toEqual([expect.stringMatching(/^rejected\.jsonl\.unfinished-[0-9a-f]{8}$/)])
    expect(await names()).toEqual(['rejected.jsonl'])
  })

  test('that appears meanwhile is not replaced; the rows are beside it', async () => {
    const rival = interrupted(() => writeFile(rejectedPath(), 'theirs'))
    expect((await insert([...GOOD, ...BAD], {}, rival)).rejectedFile).toBe(join(folder, 'rejected-2.jsonl'))
    expect(await readFile(rejectedPath(), 'utf8')).toBe('theirs')
  })

  test('of several files is one, in their order', async () => {
    const inputs = await Promise.all(
      ['a.jsonl', 'b.jsonl'].map(async name => {
        await writeFile(join(folder, name), `${sale(1)}\n${sale(2)}\n${sale('\u2028')}\n`)
        return { name, path: join(folder, name), format: 'ndjson' as const }
      }),
    )
    expect((await insert([], { inputs })).shown.map(placed => placeOf(placed, true))).toEqual([
      'a.jsonl, line 3',
      'b.jsonl, line 3',
    ])
    const kept = (await readFile(rejectedPath(), 'utf8')).trimEnd().split('\n')
    expect(kept.map(line => JSON.parse(line).file)).toEqual(['a.jsonl', 'b.jsonl'])
  })

  test.skipIf(process.platform !== 'linux')('that cannot be written refuses all', async () => {
    const refused = insert([...GOOD, ...BAD], place({ path: '/proc/self/rejected.jsonl' }))
    await expect(refused).rejects.toThrow(/^\/proc.*nothing was added; --rejected says where else they may go$/)
    expect(await idsIn()).toEqual([])
  })

  test('in a folder that is not there refuses before anything is read', async () => {
    const nowhere = insert(['{'], place({ path: join(folder, 'none/a.jsonl') }))
    await expect(nowhere).rejects.toThrow('expected a folder, got none')
  })
})

test.each<[text: string, total: number, most: number]>([
  ['', 1, 0],
  ['', 3, 1],
  ['', 18, 9],
  ['', 1000, 10],
  ['', 20_000, 20],
  ['0', 1000, 0],
  ['7', 1000, 7],
  ['0%', 1000, 0],
  ['0.7%', 1000, 7],
  ['0.1 %', 999, 0],
  ['100%', 5, 5],
])('--max-rejected %s of %i rows is %i', (text, total, most) =>
  expect(mostRejected(text === '' ? {} : parseRejectedLimit(text), total)).toBe(most),
)

test.each(['', '-1', '1.5', 'many', '101%', '1e2', '%', '0x1', '5%%'])('--max-rejected %j is none', text =>
  expect(() => parseRejectedLimit(text)).toThrow(UsageError),
)

/** The lake's store, and what happens just before the first commit goes through it. */
const interrupted = (act: () => Promise<unknown>): ObjectStore => {
  let isDone = false
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name !== 'putIfAbsent') return member.bind(target)
      return async (key: string, bytes: Uint8Array) => {
        if (key.endsWith('.metadata.json') && !isDone) {
          isDone = true
          await act()
        }
        return store.putIfAbsent(key, bytes)
      }
    },
  })
}

test('of two with one batch at the same time the second adds nothing, and leaves no file', async () => {
  const rival = interrupted(() => insert(GOOD, { batch: 'monday' }))
  expect(await insert([...GOOD, ...BAD], { batch: 'monday' }, rival)).toMatchObject({ appended: { why: 'batch' } })
  expect(await idsIn()).toEqual([1, 2, 3, 4])
  expect([await filesIn('.parquet'), await isKept()]).toEqual([[expect.any(String), expect.any(String)], false])
})

test('of two with batches of their own both are in', async () => {
  const rival = interrupted(() => insert([sale(5)], { batch: 'monday' }))
  expect(await insert(GOOD, { batch: 'tuesday' }, rival)).toMatchObject({ appended: { kind: 'appended', rows: 4 } })
  expect(await idsIn()).toEqual([1, 2, 3, 4, 5])
})

test('rows for a table that was dropped and made anew are not added to that one', async () => {
  const remake = async () => {
    await catalog.drop(await loadSales(catalog))
    await createSales(store)
  }
  const failed = insert([...GOOD, ...BAD], {}, interrupted(remake))
  await expect(failed).rejects.toThrow(ConflictError)
  expect([await idsIn(), await filesIn('.parquet'), await isKept()]).toEqual([[], [], false])
})

class FullDiskError extends Error {
  readonly code = 'ENOSPC'
}

test.each(['before', 'after'])('a disk that is full %s any one write leaves all rows or none', async when => {
  const steps: string[] = []
  await insert(
    GOOD,
    {},
    watchWrites(store, step => steps.push(step)),
  )
  const writes = steps.filter(step => step.startsWith(when))
  expect(writes.length).toBeGreaterThan(5) // two files, a manifest, a list, the metadata, its hint
  let present = 4
  for (const [n] of writes.entries()) {
    let count = 0
    const failing = watchWrites(store, step => {
      if (step.startsWith(when) && ++count === n + 1) throw new FullDiskError(`no space left: ${step}`)
    })
    const filesBefore = (await filesIn('.parquet')).length
    const outcome = await insert([...GOOD, ...BAD], { batch: `${n}` }, failing).catch(error => error)
    const found = (await idsIn()).length
    expect([present, present + 4], writes[n]).toContain(found)
    if (outcome instanceof Error) {
      expect(String(outcome.cause ?? outcome)).toContain('no space left')
      expect(await isKept()).toBe(outcome instanceof AppendUnknownError)
      expect(found).toBe(present)
      // A file whose answer was lost stays until `maintain` finds it.
      const left = (await filesIn('.parquet')).length - filesBefore
      if (!(outcome instanceof AppendUnknownError)) expect(left).toBeLessThanOrEqual(when === 'after' ? 1 : 0)
    } else expect(found).toBe(present + 4)
    await rm(rejectedPath(), { force: true })
    await insert(GOOD, { batch: `${n}` })
    present += 4
    expect(await idsIn(), writes[n]).toHaveLength(present)
  }
})

test.each<[string, Parameters<typeof formatOfName>[1], ReturnType<typeof formatOfName>]>([
  ['a.jsonl', {}, { format: 'ndjson' }],
  ['a.b/c.NDJSON.gz', {}, { format: 'ndjson' }],
  ['a.csv.gz', {}, { format: 'csv' }],
  ['a.tsv', {}, { format: 'csv', delimiter: '\t' }],
  ['a.tsv', { delimiter: ';' }, { format: 'csv', delimiter: ';' }],
  ['a.csv', { delimiter: '\\t' }, { format: 'csv', delimiter: '\t' }],
  ['a.parquet', { delimiter: ';' }, { format: 'parquet' }],
  ['a.txt', { format: 'csv' }, { format: 'csv' }],
])('%s with %o is %o', (name, given, format) => expect(formatOfName(name, given)).toEqual(format))

test.each([
  ['a', {}],
  ['csv', {}],
  ['a.gz', {}],
  ['a.csv', { delimiter: '' }],
  ['a.csv', { delimiter: '""' }],
])('%s with %o is nothing that can be read', (name, given) =>
  expect(() => formatOfName(name, given)).toThrow(UsageError),
)

test.each(['', ' ', 'a\nb', '\0', 'x'.repeat(201), '\ud800'])('%j is no name of a batch', name =>
  expect(() => requireBatchName(name)).toThrow(UsageError),
)
