import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAvro, parseAvro } from '../../src/iceberg/avro.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { TableFormatError, UnsupportedTableError } from '../../src/iceberg/errors.js'
import { formatManifest, type ManifestEntry, parseManifest } from '../../src/iceberg/manifest.js'
import { formatManifestList, parseManifestList } from '../../src/iceberg/manifestList.js'
import { manifestEntrySchema, manifestListSchema } from '../../src/iceberg/manifestSchema.js'
import type { TableMetadata } from '../../src/iceberg/metadata.js'
import type { PartitionValue } from '../../src/iceberg/partitionSpec.js'
import type { PrimitiveType } from '../../src/iceberg/schema.js'
import { dataFile, manifestFile, metadataAt } from './examples.js'

const metadata = metadataAt('s3://b/t')
const table = { location: 's3://b/t' }
const file = dataFile(table, 'a', { partition: { dt: 20_473, import_id: 'a' } })
const added: ManifestEntry = {
  status: 'added',
  snapshotId: 5n,
  sequenceNumber: undefined,
  fileSequenceNumber: undefined,
  file,
}
const inherited = { sequenceNumber: 7, fileSequenceNumber: 7 }
const read = (bytes: Uint8Array, of = metadata) => parseManifest(bytes, manifestFile(), of)

/** A table with one partition field, of that type. */
function partitionedBy(type: PrimitiveType, transform = 'identity', name = 'p'): TableMetadata {
  return {
    ...metadata,
    schemas: [{ 'schema-id': 0, type: 'struct', fields: [{ id: 1, name, required: false, type }] }],
    'partition-specs': [{ 'spec-id': 0, fields: [{ 'source-id': 1, 'field-id': 1000, name, transform }] }],
  }
}

describe('a manifest', () => {
  test('is read as it was written, added files with what they inherit from the list', () => {
    const existing = {
      ...added,
      status: 'existing',
      snapshotId: 2n ** 62n + 1n,
      sequenceNumber: 3,
      fileSequenceNumber: 2,
    } as const
    const deleted = { ...existing, status: 'deleted' } as const
    expect(read(formatManifest(metadata, 0, [added, existing, deleted]))).toEqual([
      { ...added, ...inherited },
      existing,
      deleted,
    ])
  })

  const counts = fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat())).map(pairs => new Map(pairs))
  const bounds = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.uint8Array({ maxLength: 40 })))
    .map(pairs => new Map(pairs))
  const anyFile: fc.Arbitrary<DataFile> = fc.record({
    path: fc.string({ unit: 'grapheme' }),
    partition: fc.record({ dt: fc.integer({ min: -1e6, max: 1e6 }), import_id: fc.string({ unit: 'binary' }) }),
    recordCount: fc.nat(),
    fileSizeBytes: fc.maxSafeNat(),
    columnSizes: counts,
    valueCounts: counts,
    nullValueCounts: counts,
    nanValueCounts: counts,
    lowerBounds: bounds,
    upperBounds: bounds,
    sortOrderId: fc.nat(5),
    splitOffsets: fc.array(fc.maxSafeNat()),
    specId: fc.constant(0),
  })

  test('gives back any file', () => {
    fc.assert(
      fc.property(fc.array(anyFile, { maxLength: 4 }), files => {
        const entries = files.map(of => ({ ...added, file: of }))
        expect(read(formatManifest(metadata, 0, entries)).map(entry => entry.file)).toEqual(files)
      }),
    )
  })

  test.each<[PrimitiveType, PartitionValue, PartitionValue?]>([
    ['boolean', false],
    ['int', -5],
    ['long', 2n ** 62n],
    ['float', 1.5],
    ['double', Number.NEGATIVE_INFINITY],
    ['date', '2026-01-20', 20_473],
    ['time', '01:00', 3_600_000_000n],
    ['timestamp', '2026-01-20 00:00:00', 1_768_867_200_000_000n],
    ['timestamptz', -1n],
    ['string', '🙂/=%'],
    ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7'],
    ['binary', Uint8Array.of(0, 255)],
    ['fixed[3]', Uint8Array.of(1, 2, 3)],
    ['decimal(9,2)', -128n],
    ['decimal(38,10)', 10n ** 37n],
    ['string', null],
  ])('has partition values of type %s: %s', (type, given, value = given) => {
    const partitioned = partitionedBy(type)
    const entry = { ...added, file: { ...file, partition: { p: given } } }
    expect(read(formatManifest(partitioned, 0, [entry]), partitioned)[0]?.file.partition).toEqual({ p: value })
  })

  test('calls a partition field by a name that Avro allows, and finds it by its id', () => {
    const partitioned = partitionedBy('string', 'identity', 'a.b')
    const bytes = formatManifest(partitioned, 0, [{ ...added, file: { ...file, partition: { 'a.b': 'x' } } }])
    expect(schemaIn(bytes)).toContain('"name":"a_x2Eb"')
    expect(read(bytes, partitioned)[0]?.file.partition).toEqual({ 'a.b': 'x' })
  })

  test('has in its header what other readers go by', () => {
    const { header } = parseAvro(formatManifest(metadata, 0, []), new Map(), 'm')
    expect(header.get('format-version')).toBe('2')
    expect(header.get('content')).toBe('data')
    expect(header.get('partition-spec-id')).toBe('0')
    expect(JSON.parse(header.get('partition-spec') ?? '')).toHaveLength(2)
    expect(JSON.parse(header.get('schema') ?? '').fields).toHaveLength(5)
    const schema = header.get('avro.schema') ?? ''
    expect(schema).toContain(
      '{"name":"dt","type":["null",{"type":"int","logicalType":"date"}],"default":null,"field-id":1000}',
    )
    expect(schema.match(/"logicalType":"map"/g)).toHaveLength(6)
    expect(schema.match(/"element-id":13[36]/g)).toHaveLength(2)
  })
})

describe('a manifest of another writer', () => {
  const fields = [
    { id: 1000, name: 'p', sourceId: 1, transform: { kind: 'identity' } as const, type: 'string' as const },
  ]
  const partitioned = partitionedBy('string')
  const dataFileRecord = {
    content: 0,
    file_path: 's3://b/t/data/x.parquet',
    file_format: 'parquet',
    partition: { p: 'x' },
    record_count: 1,
    file_size_in_bytes: 9,
    column_sizes: null,
    value_counts: null,
    null_value_counts: null,
    nan_value_counts: null,
    lower_bounds: null,
    upper_bounds: null,
    key_metadata: null,
    split_offsets: null,
    equality_ids: null,
    sort_order_id: null,
  }
  const entry = {
    status: 1,
    snapshot_id: null,
    sequence_number: null,
    file_sequence_number: null,
    data_file: dataFileRecord,
  }
  const readRaw = (changes: object, ofFile: object = {}) =>
    read(
      formatAvro(manifestEntrySchema(fields), {}, [
        { ...entry, ...changes, data_file: { ...dataFileRecord, ...ofFile } },
      ]),
      partitioned,
    )

  test('may leave the snapshot to be inherited, and all that is optional', () => {
    expect(readRaw({})[0]).toMatchObject({
      snapshotId: 9_223_372_036_854_775_807n,
      ...inherited,
      file: { partition: { p: 'x' } },
    })
  })

  test('may have a transform that is not known: its partition is null', () => {
    const unknown = partitionedBy('string', 'zorder')
    const bytes = formatAvro(manifestEntrySchema(fields), {}, [entry])
    expect(read(bytes, unknown)[0]?.file.partition).toEqual({ p: null })
    expect(() => formatManifest(unknown, 0, [added])).toThrow(UnsupportedTableError)
  })

  test.each<[string, object, object, typeof TableFormatError]>([
    ['delete files', {}, { content: 1 }, UnsupportedTableError],
    ['ORC files', {}, { file_format: 'ORC' }, UnsupportedTableError],
    ['encrypted files', {}, { key_metadata: Buffer.from('key') }, UnsupportedTableError],
    ['a status of 3', { status: 3 }, {}, TableFormatError],
    ['an existing file without a sequence number', { status: 0 }, {}, TableFormatError],
    ['a negative record count', {}, { record_count: -1 }, TableFormatError],
    ['a negative sequence number', { sequence_number: -1 }, {}, TableFormatError],
  ])('with %s is refused', (_, changes, ofFile, error) => expect(() => readRaw(changes, ofFile)).toThrow(error))

  test('of other fields is refused, by the field that is missing', () => {
    const other = { type: 'record', name: 'r', fields: [{ name: 'x', type: 'int' }] } as const
    expect(() => read(formatAvro(other, {}, [{ x: 1 }]))).toThrow('status')
    expect(() => read(formatAvro({ type: 'array', items: 'int' }, {}, [[1]]))).toThrow(TableFormatError)
  })

  test.each<[string, unknown]>([
    ['status', 'text'],
    ['snapshot_id', 'text'],
    ['data_file', 1],
  ])('with a %s of another type is refused', (name, value) => {
    const types = {
      status: 'int',
      snapshot_id: 'long',
      data_file: 'int',
      [name]: typeof value === 'string' ? 'string' : 'int',
    }
    const schema = {
      type: 'record',
      name: 'r',
      fields: Object.entries(types).map(([field, type]) => ({ name: field, type })),
    } as const
    expect(() => read(formatAvro(schema, {}, [{ status: 1, snapshot_id: 1, data_file: 1, [name]: value }]))).toThrow(
      TableFormatError,
    )
  })
})

describe('a manifest list', () => {
  const full = manifestFile({
    partitions: [
      { containsNull: false, containsNaN: false, lower: Uint8Array.of(1), upper: Uint8Array.of(2) },
      { containsNull: true },
    ],
  })
  const ids = { id: 1n, parentId: 2n ** 62n, sequenceNumber: 3 }

  test('is read as it was written', () => {
    const list = [full, manifestFile({ content: 'deletes' })]
    expect(parseManifestList(formatManifestList(list, ids), 'list')).toEqual(list)
    expect(parseManifestList(formatManifestList([], { ...ids, parentId: undefined }), 'list')).toEqual([])
  })

  test('has the ids that others go by', () => {
    const schema = schemaIn(formatManifestList([full], ids))
    expect(schema).toContain('"element-id":508')
    expect(JSON.parse(schema)).toEqual(JSON.parse(JSON.stringify(manifestListSchema)))
  })

  test('of another writer may lack counts, and spell names otherwise', () => {
    const schema = {
      type: 'record',
      name: 'manifest_file',
      fields: [
        { name: 'manifest_path', type: 'string', 'field-id': 500 },
        { name: 'manifest_length', type: 'long', 'field-id': 501 },
        { name: 'partition_spec_id', type: 'int', 'field-id': 502 },
        { name: 'added_snapshot_id', type: 'long', 'field-id': 503 },
        { name: 'added_data_files_count', type: ['null', 'int'], 'field-id': 504 },
      ],
    } as const
    const record = {
      manifest_path: 'p',
      manifest_length: 5,
      partition_spec_id: 0,
      added_snapshot_id: 9,
      added_data_files_count: 2,
    }
    const [manifest] = parseManifestList(formatAvro(schema, {}, [record]), 'list')
    expect(manifest).toMatchObject({
      addedSnapshotId: 9n,
      addedFiles: 2,
      existingFiles: undefined,
      content: 'data',
      sequenceNumber: 0,
    })
  })

  test('of encrypted manifests, and without an adding snapshot, is refused', () => {
    const fields = [{ name: 'key_metadata', type: 'bytes', 'field-id': 519 }]
    const encrypted = {
      type: 'record',
      name: 'm',
      fields: [...fields, { name: 'added_snapshot_id', type: 'long' }],
    } as const
    expect(() =>
      parseManifestList(formatAvro(encrypted, {}, [{ key_metadata: Buffer.from('k'), added_snapshot_id: 1 }]), 'l'),
    ).toThrow(UnsupportedTableError)
    const bare = { type: 'record', name: 'm', fields: [{ name: 'x', type: 'int' }] } as const
    expect(() => parseManifestList(formatAvro(bare, {}, [{ x: 1 }]), 'l')).toThrow('added_snapshot_id')
  })
})

function schemaIn(bytes: Uint8Array): string {
  const header = avsc.Type.forSchema({ type: 'map', values: 'bytes' }).decode(Buffer.from(bytes), 4).value
  return header['avro.schema'].toString()
}
