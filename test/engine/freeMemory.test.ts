import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'

let folder: string
let engine: DuckDB

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-memory-'))
  engine = await openDuckDB({ memoryBytes: 100e6, threads: 1, tempFolder: folder })
})
afterAll(async () => {
  engine.close()
  await rm(folder, { recursive: true })
})

test('results that were read are not kept: one row of a hundred texts takes half a megabyte', async () => {
  const columns = Array.from({ length: 100 }, (_, i) => `${i}::varchar as c${i}`)
  const before = process.memoryUsage.rss()
  for (let i = 0; i < 100; i++) await engine.rows(`select ${columns.join(', ')}`)
  const after = process.memoryUsage.rss()
  expect(after - before).toBeLessThan(35e6)
})
