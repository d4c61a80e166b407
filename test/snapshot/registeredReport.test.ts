import type { TableInput } from '@aws-sdk/client-glue'
import { beforeEach, describe, expect, test } from 'vitest'
import { type LoadedManifest, loadManifest } from '../../src/inventory/loadManifest.js'
import type { GlueTable } from '../../src/lake/glue.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { formatImportId } from '../../src/snapshot/importId.js'
import { registerReport, sweepRegistered } from '../../src/snapshot/registeredReport.js'
import { FIRST } from './importing.js'
import { csvReport, dataKey, manifestKeyOf, putReport } from './reports.js'

const NOW = new Date('2026-01-20T12:00:00Z')
const DAY_MS = 86_400_000
const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY_MS)
const idOf = (begun: Date) => formatImportId(begun, Buffer.alloc(10, 7))

let tables: Map<string, TableInput>
let lake: MemoryStore
let reports: MemoryStore
let loaded: LoadedManifest
beforeEach(async () => {
  tables = new Map()
  lake = new MemoryStore('memory://lake', () => NOW)
  reports = new MemoryStore('memory://lake', () => NOW)
  await putReport(
    reports,
    csvReport(FIRST, ['bucket', 'key', 'colour', 'size'], ['"b","k","red","1"'], ['"b","l","","2"']),
  )
  loaded = await loadManifest(reports, manifestKeyOf(FIRST), {})
})

const effects = () => ({
  store: lake,
  database: 'lake_db',
  glue: {
    createTable: async (_: string, input: TableInput) => {
      tables.set(input.Name ?? '', input)
      return true
    },
    deleteTable: async (_: string, name: string) => tables.delete(name),
    async *listTables(): AsyncGenerator<GlueTable> {
      for (const [name, raw] of [...tables])
        yield { database: 'lake_db', name, raw, versionId: '0', tableType: '', parameters: {}, columns: [] }
    },
  },
})

const listed = async (): Promise<string[]> => {
  const keys: string[] = []
  for await (const { key } of lake.list('')) keys.push(key)
  return keys
}

describe('a registered report', () => {
  test('is a table of exactly its files, by their places', async () => {
    const id = idOf(NOW)
    const { table } = await registerReport(loaded, reports, id, effects())
    expect(table).toBe(`stocktake_import_${id.replaceAll('-', '')}`)
    const list = Buffer.from(await lake.read(`work/imports/${id}/files.txt`)).toString()
    expect(list.split('\n')).toEqual([
      `${reports.url}/${dataKey('2026-01-13T01-00Z-0.csv.gz')}`,
      `${reports.url}/${dataKey('2026-01-13T01-00Z-1.csv.gz')}`,
      '',
    ])
    expect(tables.get(table)).toMatchObject({
      TableType: 'EXTERNAL_TABLE',
      StorageDescriptor: {
        Location: `${lake.url}/work/imports/${id}/`,
        Columns: ['bucket', 'key', 'ignored_2', 'size', 'beyond'].map(Name => ({ Name, Type: 'string' })),
      },
    })
  })

  test('goes with its list', async () => {
    const { remove } = await registerReport(loaded, reports, idOf(NOW), effects())
    await remove()
    expect([tables.size, await listed()]).toEqual([0, []])
  })
})

test('a sweep takes what imports of long ago have left, and nothing else', async () => {
  lake = new MemoryStore('memory://lake', () => daysAgo(4))
  await registerReport(loaded, reports, idOf(daysAgo(4)), effects())
  const old = lake
  lake = new MemoryStore('memory://lake', () => NOW)
  for await (const { key } of old.list('')) await lake.put(key, await old.read(key)) // listed as of now
  await registerReport(loaded, reports, idOf(daysAgo(1)), effects())
  for (const name of ['objects_v1', 'stocktake_import_of_mine', `stocktake_import_${'f'.repeat(32)}`])
    tables.set(name, { Name: name })
  const options = { now: NOW, olderThanMs: 3 * DAY_MS }
  const before = [...tables.keys()]
  expect(await sweepRegistered({ ...options, dryRun: true }, effects())).toEqual({ tables: 1, lists: 0, sizeBytes: 0 })
  expect([...tables.keys()]).toEqual(before)
  expect(await sweepRegistered({ ...options, dryRun: false }, effects())).toEqual({ tables: 1, lists: 0, sizeBytes: 0 })
  expect([...tables.keys()]).toEqual(before.slice(1))
  expect(await listed()).toHaveLength(2)
  const later = { now: new Date(NOW.getTime() + 3 * DAY_MS + 1), olderThanMs: 3 * DAY_MS, dryRun: false }
  expect(await sweepRegistered(later, effects())).toMatchObject({ tables: 1, lists: 2 })
  expect(await listed()).toEqual([])
})
