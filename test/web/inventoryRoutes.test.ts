import { afterAll, beforeAll, expect, test } from 'vitest'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { changeCollections } from '../../src/lake/lakeCollections.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { openFolderIndexes } from '../../src/web/folderIndexes.js'
import { openLakeReader } from '../../src/web/openLakeReader.js'
import {
  closeTestLake,
  connectorOf,
  FIRST,
  importOne,
  openTestLake,
  SECOND,
  type TestLake,
} from '../snapshot/importing.js'
import { putCsv } from '../snapshot/reports.js'
import { type BareApi, openBareApi } from './bareApi.js'

const COLLECTION = `col_${'1'.repeat(32)}`
const FOLDERS = '/api/connectors/photos/inventory/folders'

let lake: TestLake
let api: BareApi
const stop = new AbortController()
beforeAll(async () => {
  lake = await openTestLake()
  const keys = Array.from({ length: 12 }, (_, i) => `many/${i}/a.jpg`)
  const row = (key: string) => ({ key, size: 5, eTag: 'e', lastModified: FIRST, storageClass: 'STANDARD' })
  await putCsv(lake.reports, FIRST, [...keys, '<b>/x'].map(row))
  await importOne(lake)
  await putCsv(lake.reports, SECOND, [...keys, 'new/1'].map(row))
  await importOne(lake)
  const now = () => new Date()
  const openCatalog = (store: ObjectStore) => filesCatalog(store, { now })
  const declared = [{ ...connectorOf(), declaredAt: 'stocktake.yaml:1' }]
  const reader = openLakeReader({ ...lake, openCatalog, declared, now })
  const log = { notice: () => {}, warn: () => {}, detail: () => {} }
  const folders = openFolderIndexes({ reader, log, signal: stop.signal })
  const more = { reader, folders, store: lake.store, declared, signal: stop.signal }
  api = openBareApi(more as Parameters<typeof openBareApi>[0])
  const collection = { collection: COLLECTION, name: 'Many', connector: 'photos', folder: 'many/' }
  const made = { ...collection, created_at: FIRST, created_by: 'test', version: 0 }
  await changeCollections(lake.store, () => [made], api.world)
})
afterAll(async () => {
  stop.abort()
  await api.world.reader.close()
  await closeTestLake(lake)
})

test('the folders of the root, with what changed, and the collections that are mapped', async () => {
  const { status, body } = await api.ask('GET', FOLDERS)
  expect(status).toBe(200)
  expect(body.snapshot).toMatchObject({ snapshot: '2026-01-20T01-00Z', base_snapshot: '2026-01-13T01-00Z' })
  expect(body.parent).toMatchObject({ path: '', object_count: 13, folder_count: 3, new_count: 1, deleted_count: 1 })
  const told = body.folders.map((each: Record<string, unknown>) => [each.path, each.change, each.collections])
  expect(told).toEqual([
    ['many/', null, [COLLECTION]],
    ['new/', 'new', []],
    ['<b>/', 'deleted', []],
  ])
})

test('pages follow one another, and are of one snapshot', async () => {
  const paths: string[] = []
  let cursor = ''
  do {
    const { body } = await api.ask('GET', `${FOLDERS}?parent=many/&sort=path&limit=5${cursor}`)
    paths.push(...body.folders.map(({ name }: { name: string }) => name))
    expect(body.total).toBe(12)
    cursor = body.next === null ? '' : `&cursor=${encodeURIComponent(body.next)}`
  } while (cursor !== '')
  expect(paths).toEqual(['0', '1', '10', '11', '2', '3', '4', '5', '6', '7', '8', '9'].map(name => `${name}/`))
})

test.each([
  ['parent=nowhere/', 404],
  ['parent=many%00/', 400],
  ['search=%00', 400],
  ['cursor=5', 400],
  [`cursor=${'0'.repeat(36)}..5`, 400],
  ['sort=colour', 400],
  ['limit=0', 400],
  ['at=2020-01-01', 404],
])('folders?%s is answered with %i', async (query, status) => {
  const answer = await api.ask('GET', `${FOLDERS}?${query}`)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
})

test('who has an answer is told that it is as it was', async () => {
  for (const path of [FOLDERS, '/api/snapshots', `/api/collections/${COLLECTION}/files`]) {
    const tag = (await api.ask('GET', path)).headers.get('etag') ?? ''
    const again = await api.ask('GET', path, undefined, { 'if-none-match': tag })
    expect([path, tag === '', again.status, again.body]).toEqual([path, false, 304, undefined])
  }
})

test('a whole table is a file', async () => {
  const csv = await api.request(`${FOLDERS}?parent=many/&sort=path&format=csv`)
  expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w.-]+\.csv"$/)
  const lines = (await csv.text()).trimEnd().split('\n')
  expect([lines.length, lines[0]?.startsWith('guid,path,name,')]).toEqual([13, true])
  const files = await (await api.request(`/api/collections/Many/files?format=json`)).json()
  expect(files).toHaveLength(12)
  const sql = await (await api.request(`/api/collections/Many/files?format=sql`)).text()
  expect(sql).toContain(`where collection = '${COLLECTION}'`)
  const none = await api.ask('GET', `${FOLDERS}?parent=nowhere/&format=csv`)
  expect(none.status).toBe(404)
})

test('the files of a collection, with where they come from', async () => {
  const { body } = await api.ask('GET', `/api/collections/many/files?limit=5`)
  expect(body.file_info).toMatchObject({ source: 'inventory', file_count: 12, total_size_bytes: 60 })
  expect(body.files.map(({ key }: { key: string }) => key).at(-1)).toBe(body.next)
  const last = await api.ask('GET', `/api/collections/many/files?limit=9&cursor=${encodeURIComponent(body.next)}`)
  expect([last.body.files.length, last.body.next]).toEqual([7, null])
})

test('what is known of an inventory', async () => {
  const { body } = await api.ask('GET', '/api/connectors/photos/inventory/status')
  expect(body).toMatchObject({ connector: 'photos', state: 'idle', job_id: null, error: null, next_due_at: null })
  expect(body.last.snapshot).toBe('2026-01-20T01-00Z')
  expect((await api.ask('GET', '/api/connectors/nobody/inventory/status')).status).toBe(404)
})
