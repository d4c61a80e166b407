import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ReportRefusedError, UsageError } from '../../src/errors.js'
import { type ExpectedReport, loadManifest } from '../../src/inventory/loadManifest.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { ObjectNotFoundError } from '../../src/lake/objectStore.js'

const key = 'r/photo-bucket/weekly/2026-01-20T01-00Z/manifest.json'
const checksumKey = 'r/photo-bucket/weekly/2026-01-20T01-00Z/manifest.checksum'
const file = { key: 'r/photo-bucket/weekly/data/1.csv.gz', size: 331, MD5checksum: 'c473bcc2407d0a5cec5229b21d967e59' }
const manifest = {
  sourceBucket: 'photo-bucket',
  destinationBucket: 'arn:aws:s3:::inventory-bucket',
  creationTimestamp: '1768870800000',
  fileFormat: 'CSV',
  fileSchema: 'Bucket, Key, Size, Colour',
  files: [file],
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A bucket with that manifest and a checksum that fits, unless another is given; `null` is none. */
async function bucketWith(content: unknown, checksum?: string | null): Promise<MemoryStore> {
  const store = new MemoryStore('s3://inventory-bucket')
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  await store.put(key, bytes(text))
  if (checksum !== null) await store.put(checksumKey, bytes(checksum ?? `${md5(text)}\n`))
  return store
}

const load = async (content: unknown, expected: ExpectedReport = {}, checksum?: string | null) =>
  loadManifest(await bucketWith(content, checksum), key, expected)

test('a right manifest comes with its checksum and its columns', async () => {
  expect(await load(manifest, { sourceBucket: 'photo-bucket', format: 'CSV' })).toMatchObject({
    key,
    url: `s3://inventory-bucket/${key}`,
    checksum: md5(JSON.stringify(manifest)),
    manifest: { files: [{ key: file.key }] },
    columns: { fields: [{ position: 0 }, { position: 1 }, { field: { column: 'size' } }], ignored: ['Colour'] },
  })
})

const sum = md5(JSON.stringify(manifest))
test.each([`${sum}\n`, sum, `${sum}\r\n`, ` ${sum} \n\n`, `${sum.toUpperCase()}\n`])(
  'checksum %j is right',
  async text => {
    expect((await load(manifest, {}, text)).checksum).toBe(sum)
  },
)

test.each([
  ['an empty report', { ...manifest, files: [] }],
  ['unpacked CSV', { ...manifest, files: [{ ...file, key: '1.csv' }] }],
  ['dots within names', { ...manifest, files: [{ ...file, key: 'a..b/...c/.d/1.csv.gz' }] }],
  ['a slash twice, as a prefix may end in one', { ...manifest, files: [{ ...file, key: 'r//data/1.csv.gz' }] }],
  ['two files of the same content', { ...manifest, files: [file, { ...file, key: '2.csv.gz' }] }],
  [
    'ORC',
    {
      ...manifest,
      fileFormat: 'ORC',
      fileSchema: 'struct<bucket:string,key:string>',
      files: [{ ...file, key: '1.orc' }],
    },
  ],
  [
    'Parquet',
    {
      ...manifest,
      fileFormat: 'Parquet',
      fileSchema: 'message m { required binary bucket; required binary key; }',
      files: [{ ...file, key: '1.parquet' }],
    },
  ],
])('%s is taken', async (_, content) => expect((await load(content)).manifest.sourceBucket).toBe('photo-bucket'))

const withFile = (fileKey: string) => ({ ...manifest, files: [{ ...file, key: fileKey }] })
test.each([
  ['cut JSON', JSON.stringify(manifest).slice(0, -9), 'expected a manifest of S3 Inventory, got no JSON: '],
  ['no JSON at all', '', 'expected a manifest of S3 Inventory, got no JSON: '],
  ['JSON of something else', '[1]', 'expected a manifest of S3 Inventory, got '],
  ['an unknown format', { ...manifest, fileFormat: 'Avro' }, 'fileFormat: '],
  [
    'several faults',
    { ...manifest, sourceBucket: 3, files: [{ key: 'x' }] },
    /sourceBucket: .*files\.0\.size: .*files\.0\.MD5checksum: /,
  ],
  ['a list of columns that is none', { ...manifest, fileSchema: '' }, 'fileSchema of CSV: '],
  [
    'no Key',
    { ...manifest, fileSchema: 'Bucket, Size' },
    'expected columns: Key, got Bucket, Size; if the report names',
  ],
  ['no Bucket', { ...manifest, fileSchema: 'Key' }, 'expected columns: Bucket, got Key'],
  ['a column twice', { ...manifest, fileSchema: 'Bucket, Key, Size, size' }, 'expected column size: once, got twice'],
  ['a data file without a name', withFile(''), 'expected data files inside the bucket, got ""'],
  ['a data file above', withFile('../other/1.csv.gz'), 'got "../other/1.csv.gz"'],
  ['a data file above, by a way round', withFile('a/../../1.csv.gz'), 'expected data files inside the bucket'],
  ['a data file above, at the end', withFile('a/..'), 'expected data files inside the bucket'],
  ['a data file by way of itself', withFile('a/./1.csv.gz'), 'expected data files inside the bucket'],
  ['a data file from the root', withFile('/etc/1.csv.gz'), 'expected data files inside the bucket'],
  ['a data file with NUL', withFile('a\0/1.csv.gz'), 'expected data files inside the bucket'],
  ['a data file of another format', withFile('1.parquet'), 'expected CSV files (.csv.gz, .csv), got "1.parquet"'],
  ['a data file of no format', withFile('1'), 'expected CSV files (.csv.gz, .csv), got "1"'],
  ['a data file twice', { ...manifest, files: [file, file] }, 'expected each data file once, got "r/photo'],
])('%s is refused', async (_, content, message) => {
  const refused = load(content)
  await expect(refused).rejects.toThrow(message)
  await expect(refused).rejects.toBeInstanceOf(ReportRefusedError)
  await expect(refused).rejects.toMatchObject({
    exitCode: 4,
    facts: {
      subject: `s3://inventory-bucket/${key}`,
      expected: expect.any(String),
      got: expect.any(String),
      fix: expect.any(String),
    },
  })
})

test.each([
  ['another checksum', md5('other'), `${key}: expected MD5 ${md5('other')}, got ${sum}; wait for`],
  ['no checksum', null, `${checksumKey}: expected the manifest's MD5, got no such object`],
  ['an empty checksum', '', `${checksumKey}: expected an MD5 of 32 hex digits, got ""`],
  ['a checksum that is none', '<Error>', `${checksumKey}: expected an MD5 of 32 hex digits, got "<Error>"`],
])('%s is refused', async (_, checksum, message) => {
  const refused = load(manifest, {}, checksum)
  await expect(refused).rejects.toThrow(message)
  await expect(refused).rejects.toBeInstanceOf(ReportRefusedError)
})

test('a manifest that is not UTF-8 is refused', async () => {
  const store = await bucketWith(manifest)
  const content = Buffer.from(JSON.stringify(manifest).replace('photo', 'phot\u00f6'), 'latin1')
  await store.put(key, content)
  await store.put(checksumKey, bytes(createHash('md5').update(content).digest('hex')))
  await expect(loadManifest(store, key, {})).rejects.toThrow('got bytes that are not UTF-8')
})

test.each([
  ['bucket', { sourceBucket: 'other' }, 'expected a report of bucket other, got photo-bucket'],
  ['format', { format: 'ORC' }, 'expected format ORC, got CSV'],
] as const)('a report of another %s than the connector says is refused', async (_, expected, message) => {
  await expect(load(manifest, expected)).rejects.toThrow(message)
  await expect(load(manifest, expected)).rejects.toBeInstanceOf(ReportRefusedError)
})

test('the connector says how the report names its columns', async () => {
  const content = { ...manifest, fileSchema: 'Bucket, Name' }
  expect((await load(content, { fields: { key: 'Name' } })).columns.fields).toHaveLength(2)
  await expect(load(content, { fields: { name: 'Name' } })).rejects.toBeInstanceOf(UsageError)
})

test('no manifest at all is not found', async () => {
  await expect(loadManifest(new MemoryStore(), key, {})).rejects.toBeInstanceOf(ObjectNotFoundError)
})

test('a key that is no manifest is an error of its writer', async () => {
  await expect(loadManifest(new MemoryStore(), 'r/manifest.checksum', {})).rejects.toBeInstanceOf(UsageError)
})

test('a store that fails is not taken for a report without a checksum', async () => {
  const store = await bucketWith(manifest)
  const denied: typeof store.read = async name => {
    if (name === checksumKey) throw new Error('403')
    return MemoryStore.prototype.read.call(store, name)
  }
  await expect(loadManifest(Object.assign(store, { read: denied }), key, {})).rejects.toThrow('403')
})

const aws = fileURLToPath(new URL('../../../shared/fixtures/aws', import.meta.url))
test.skipIf(!existsSync(aws)).each(['csv_inventory', 'csv_inventory_no_version', 'orc_inventory', 'parquet_inventory'])(
  'a manifest of AWS agrees with its checksum: %s',
  async name => {
    for (const style of ['', 'first/']) {
      const store = new FolderStore(aws)
      const loaded = await loadManifest(store, `${style}${name}_manifest.json`, {
        sourceBucket: 'filemanager-inventory-test',
      })
      expect(loaded.columns.fields).toHaveLength(loaded.manifest.columns.length)
    }
  },
)
