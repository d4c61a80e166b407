import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseConnector } from '../../src/config/connector.js'
import type { Row } from '../../src/engine/engine.js'
import { CHANGES, FOLDERS, OBJECTS } from '../../src/snapshot/tables.js'
import { findAwsFixtures } from '../inventory/awsFixtures.js'
import { closeTestLake, importOne, openTestLake, readVouched, type TestLake, withoutImport } from './importing.js'

const fixtures = findAwsFixtures()
const SNAPSHOT = '2024-05-07T01-00Z'
const connector = parseConnector(
  'aws',
  {
    source_bucket: 'filemanager-inventory-test',
    inventory: { destination_bucket: './bucket', config_name: 'any' },
  },
  '/',
)

describe.skipIf(fixtures === undefined)("reports that S3 itself wrote: one bucket's, of one time", () => {
  let lake: TestLake
  beforeEach(async () => {
    lake = await openTestLake()
    for (const name of await readdir(fixtures ?? '', { recursive: true }))
      if (/inventory/.test(name)) await lake.reports.put(name, await readFile(join(fixtures ?? '', name)))
  })
  afterEach(() => closeTestLake(lake))

  const importManifest = (key: string) => importOne(lake, { connector, wanted: { which: 'manifest', key } })

  const readExpected = async (name: string) =>
    JSON.parse(await readFile(join(fixtures ?? '', `${name}.expected.json`), 'utf8')).rows

  /** The columns that the expected rows have, by their names there. */
  const toExpected = ({
    key,
    version_id,
    is_latest,
    is_delete_marker,
    size,
    last_modified_date,
    e_tag,
    ...row
  }: Row) => ({
    ...{ key, version_id, is_latest, is_delete_marker },
    size: size === null ? null : Number(size),
    last_modified: (last_modified_date as Date).toISOString(),
    etag: e_tag,
    storage_class: row.storage_class,
  })

  const sorted = (rows: readonly object[]) => rows.map(row => JSON.stringify(row)).sort()

  test.each([
    ['csv_inventory_manifest.json', 'csv_inventory.csv.gz'],
    ['csv_inventory_no_version_manifest.json', 'csv_inventory_no_version.csv.gz'],
    ['parquet_inventory_manifest.json', 'parquet_inventory.parquet'],
    ['orc_inventory_manifest.json', 'orc_inventory.orc'],
  ])('%s gives the rows that others read in it', async (manifest, name) => {
    const receipt = await importManifest(manifest)
    const expected = await readExpected(name)
    expect(receipt).toMatchObject({ snapshot: SNAPSHOT, row_count: BigInt(expected.length), rejected_row_count: 0n })
    const rows = await readVouched(lake, OBJECTS)
    expect(sorted(rows.map(toExpected))).toEqual(sorted(expected))
    expect(rows[0]).toMatchObject({ bucket: 'filemanager-inventory-test', encryption_status: 'SSE-S3' })
  })

  test('CSV, Parquet and ORC give one answer', async () => {
    const answers = []
    for (const format of ['csv', 'parquet', 'orc']) {
      await importManifest(`${format}_inventory_manifest.json`)
      const objects = withoutImport(await readVouched(lake, OBJECTS))
      const folders = withoutImport(await readVouched(lake, FOLDERS))
      answers.push({ objects, folders, changes: await readVouched(lake, CHANGES) })
    }
    const [csv, parquet, orc] = answers
    expect(csv?.objects.length).toBeGreaterThan(1)
    expect(parquet).toEqual(csv)
    expect(orc).toEqual(csv)
  })

  test("a manifest in S3's own JSON style is read, and changes nothing", async () => {
    await importManifest('csv_inventory_manifest.json')
    const before = withoutImport(await readVouched(lake, OBJECTS))
    await importManifest('first/csv_inventory_manifest.json')
    expect(withoutImport(await readVouched(lake, OBJECTS))).toEqual(before)
  })
})
