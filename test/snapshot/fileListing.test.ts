import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeParquetFile } from '../../src/engine/parquetFile.js'
import { commitTables } from '../../src/snapshot/commitTables.js'
import { listFiles } from '../../src/snapshot/fileListing.js'
import { listReceipts, type Receipt } from '../../src/snapshot/receipts.js'
import { OBJECTS } from '../../src/snapshot/tables.js'
import { closeHandmadeLake, type HandmadeLake, openHandmadeLake, selectOf, vouchFor } from './handmadeLake.js'

// More rows than are sorted at a time, in files whose row groups are smaller than that.
const FILES = 3
const FILE_ROWS = 150_000

const SNAPSHOT = '2026-01-19T01-00Z'
let lake: HandmadeLake
let receipt: Receipt
beforeAll(async () => {
  lake = await openHandmadeLake()
  const partition = { connector: 'a', dt: SNAPSHOT.slice(0, 10), import_id: 'i1' }
  const objects = []
  for (let file = 0; file < FILES; file++) {
    const path = join(lake.folder, `${file}.parquet`)
    // each file has its rows backwards: nothing but ORDER BY sorts them
    const number = `(${(file + 1) * FILE_ROWS - 1} - range)`
    const select = `${selectOf(OBJECTS, {
      connector: `'a'`,
      dt: `'${partition.dt}'`,
      snapshot: `'${SNAPSHOT}'`,
      import_id: `'i1'`,
      key: `'a common start of all keys/' || (${number} // 100000) || '/' || lpad(${number}::varchar, 6, '0')`,
      is_latest: 'true',
      is_delete_marker: 'false',
    })} from range(${FILE_ROWS})`
    const facts = await writeParquetFile(lake.engine, { select, path, schema: OBJECTS.schema, rowGroupRows: 20_480 })
    objects.push({ path, facts })
  }
  const now = () => new Date(0)
  await commitTables({ objects, folders: [], changes: [] }, partition, { catalog: lake.catalog, now })
  await vouchFor(lake, { id: 'i1', snapshot: SNAPSHOT })
  const [found] = await listReceipts(lake)
  if (!found) throw new Error('no receipt')
  receipt = found
})
afterAll(() => closeHandmadeLake(lake))

test.each([
  ['', 0, 450_000],
  ['a common start of all keys/', 0, 450_000],
  ['a common start of all keys/1/', 100_000, 200_000],
  ['a common start of all keys/4/', 400_000, 450_000],
  ['a common start of all keys/2/2000', 200_000, 200_100],
  ['b', 0, 0],
])('keys below %j come in order, each once', async (prefix, from, to) => {
  let next = from
  for await (const { key } of listFiles({ receipt, prefix, recursive: true, versions: false }, lake)) {
    if (!String(key).endsWith(String(next).padStart(6, '0'))) throw new Error(`expected ${next}, got ${key}`)
    next++
  }
  expect(next).toBe(to)
})

test('only what lies directly below is listed unless it is recursive', async () => {
  const question = { receipt, prefix: 'a common start of all keys/', recursive: false, versions: false }
  for await (const row of listFiles(question, lake)) throw new Error(`got ${row.key}`)
})
