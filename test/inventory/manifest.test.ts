import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ZodError } from 'zod'
import { FileSchemaError, parseFileSchema } from '../../src/inventory/fileSchema.js'
import { parseInventoryManifest } from '../../src/inventory/manifest.js'

const manifest = {
  sourceBucket: 'photo-bucket',
  destinationBucket: 'arn:aws:s3:::inventory-bucket',
  version: '2016-11-30',
  creationTimestamp: '1768870800000',
  fileFormat: 'CSV',
  fileSchema: 'Bucket, Key, Size',
  files: [{ key: 'data/1.csv.gz', size: 331, MD5checksum: 'C473BCC2407D0A5CEC5229B21D967E59' }],
}

test('a manifest says where, when and which files', () => {
  expect(parseInventoryManifest(manifest)).toEqual({
    sourceBucket: 'photo-bucket',
    destinationBucket: 'inventory-bucket',
    takenAt: new Date('2026-01-20T01:00:00Z'),
    format: 'CSV',
    columns: ['Bucket', 'Key', 'Size'],
    files: [{ key: 'data/1.csv.gz', sizeBytes: 331, md5: 'c473bcc2407d0a5cec5229b21d967e59' }],
  })
})

test.each([
  ['arn:aws-cn:s3:::b', 'b'],
  ['arn:aws-us-gov:s3:::b', 'b'],
  ['b', 'b'],
])('destination %s is bucket %s', (destinationBucket, name) => {
  expect(parseInventoryManifest({ ...manifest, destinationBucket }).destinationBucket).toBe(name)
})

test('what AWS adds is no fault, and an empty bucket has no files', () => {
  expect(parseInventoryManifest({ ...manifest, files: [], new: { key: 1 } }).files).toEqual([])
})

const file = manifest.files[0]
test.each([
  ['no object', null],
  ['a list', []],
  ['no source bucket', { ...manifest, sourceBucket: '' }],
  ['a time as a number', { ...manifest, creationTimestamp: 1768870800000 }],
  ['a time in words', { ...manifest, creationTimestamp: '2026-01-20T01:00:00Z' }],
  ['a time that no calendar has', { ...manifest, creationTimestamp: '9'.repeat(30) }],
  ['an unknown format', { ...manifest, fileFormat: 'Avro' }],
  ['a format in another case', { ...manifest, fileFormat: 'csv' }],
  ['no files', { ...manifest, files: undefined }],
  ['a file without a size', { ...manifest, files: [{ ...file, size: undefined }] }],
  ['a negative size', { ...manifest, files: [{ ...file, size: -1 }] }],
  ['a size with a fraction', { ...manifest, files: [{ ...file, size: 1.5 }] }],
  ['a short MD5', { ...manifest, files: [{ ...file, MD5checksum: 'c473' }] }],
])('%s makes no manifest', (_, json) => expect(() => parseInventoryManifest(json)).toThrow(ZodError))

test('a file schema of another format makes no manifest', () => {
  expect(() => parseInventoryManifest({ ...manifest, fileFormat: 'ORC' })).toThrow(FileSchemaError)
})

const three = ['bucket', 'key', 'last_modified_date']
test.each([
  ['CSV', 'Bucket, Key, Size', ['Bucket', 'Key', 'Size']],
  ['CSV', 'Bucket,Key', ['Bucket', 'Key']],
  ['CSV', '  Bucket ,\n Object Key ', ['Bucket', 'Object Key']],
  [
    'Parquet', // as files have it
    'message s3.inventory {  required binary bucket (STRING);  required binary key (STRING);  optional int64 last_modified_date (TIMESTAMP(MILLIS,true));}',
    three,
  ],
  [
    'Parquet', // as the documentation has it
    'message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); optional int64 last_modified_date (TIMESTAMP_MILLIS);}',
    three,
  ],
  [
    'Parquet',
    'message x{required binary bucket;\n\trequired binary key;\noptional int64 last_modified_date\n(TIMESTAMP(MICROS, false)) ;}\n',
    three,
  ],
  ['Parquet', 'message a { optional fixed_len_byte_array(16) k (DECIMAL(9,2)) = 7; }', ['k']],
  ['Parquet', 'message a { }', []],
  ['ORC', 'struct<bucket:string,key:string,last_modified_date:timestamp>', three],
  ['ORC', ' struct < bucket : string,\n key: string , last_modified_date :timestamp > ', three],
  ['ORC', 'struct<a:decimal(10,2),b:array<struct<c:int,d:int>>,`e`:map<string,int>>', ['a', 'b', 'e']],
] as const)('%s schema %s', (format, schema, columns) => expect(parseFileSchema(format, schema)).toEqual(columns))

test.each([
  ['CSV', ''],
  ['CSV', 'Bucket,,Key'],
  ['CSV', 'Bucket, Key,'],
  ['Parquet', 'Bucket, Key'],
  ['Parquet', ''],
  ['Parquet', 'message s3.inventory { required binary bucket (STRING)'],
  ['Parquet', 'message s3.inventory { required binary; }'],
  ['Parquet', 'message s3.inventory { repeated binary key (STRING); }'],
  ['Parquet', 'message s3.inventory { optional group x { required binary key; } }'],
  ['ORC', 'Bucket, Key'],
  ['ORC', 'struct<>'],
  ['ORC', 'struct<bucket>'],
  ['ORC', 'struct<bucket:string,>'],
  ['ORC', 'struct<bucket:string'],
] as const)('%s schema %j is refused', (format, schema) => {
  expect(() => parseFileSchema(format, schema)).toThrow(FileSchemaError)
})

const aws = fileURLToPath(new URL('../../../shared/fixtures/aws/', import.meta.url))
test.skipIf(!existsSync(aws)).each([
  ['csv_inventory', 'CSV', 18, 'LastModifiedDate', 'csv_inventory.csv.gz', 331],
  ['csv_inventory_no_version', 'CSV', 15, 'LastModifiedDate', 'csv_inventory_no_version.csv.gz', 193],
  ['orc_inventory', 'ORC', 18, 'last_modified_date', 'orc_inventory.orc', 2334],
  ['parquet_inventory', 'Parquet', 18, 'last_modified_date', 'parquet_inventory.parquet', 4277],
])('a manifest of AWS: %s', (name, format, columnCount, dateColumn, key, sizeBytes) => {
  for (const style of ['', 'first/']) {
    const parsed = parseInventoryManifest(JSON.parse(readFileSync(`${aws}${style}${name}_manifest.json`, 'utf8')))
    expect(parsed).toMatchObject({
      sourceBucket: 'filemanager-inventory-test',
      destinationBucket: 'filemanager-inventory-test',
      takenAt: new Date('2024-05-07T01:00:00Z'),
      format,
      files: [{ key, sizeBytes }],
    })
    expect(parsed.columns).toHaveLength(columnCount)
    expect(parsed.columns).toContain(dateColumn)
  }
})
