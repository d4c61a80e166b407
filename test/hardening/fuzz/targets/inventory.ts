import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ReportRefusedError } from '../../../../src/errors.js'
import { CsvKeyError, decodeCsvKey, encodeCsvKey } from '../../../../src/inventory/csvKey.js'
import { loadManifest } from '../../../../src/inventory/loadManifest.js'
import { OrcError } from '../../../../src/inventory/orc/orcError.js'
import { openOrc } from '../../../../src/inventory/orc/orcFile.js'
import { readOrc } from '../../../../src/inventory/orc/orcRows.js'
import { MemoryStore } from '../../../../src/lake/memoryStore.js'
import { packageFolder } from '../../../../src/packageFolder.js'
import { READ_KINDS, sourceOf } from '../../../inventory/orc/readRows.js'
import { type FuzzTarget, require } from '../fuzzTarget.js'

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

const manifestOf = (fileFormat: string, fileSchema: string, key: string): string =>
  JSON.stringify({
    sourceBucket: 'photo-bucket',
    destinationBucket: 'arn:aws:s3:::inventory',
    version: '2016-11-30',
    creationTimestamp: '1768870800000',
    fileFormat,
    fileSchema,
    files: [
      { key: `data/1${key}`, size: 2_147_483_647, MD5checksum: 'd41d8cd98f00b204e9800998ecf8427e' },
      { key: `data/2${key}`, size: 12, MD5checksum: 'f11166069f1990abeb9c97ace9cdfabc' },
    ],
  })

const MANIFESTS = [
  manifestOf('CSV', 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag', '.csv.gz'),
  manifestOf(
    'ORC',
    'struct<bucket:string,key:string,size:bigint,last_modified_date:timestamp,is_latest:boolean>',
    '.orc',
  ),
  manifestOf(
    'Parquet',
    'message s3.inventory {  required binary bucket (STRING);  required binary key (STRING);  optional int64 size;  optional int64 last_modified_date (TIMESTAMP(MILLIS,true));}',
    '.parquet',
  ),
]

const FORMAT_WORDS = [
  '"files":[]',
  '"size":',
  'CSV',
  'ORC',
  'Parquet',
  'struct<',
  'optional ',
  '../',
  '\\u0000',
  '.orc',
  '{',
  '[',
  '"',
]

async function load(manifest: Uint8Array, checksum: Uint8Array) {
  const store = new MemoryStore()
  await store.put('manifest.json', manifest)
  await store.put('manifest.checksum', checksum)
  return loadManifest(store, 'manifest.json', { sourceBucket: 'photo-bucket' })
}

/** The manifest of a report: with a checksum that agrees, as a writer with a mistake would put it; and with one that doesn't. */
const manifest: FuzzTarget = {
  name: 'manifest',
  refusals: [ReportRefusedError],
  dictionary: FORMAT_WORDS,
  open: async () => ({
    seeds: MANIFESTS.map(each => Buffer.from(each)),
    async read(input) {
      const right = Buffer.from(md5(input))
      const other = Buffer.from(md5(Buffer.concat([input, input])))
      const taken = await load(input, other).catch(error => error instanceof ReportRefusedError)
      require(taken === true, 'a manifest with another checksum was taken')
      const { manifest: loaded, columns, checksum } = await load(input, right)
      const json = JSON.parse(text(input))
      require(checksum === md5(input), 'its checksum is another')
      require(loaded.files.length === json.files.length, 'files are lost')
      require(loaded.files.every(
        ({ key, sizeBytes }, i) => key === json.files[i].key && sizeBytes === json.files[i].size,
      ), 'a file is another')
      require(loaded.takenAt.getTime() === Number(json.creationTimestamp), 'its time is another')
      require(columns.fields.some(({ field }) => field.column === 'key'), 'there is no key')
    },
  }),
}

/** What stands in manifest.checksum. */
const checksum: FuzzTarget = {
  name: 'manifest-checksum',
  refusals: [ReportRefusedError],
  dictionary: ['\r\n', ' ', '\ufeff', 'a', 'F', '0'],
  open: async () => {
    const bytes = Buffer.from(MANIFESTS[0] ?? '')
    return {
      seeds: [Buffer.from(md5(bytes)), Buffer.from(`${md5(bytes).toUpperCase()}\r\n`)],
      async read(input) {
        await load(bytes, input)
        require(text(input)
          .replace(/^\ufeff/, '')
          .trim()
          .toLowerCase() === md5(bytes), 'another checksum was taken')
      },
    }
  },
}

/** A key as CSV reports have it. */
const csvKey: FuzzTarget = {
  name: 'csv-key',
  refusals: [CsvKeyError],
  dictionary: ['%', '%2', '%25', '%C3%A9', '%F0%9F%98%80', '%ED%A0%80', '%00', '+', '%2B', '%2F', 'é', '😀'],
  open: async () => ({
    seeds: ['photos/a+b%20c.jpg', 'dt%3D2026-01-20/%E2%82%AC.txt', '100%25+sure', 'photos/é😀'].map(each =>
      Buffer.from(each),
    ),
    read(input) {
      const encoded = text(input)
      const key = decodeCsvKey(encoded)
      require(key === decodeByBytes(encoded), 'bytes decode to another key')
      require(decodeCsvKey(encodeCsvKey(key)) === key, 'the key is another when it is written and read')
    },
  }),
}

/** The same by other means: the bytes one by one. */
function decodeByBytes(encoded: string): string {
  const bytes: number[] = []
  const given = Buffer.from(encoded)
  for (let i = 0; i < given.length; i++) {
    const byte = given[i] ?? 0
    if (byte !== 0x25) bytes.push(byte === 0x2b ? 0x20 : byte)
    else {
      bytes.push(Number.parseInt(given.toString('latin1', i + 1, i + 3), 16))
      i += 2
    }
  }
  return Buffer.from(bytes).toString()
}

const ORC_FILES = [
  ...['integers.plain', 'integers.zlib', 'integers.zlib-v11', 'strings.dictionary', 'strings.dictionary-v11'],
  ...['strings.direct', 'strings.direct-v11', 'times.plain-v11', 'times.zlib', 'inventory.plain-v11', 'inventory.zlib'],
  ...['stripes.zlib', 'other_kinds.zlib', 'empty.zlib', 'refused.lz4', 'refused.snappy', 'refused.zstd'],
]

/** The data file of a report, read to its end; Apache's own writer has made the seeds. */
const orc: FuzzTarget = {
  name: 'orc',
  refusals: [OrcError],
  dictionary: ['ORC', '\x00', '\xff\xff\xff\xff\x0f', '\x08\x03', '\x0a', '\x10'],
  mostInputBytes: 262_144,
  open: async () => ({
    seeds: ORC_FILES.map(name => readFileSync(join(packageFolder(), `test/fixtures/orc/${name}.orc`))),
    async read(input) {
      const file = await openOrc(sourceOf(input), 'a.orc')
      const names = file.columns.filter(({ kind }) => READ_KINDS.has(kind)).map(({ name }) => name)
      let rows = 0
      for await (const { rowCount, columns } of readOrc(file, [...new Set(names)])) {
        for (const values of columns.values())
          require(values.length === rowCount, 'a column has values of its own number')
        rows += rowCount
      }
      require(rows === file.rowCount, `${rows} rows instead of ${file.rowCount}`)
    },
  }),
}

export const INVENTORY_TARGETS: readonly FuzzTarget[] = [manifest, checksum, csvKey, orc]
