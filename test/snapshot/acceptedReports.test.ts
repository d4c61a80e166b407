import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeCsvKey } from '../../src/inventory/csvKey.js'
import { reportsFolder } from '../../src/inventory/findReports.js'
import { CHANGES, FOLDERS, OBJECTS } from '../../src/snapshot/tables.js'
import { describeWithOracles } from '../oracles/oracles.js'
import {
  closeTestLake,
  connectorOf,
  FIRST,
  importOne,
  openTestLake,
  readVouched,
  SECOND,
  SOURCE,
  type TestLake,
} from './importing.js'
import {
  CURRENT_FIELDS,
  csvReport,
  dataKey,
  gzipLines,
  orcReport,
  parquetReport,
  putCsv,
  putReport,
  type RawReport,
  VERSION_FIELDS,
} from './reports.js'

let lake: TestLake
beforeEach(async () => {
  lake = await openTestLake()
})
afterEach(() => closeTestLake(lake))

const keysOf = async () => (await readVouched(lake, OBJECTS, 'key')).map(({ key }) => key)
const line = (key: string, size: number | string = 1) => `"photo-bucket","${encodeCsvKey(key)}","${size}"`
const FIELDS = ['bucket', 'key', 'size']

/** A CSV report of one file with these bytes. */
const putBytes = (bytes: Uint8Array, name = 'a.csv.gz') =>
  putReport(lake.reports, { ...csvReport(FIRST, FIELDS), files: [{ name, bytes }] })

test('a report of an empty bucket has no data files', async () => {
  await putReport(lake.reports, csvReport(FIRST, FIELDS))
  expect(await importOne(lake)).toMatchObject({
    row_count: 0n,
    object_count: 0n,
    total_size_bytes: 0n,
    folder_count: 1n,
    file_count: 0n,
  })
  expect(await readVouched(lake, FOLDERS)).toMatchObject([{ path: '', parent: null, depth: 0n, object_count: 0n }])
})

test('a bucket that was emptied has all its objects deleted, and then they are new', async () => {
  await putReport(lake.reports, csvReport(FIRST, FIELDS, [line('a'), line('b/c')]))
  await importOne(lake)
  await putReport(lake.reports, csvReport(SECOND, FIELDS))
  expect(await importOne(lake)).toMatchObject({ object_count: 0n, deleted_count: 2n, new_count: 0n })
  await putReport(lake.reports, csvReport(new Date('2026-01-21T01:00Z'), FIELDS, [line('a')]))
  expect(await importOne(lake)).toMatchObject({ object_count: 1n, deleted_count: 0n, new_count: 1n })
  const changes = await readVouched(lake, CHANGES, 'snapshot, key, change')
  expect(changes.map(({ key, change }) => [key, change])).toEqual([
    ['a', 'deleted'],
    ['b/c', 'deleted'],
    ['a', 'new'],
  ])
})

describe('a data file without rows', () => {
  const withEmpty = (report: RawReport, empty: RawReport): RawReport => ({
    ...report,
    files: [
      ...empty.files.map(file => ({ ...file, name: `0-${file.name}` })),
      ...report.files,
      ...empty.files.map(file => ({ ...file, name: `1-${file.name}` })),
    ],
  })
  const rows = [
    { key: 'b', size: 1 },
    { key: 'a', size: 1 },
  ]

  test('of CSV', async () => {
    await putReport(lake.reports, csvReport(FIRST, FIELDS, [], [line('b'), line('a')], []))
    expect(await importOne(lake)).toMatchObject({ row_count: 2n, file_count: 3n })
  })

  test('of Parquet', async () => {
    const report = await parquetReport(lake.engine, FIRST, rows)
    await putReport(lake.reports, withEmpty(report, await parquetReport(lake.engine, FIRST, [])))
    expect(await importOne(lake)).toMatchObject({ row_count: 2n, file_count: 3n })
  })

  describeWithOracles('of ORC', () => {
    test('too', async () => {
      await putReport(lake.reports, withEmpty(await orcReport(FIRST, rows), await orcReport(FIRST, [])))
      expect(await importOne(lake)).toMatchObject({ row_count: 2n, file_count: 3n })
    })
  })

  test('and no other', async () => {
    await putReport(lake.reports, csvReport(FIRST, FIELDS, [], []))
    expect(await importOne(lake)).toMatchObject({ row_count: 0n, file_count: 2n })
  })
})

test('rows come in no order, and files overlap in keys', async () => {
  const files = [
    [line('m'), line('z'), line('a')],
    [line('b'), line('y'), line('c')],
  ]
  await putReport(lake.reports, csvReport(FIRST, FIELDS, ...files))
  await importOne(lake)
  expect(await keysOf()).toEqual(['a', 'b', 'c', 'm', 'y', 'z'])
})

test('files of other reports in the folder data are no part of this one', async () => {
  await lake.reports.put(dataKey('of another day.csv.gz'), gzipLines([line('stale')]))
  await lake.reports.put(dataKey('broken.csv.gz'), Buffer.from('not gzip'))
  await putReport(lake.reports, csvReport(FIRST, FIELDS, [line('fresh')]))
  await importOne(lake)
  expect(await keysOf()).toEqual(['fresh'])
})

describe('columns', () => {
  test('that are not known are ignored, and named', async () => {
    const lines = ['"photo-bucket","x","a","y","1"']
    await putReport(lake.reports, csvReport(FIRST, ['bucket', 'Colour', 'key', 'Taste', 'size'], lines))
    expect(await importOne(lake)).toMatchObject({ ignored_fields: '["Colour","Taste"]', row_count: 1n })
    expect(await readVouched(lake, OBJECTS)).toMatchObject([{ key: 'a', size: 1n }])
  })

  test('but bucket and key may all be missing', async () => {
    await putReport(lake.reports, csvReport(FIRST, ['bucket', 'key'], ['"photo-bucket","a/b"']))
    expect(await importOne(lake)).toMatchObject({ ignored_fields: '[]', object_count: 1n, total_size_bytes: 0n })
    const [row] = await readVouched(lake, OBJECTS)
    expect(row).toMatchObject({
      key: 'a/b',
      is_latest: true,
      is_delete_marker: false,
      version_id: null,
      size: null,
      e_tag: null,
    })
  })

  test('are found by name, in any order', async () => {
    await putReport(lake.reports, csvReport(FIRST, ['size', 'e_tag', 'key', 'bucket'], ['"7","e","a","photo-bucket"']))
    await importOne(lake)
    expect(await readVouched(lake, OBJECTS)).toMatchObject([{ key: 'a', size: 7n, e_tag: 'e' }])
  })

  test('are found under the names that the connector maps them to', async () => {
    const connector = connectorOf({ fields: { key: 'Object', size: 'Bytes' } })
    await putReport(
      lake.reports,
      csvReport(FIRST, ['bucket', 'Object', 'Bytes', 'size'], ['"photo-bucket","a","7","8"']),
    )
    expect(await importOne(lake, { connector })).toMatchObject({ ignored_fields: '["Size"]' })
    expect(await readVouched(lake, OBJECTS)).toMatchObject([{ key: 'a', size: 7n }])
  })

  test('of Parquet are mapped, too', async () => {
    const report = await parquetReport(lake.engine, FIRST, [{ key: 'a', size: 7, eTag: 'e' }])
    await putReport(lake.reports, report)
    await importOne(lake, { connector: connectorOf({ fields: { object_owner: 'e_tag' } }) })
    expect(await readVouched(lake, OBJECTS)).toMatchObject([{ key: 'a', size: 7n, e_tag: null, object_owner: 'e' }])
  })
})

test('every field of S3 Inventory reaches its column', async () => {
  const day = new Date('2026-02-03T04:05:06.789Z')
  const row = {
    ...{ key: 'a', versionId: 'v', isLatest: false, isDeleteMarker: false, size: 5, lastModified: day, eTag: 'e' },
    ...{
      storageClass: 'GLACIER',
      isMultipartUploaded: true,
      replicationStatus: 'COMPLETED',
      encryptionStatus: 'SSE-S3',
    },
    ...{ objectLockRetainUntilDate: day, objectLockMode: 'GOVERNANCE', objectLockLegalHoldStatus: 'ON' },
    ...{ intelligentTieringAccessTier: 'FREQUENT', bucketKeyStatus: 'DISABLED', checksumAlgorithm: 'CRC64NVME' },
    ...{ objectAccessControlList: 'eyJ9Cg==', objectOwner: 'me', lifecycleExpirationDate: day },
    ...{ objectLockEventHoldStatus: 'OFF', objectLockEventHoldDuration: '5' },
  }
  const columns = OBJECTS.schema.fields.map(({ name }) => name).slice(4)
  await putCsv(lake.reports, FIRST, [row], columns)
  const receipt = await importOne(lake)
  expect(await readVouched(lake, OBJECTS)).toEqual([
    {
      ...{ connector: 'photos', dt: '2026-01-13', snapshot: '2026-01-13T01-00Z', import_id: receipt.import_id },
      ...{ bucket: 'photo-bucket', key: 'a', version_id: 'v', is_latest: false, is_delete_marker: false, size: 5n },
      ...{ last_modified_date: day, e_tag: 'e', storage_class: 'GLACIER', is_multipart_uploaded: true },
      ...{ replication_status: 'COMPLETED', encryption_status: 'SSE-S3', object_lock_retain_until_date: day },
      ...{ object_lock_mode: 'GOVERNANCE', object_lock_legal_hold_status: 'ON', bucket_key_status: 'DISABLED' },
      ...{ intelligent_tiering_access_tier: 'FREQUENT', checksum_algorithm: 'CRC64NVME', object_owner: 'me' },
      ...{ object_access_control_list: 'eyJ9Cg==', lifecycle_expiration_date: day },
      ...{ object_lock_event_hold_status: 'OFF', object_lock_event_hold_duration: '5' },
    },
  ])
})

describe('CSV as it comes:', () => {
  test('blank lines at the end', async () => {
    await putBytes(gzipSync(`${line('a')}\n${line('b')}\n\n\n`))
    expect(await importOne(lake)).toMatchObject({ row_count: 2n, rejected_row_count: 0n })
  })

  test('no newline at the end', async () => {
    await putBytes(gzipSync(`${line('a')}\n${line('b')}`))
    expect(await importOne(lake)).toMatchObject({ row_count: 2n, rejected_row_count: 0n })
  })

  test('lines that end in CR LF', async () => {
    await putBytes(gzipSync(`${line('a')}\r\n${line('b')}\r\n`))
    expect(await importOne(lake)).toMatchObject({ row_count: 2n, rejected_row_count: 0n })
    expect(await keysOf()).toEqual(['a', 'b'])
  })

  test('several gzip members', async () => {
    await putBytes(Buffer.concat([gzipLines([line('a')]), gzipLines([line('b')]), gzipLines([])]))
    await importOne(lake)
    expect(await keysOf()).toEqual(['a', 'b'])
  })

  test('members that part a line', async () => {
    const text = `${line('a')}\n${line('b')}\n`
    await putBytes(Buffer.concat([gzipSync(text.slice(0, 40)), gzipSync(text.slice(40))]))
    await importOne(lake)
    expect(await keysOf()).toEqual(['a', 'b'])
  })

  test('not packed', async () => {
    await putBytes(Buffer.from(`${line('a')}\n`), 'a.csv')
    await importOne(lake)
    expect(await keysOf()).toEqual(['a'])
  })

  test('values without quotes', async () => {
    await putBytes(gzipSync('photo-bucket,a,1\nphoto-bucket,b,2\n'))
    await importOne(lake)
    expect(await keysOf()).toEqual(['a', 'b'])
  })

  test('booleans in upper case, and the null version by its name', async () => {
    const fields = ['bucket', 'key', 'version_id', 'is_latest', 'is_delete_marker']
    const lines = ['"photo-bucket","a","null","TRUE","FALSE"', '"photo-bucket","a","v1","False","True"']
    await putReport(lake.reports, csvReport(FIRST, fields, lines))
    expect(await importOne(lake)).toMatchObject({ object_count: 1n, delete_marker_count: 1n })
    expect(await readVouched(lake, OBJECTS, 'version_id')).toEqual([{ version_id: 'v1' }, { version_id: null }])
  })

  test.each([
    ['2024-05-06T22:37:48.000Z', '2024-05-06T22:37:48.000Z'],
    ['2024-05-06T22:37:48Z', '2024-05-06T22:37:48.000Z'],
    ['2024-05-06T22:37:48.123Z', '2024-05-06T22:37:48.123Z'],
    ['2024-05-06T22:37:48.123456Z', '2024-05-06T22:37:48.123Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
  ])('the date %s', async (text, iso) => {
    const fields = ['bucket', 'key', 'last_modified_date']
    await putReport(lake.reports, csvReport(FIRST, fields, [`"photo-bucket","a","${text}"`]))
    await importOne(lake)
    expect(await readVouched(lake, OBJECTS, 'last_modified_date')).toEqual([{ last_modified_date: new Date(iso) }])
  })

  test.each(['0', '1', '5497558138880', '9007199254740993', '9223372036854775807'])('the size %s', async size => {
    await putBytes(gzipLines([line('a', size)]))
    expect(await importOne(lake)).toMatchObject({ total_size_bytes: BigInt(size) })
    expect(await readVouched(lake, OBJECTS, 'size')).toEqual([{ size: BigInt(size) }])
  })
})

describe('which report is the newest', () => {
  const newer = `${reportsFolder(SOURCE)}2026-01-14T01-00Z/`

  test.each([
    ['a dated folder without its manifest', `${newer}symlink.txt`],
    ['a manifest without its checksum', `${newer}manifest.json`],
    ['a checksum without its manifest', `${newer}manifest.checksum`],
    ['a folder whose name is no time', `${reportsFolder(SOURCE)}2026-13-14T01-00Z/manifest.json`],
  ])('is told without %s', async (_, key) => {
    await putCsv(lake.reports, FIRST, [{ key: 'a' }])
    await lake.reports.put(key, Buffer.from('{}'))
    expect(await importOne(lake)).toMatchObject({ snapshot: '2026-01-13T01-00Z' })
  })
})

test('a report of current versions, and one of all, are told apart by their columns only', async () => {
  await putCsv(lake.reports, FIRST, [{ key: 'a', size: 3 }], CURRENT_FIELDS)
  await importOne(lake)
  const rows = [
    { key: 'a', size: 3 },
    { key: 'a', versionId: 'v', isLatest: false, size: 2 },
  ]
  await putCsv(lake.reports, SECOND, rows, VERSION_FIELDS)
  expect(await importOne(lake)).toMatchObject({
    ...{ object_count: 1n, noncurrent_object_count: 1n, noncurrent_size_bytes: 2n },
    ...{ new_count: 0n, modified_count: 0n, touched_count: 0n, deleted_count: 0n },
  })
})
