import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ReportRow, type WriteReportOptions, writeReport } from '../../src/demo/writeReport.js'
import { INVENTORY_FIELDS } from '../../src/inventory/fields.js'
import { getNewestReport } from '../../src/inventory/findReports.js'
import { loadManifest } from '../../src/inventory/loadManifest.js'
import { stageFile } from '../../src/inventory/stageFile.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { readText } from '../../src/lake/objectStore.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-report-'))
})
afterAll(() => rm(folder, { recursive: true }))

const options: WriteReportOptions = {
  sourceBucket: 'photos',
  destinationBucket: 'inventory-bucket',
  prefix: 'r',
  configName: 'weekly',
  takenAt: new Date('2026-01-20T01:00:30Z'),
  fields: [
    'bucket',
    'key',
    'version_id',
    'is_latest',
    'is_delete_marker',
    'size',
    'last_modified_date',
    'e_tag',
    'storage_class',
  ],
  filesCount: 1,
}
const lastModified = new Date('2026-01-19T09:30:00Z')
const bucket = () => new MemoryStore('s3://inventory-bucket')

/** The lines of each data file. */
async function linesOf(store: MemoryStore, keys: readonly string[]): Promise<string[][]> {
  const texts = await Promise.all(keys.map(async key => gunzipSync(await store.read(key)).toString()))
  return texts.map(text => text.split('\n').slice(0, -1))
}

const lines = async (rows: (ReportRow | string)[], more: Partial<WriteReportOptions> = {}): Promise<string[]> => {
  const store = bucket()
  const { dataFileKeys } = await writeReport(rows, { ...options, ...more }, store)
  return (await linesOf(store, dataFileKeys)).flat()
}

test('rows are written as S3 writes them', async () => {
  const rows = [
    { key: '2020/Milledgeville, GA/a+b.JPG', size: 17, lastModified, eTag: 'e1', storageClass: 'STANDARD' },
    { key: 'gone.txt', versionId: 'v2', isDeleteMarker: true, lastModified },
    {
      key: 'gone.txt',
      versionId: 'v1',
      isLatest: false,
      size: 2n ** 53n + 1n,
      lastModified,
      eTag: 'e2',
      storageClass: 'GLACIER',
    },
    { key: 'dt=1/', size: 0, lastModified, eTag: '', storageClass: 'a "quoted" class' },
  ]
  expect(await lines(rows)).toEqual([
    '"photos","2020/Milledgeville%2C+GA/a%2Bb.JPG","","true","false","17","2026-01-19T09:30:00.000Z","e1","STANDARD"',
    '"photos","gone.txt","v2","true","true","","2026-01-19T09:30:00.000Z","",""',
    '"photos","gone.txt","v1","false","false","9007199254740993","2026-01-19T09:30:00.000Z","e2","GLACIER"',
    '"photos","dt%3D1/","","true","false","0","2026-01-19T09:30:00.000Z","","a ""quoted"" class"',
  ])
})

test('every known field has its value', async () => {
  const row = {
    key: 'k',
    versionId: 'v',
    size: 1,
    lastModified,
    eTag: 'e',
    storageClass: 'c',
    isMultipartUploaded: true,
    replicationStatus: 'COMPLETED',
    encryptionStatus: 'SSE-S3',
    objectLockRetainUntilDate: lastModified,
    objectLockMode: 'GOVERNANCE',
    objectLockLegalHoldStatus: 'On',
    intelligentTieringAccessTier: 'ARCHIVE',
    bucketKeyStatus: 'DISABLED',
    checksumAlgorithm: 'CRC32',
    objectAccessControlList: 'e30=',
    objectOwner: 'o',
    lifecycleExpirationDate: lastModified,
    objectLockEventHoldStatus: 'Off',
    objectLockEventHoldDuration: '1d',
  }
  const [line] = await lines([row], { fields: INVENTORY_FIELDS.map(field => field.column) })
  const at = '"2026-01-19T09:30:00.000Z"'
  expect(line).toBe(
    `"photos","k","v","true","false","1",${at},"e","c","true","COMPLETED","SSE-S3",${at},"GOVERNANCE","On","ARCHIVE",` +
      `"DISABLED","CRC32","e30=","o",${at},"Off","1d"`,
  )
})

test('a line can be written as no bucket gives it, and a column that nobody knows is empty', async () => {
  expect(await lines(['"torn\n', { key: 'a' }], { fields: ['key', 'colour'] })).toEqual(['"torn', '"a",""'])
})

test('the report lies where S3 puts it', async () => {
  const store = bucket()
  const { dataFileKeys, name } = await writeReport([{ key: 'a' }, { key: 'b' }], { ...options, filesCount: 2 }, store)
  expect([...store.objects.keys()]).toEqual([
    ...dataFileKeys,
    'r/photos/weekly/hive/dt=2026-01-20-01-00/symlink.txt',
    'r/photos/weekly/2026-01-20T01-00Z/manifest.json',
    'r/photos/weekly/2026-01-20T01-00Z/manifest.checksum', // last: then the report is whole
  ])
  expect(name).toBe('2026-01-20T01-00Z')
  for (const key of dataFileKeys)
    expect(key).toMatch(/^r\/photos\/weekly\/data\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.csv\.gz$/)
  expect(await readText(store, 'r/photos/weekly/hive/dt=2026-01-20-01-00/symlink.txt')).toBe(
    dataFileKeys.map(key => `s3://inventory-bucket/${key}\n`).join(''),
  )
})

test("the manifest is in AWS's JSON", async () => {
  const store = bucket()
  const empty = await writeReport([], options, store)
  expect(await readText(store, empty.manifestKey)).toBe(`{
  "sourceBucket" : "photos",
  "destinationBucket" : "arn:aws:s3:::inventory-bucket",
  "version" : "2016-11-30",
  "creationTimestamp" : "1768870830000",
  "fileFormat" : "CSV",
  "fileSchema" : "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass",
  "files" : [ ]
}
`)
  const two = await writeReport([{ key: 'a' }, { key: 'b' }], { ...options, filesCount: 2 }, store)
  expect(await readText(store, two.manifestKey)).toMatch(
    /"files" : \[ \{\n {4}"key" : "r\/.*\.csv\.gz",\n {4}"size" : \d+,\n {4}"MD5checksum" : "[0-9a-f]{32}"\n {2}\}, \{\n(.*\n){3} {2}\} \]\n\}\n$/,
  )
  expect(await readText(store, two.manifestKey.replace('.json', '.checksum'))).toMatch(/^[0-9a-f]{32}\n$/)
})

test('rows go to the files in turn, and a file without rows is not written', async () => {
  const store = bucket()
  const rows = ['a', 'b', 'c', 'd', 'e'].map(key => ({ key }))
  const written = await writeReport(rows, { ...options, fields: ['key'], filesCount: 2 }, store)
  expect(await linesOf(store, written.dataFileKeys)).toEqual([
    ['"a"', '"c"', '"e"'],
    ['"b"', '"d"'],
  ])
  expect(written.rowCount).toBe(5)
  expect((await writeReport(rows, { ...options, filesCount: 9 }, bucket())).dataFileKeys).toHaveLength(5)
})

test('what is written is found, trusted and staged, whole', async () => {
  function* manyRows(): Generator<ReportRow> {
    for (let n = 0; n < 30_000; n++) yield { key: `logs/${n} of many.txt`, size: n, lastModified, eTag: `e${n}` }
  }
  const store = bucket()
  const written = await writeReport(manyRows(), { ...options, names: { key: 'Name' }, filesCount: 3 }, store)
  const report = await getNewestReport(store, options)
  expect(report.manifestKey).toBe(written.manifestKey)
  const loaded = await loadManifest(store, report.manifestKey, { sourceBucket: 'photos', fields: { key: 'Name' } })
  expect(loaded.manifest.takenAt).toEqual(options.takenAt)
  expect(loaded.columns.ignored).toEqual([])
  const seen = new Set<string>()
  for (const [n, file] of loaded.manifest.files.entries()) {
    const path = join(folder, `${n}.csv`)
    await stageFile(
      store.stream(file.key),
      { url: file.key, ...file },
      { path, unpack: true },
      new AbortController().signal,
    )
    for (const line of (await readFile(path, 'utf8')).split('\n')) if (line !== '') seen.add(line.split(',')[1] ?? '')
  }
  expect(seen.size).toBe(30_000)
})

test('written again, it is the same bytes under the same keys; another time is other files', async () => {
  const rows = [{ key: 'a' }, { key: 'b' }]
  const [one, two] = [bucket(), bucket()]
  await writeReport(rows, options, one)
  await writeReport(rows, options, two)
  expect(two.objects).toEqual(one.objects)
  await writeReport(rows, { ...options, takenAt: new Date('2026-01-21T01:00:00Z') }, two)
  expect(two.objects.size).toBe(2 * one.objects.size)
})
