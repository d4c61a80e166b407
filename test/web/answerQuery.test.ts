import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NamedView } from '../../src/engine/namedView.js'
import { findViewNames, LAKE_VIEWS, loadViewStatements } from '../../src/snapshot/lakeViews.js'
import { answerQuery } from '../../src/web/answerQuery.js'
import type { QueryOrder } from '../../src/web/queryOrder.js'
import {
  appendImport,
  closeHandmadeLake,
  type HandmadeLake,
  openHandmadeLake,
  vouchFor,
} from '../snapshot/handmadeLake.js'
import { type Attack, attacksOn, HARMLESS } from './sandboxAttacks.js'

const KEYS = ['a b.txt', 'b/ü.txt', 'b/<b>.txt', `o'clock`]
const IMPORT = { id: 'i1', snapshot: '2026-01-20T01-00Z', keys: KEYS }

let lake: HandmadeLake
let views: readonly NamedView[]
let folder: string
beforeAll(async () => {
  lake = await openHandmadeLake()
  await appendImport(lake, IMPORT)
  await vouchFor(lake, IMPORT)
  await lake.store.putIfAbsent('state/tokens/a/1.json', Buffer.from('{"hash":"kept secret"}'))
  views = (await loadViewStatements(LAKE_VIEWS, lake)).views
  folder = await mkdtemp(join(tmpdir(), 'stocktake-sandbox-'))
})
afterAll(async () => {
  await closeHandmadeLake(lake)
  await rm(folder, { recursive: true })
})

const isNamedIn = (sql: string) => {
  const names: readonly string[] = findViewNames(sql)
  return ({ name }: NamedView) => names.includes(name)
}

/** What comes of a query, in an engine of its own in this process. */
async function ask(sql: string, more: Partial<QueryOrder> = {}): Promise<string[]> {
  const bounds = { limit: 100, format: 'json', answerBytes: 1e6, engineBytes: 100e6, tempBytes: 10e6 } as const
  const order = {
    ...bounds,
    threads: 1,
    tempFolder: join(folder, 'spill'),
    sql,
    views: views.filter(isNamedIn(sql)),
    ...more,
  }
  const lines: string[] = []
  for await (const line of answerQuery(order, new AbortController().signal)) lines.push(line.slice(0, -1))
  return lines
}

describe('what may be asked', () => {
  test('the views, and what is computed of them', async () => {
    expect(await ask('select key, size from objects_latest order by key')).toEqual([
      '{"kind":"columns","columns":[{"name":"key","type":"VARCHAR"},{"name":"size","type":"BIGINT"}]}',
      ...['["a b.txt",1]', '["b/<b>.txt",1]', '["b/ü.txt",1]', '["o\'clock",1]'],
      '{"kind":"done","isCut":false}',
    ])
  })

  test.each(LAKE_VIEWS)('%s', async view => {
    expect((await ask(`from ${view}`)).at(-1)).toBe('{"kind":"done","isCut":false}')
  })

  test.each(HARMLESS)('%s', async (sql, rows) => {
    expect((await ask(sql)).slice(1, -1)).toEqual(rows)
  })

  test('only so many rows, and whether there are more is said', async () => {
    const ends = async (limit: number) => (await ask('from range(3)', { limit })).slice(1)
    expect(await ends(4)).toEqual(['[0]', '[1]', '[2]', '{"kind":"done","isCut":false}'])
    expect(await ends(3)).toEqual(['[0]', '[1]', '[2]', '{"kind":"done","isCut":false}'])
    expect(await ends(2)).toEqual(['[0]', '[1]', '{"kind":"done","isCut":true}'])
  })

  test('a LIMIT is put where all is ordered, and nowhere else', async () => {
    const cut = async (sql: string) => (await ask(sql, { limit: 2 })).slice(1).join()
    const isCut = '{"kind":"done","isCut":true}'
    expect(await cut('from range(5) order by 1 desc; -- the greatest')).toBe(`[4],[3],${isCut}`)
    expect(await cut('from range(5) order by 1 desc limit 2')).toBe('[4],[3],{"kind":"done","isCut":false}')
    expect(await cut('from range(5) order by 1 limit 50% offset 1')).toMatch(/^\[1\],\[2\]/)
    expect(await cut('select count(*) from (from range(5) order by 1)')).toBe('[5],{"kind":"done","isCut":false}')
    expect(await cut('select 3 as a union all from range(5) order by a desc /* all */')).toBe(`[4],[3],${isCut}`)
  })

  test('CSV, each line as a text', async () => {
    const lines = await ask(`select key as "a,b", null as n, 'x"y' as c from objects order by key`, { format: 'csv' })
    expect(lines.slice(1, 3).map(line => JSON.parse(line))).toEqual(['"a,b",n,c\n', 'a b.txt,,"x""y"\n'])
  })
})

describe('what may not', () => {
  test('every attack is refused', async () => {
    const [dataFile = ''] =
      /(?<=')[^']+\.parquet(?=')/.exec(views.find(({ name }) => name === 'objects')?.select ?? '') ?? []
    const before = await readdir(folder)
    const places = {
      ...{ dataFile, dataFolder: dirname(dataFile), newFile: join(folder, 'new') },
      secretFile: lake.store.locate('state/tokens/a/1.json'),
    }
    const missed: Attack[] = []
    for (const [sql, refused] of attacksOn(places)) {
      const [first = '', ...others] = await ask(sql, { views: views.filter(isNamedIn('objects')) })
      const { kind, facts } = JSON.parse(first)
      const told = facts && `expected ${facts.expected}, got ${facts.got}`
      if (kind !== 'failed' || others.length > 0 || !refused.test(told))
        missed.push([sql, told ?? [first, ...others].join('\n')])
    }
    expect(missed).toEqual([])
    expect(await readdir(folder)).toEqual(before)
  }, 60_000)

  test.each([
    ['rows', "select repeat('x', 100) from range(100)", 'answer'],
    ['one row', "select repeat('x', 1000000)", 'answer'],
    ['memory', 'select list(range) from range(100000000)', 'memory'],
    ['spilled rows', 'select count(*) from (select distinct range from range(100000000))', 'memory'],
    ['a deep text', `select ${'('.repeat(20_000)}1${')'.repeat(20_000)}`, 'query'],
  ])('more than there may be: %s', async (_, sql, why) => {
    expect((await ask(sql, { answerBytes: 1000 })).at(-1)).toMatch(`{"kind":"failed","why":"${why}"`)
  })

  test('EXPLAIN names no file of the lake', async () => {
    const [, plan = ''] = await ask('explain from objects', { limit: 10 })
    expect(plan).toContain('READ_PARQUET')
    expect(plan).not.toMatch(/\.parquet|file:|\/data/)
  })

  test.each(['ü', 'select ü from', `select '${'ü'.repeat(100)}' form a`])('a mistake near ü: %s', async sql => {
    expect((await ask(sql)).join()).toMatch(/"got":"Parser Error: syntax error at/)
  })

  test('a file that no receipt vouches for', async () => {
    await appendImport(lake, { id: 'i2', snapshot: '2026-01-21T01-00Z', keys: ['unvouched'] })
    expect((await ask('select count(*) from objects'))[1]).toBe('[4]')
  })
})
