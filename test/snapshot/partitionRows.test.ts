import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import {
  partitionRows,
  partsOf,
  RowsLostError,
  readPart,
  removePasses,
  requireRows,
} from '../../src/snapshot/partitionRows.js'

let folder: string
let engine: DuckDB

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file1_exports-'))
  engine = await openDuckDB({ memoryBytes: 100e6, threads: 2, tempFolder: join(folder, 'spill') })
})
afterAll(async () => {
  engine.close()
  await rm(folder, { recursive: true })
})

const write = (name: string, keys: string) =>
  partitionRows(
    engine,
    { select: `select unnest([${keys}]) as key`, columns: ['key'], rejected: "key = 'bad'" },
    {},
    ['m'],
    { folder: join(folder, 'parts'), name, rowBudget: 100_000 },
  )

test('a pass that is made again takes the place of its own rows only, whatever the folders above are called', async () => {
  expect(await write('file0', "'a', 'z'")).toEqual({ rows: [1, 1], rejected: 0 })
  expect(await write('file1', "'b', 'y', 'x', 'bad'")).toEqual({ rows: [1, 2], rejected: 1 })
  await removePasses(join(folder, 'parts'), name => name === 'file1')
  expect(await write('file1', "'c', 'bad'")).toEqual({ rows: [1, 0], rejected: 1 })
  const keys = []
  for (const part of partsOf(join(folder, 'parts'), {}, ['m'], [2, 1]))
    keys.push((await engine.rows(`select key from ${await readPart(part)} order by key`)).map(({ key }) => key))
  expect(keys).toEqual([['a', 'c'], ['z']])
  const names = new Set<string>()
  await removePasses(join(folder, 'parts'), name => names.add(name) === undefined)
  expect([...names].sort()).toEqual(['file0', 'file1'])
})

test('a folder that isn’t there has no passes', async () => {
  await expect(removePasses(join(folder, 'nowhere'), () => true)).resolves.toBeUndefined()
})

test('rows that were counted and are not there are an error', () => {
  expect(() => requireRows('part', 3, 3)).not.toThrow()
  expect(() => requireRows('part', 3, 2)).toThrow(RowsLostError)
})
