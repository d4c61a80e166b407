import { isDeepStrictEqual } from 'node:util'
import { listAncestors } from '../../../../src/iceberg/ancestry.js'
import { listBatches } from '../../../../src/iceberg/batches.js'
import { comparableBound } from '../../../../src/iceberg/bounds.js'
import type { DataFile } from '../../../../src/iceberg/dataFile.js'
import { ColumnValueError, TableFormatError, UnsupportedTableError } from '../../../../src/iceberg/errors.js'
import { formatManifest, type ManifestEntry, parseManifest } from '../../../../src/iceberg/manifest.js'
import { formatManifestList, type ManifestFile, parseManifestList } from '../../../../src/iceberg/manifestList.js'
import {
  currentSchema,
  currentSnapshot,
  currentSpec,
  formatMetadata,
  parseMetadata,
  type TableMetadata,
} from '../../../../src/iceberg/metadata.js'
import { typePartitionFields } from '../../../../src/iceberg/partitionSpec.js'
import type { PrimitiveType } from '../../../../src/iceberg/schema.js'
import { decodeSingleValue, encodeSingleValue, isValueOf } from '../../../../src/iceberg/singleValue.js'
import { parseTypeText } from '../../../../src/iceberg/typeText.js'
import { dataFile, manifestFile, metadataAt } from '../../../iceberg/examples.js'
import { type FuzzTarget, require } from '../fuzzTarget.js'
import { keptInputs } from '../keptInputs.js'
import { withoutDeflate } from '../withoutDeflate.js'

const LOCATION = 's3://b/lake/tables/t'
const SNAPSHOT = { id: 9_007_199_254_740_993n, parentId: 7n, sequenceNumber: 8 }

const METADATA: TableMetadata = {
  ...metadataAt(LOCATION),
  'last-sequence-number': 2,
  properties: { 'stocktake.batches': '["a","b"]', comment: 'of objects' },
  'current-snapshot-id': SNAPSHOT.id,
  refs: { main: { 'snapshot-id': SNAPSHOT.id, type: 'branch' } },
  snapshots: [
    {
      'snapshot-id': 7n,
      'sequence-number': 1,
      'timestamp-ms': 1,
      'manifest-list': `${LOCATION}/metadata/1.avro`,
      summary: { operation: 'append' },
    },
    {
      'snapshot-id': SNAPSHOT.id,
      'parent-snapshot-id': 7n,
      'sequence-number': 2,
      'timestamp-ms': 1_768_870_800_000,
      'manifest-list': `${LOCATION}/metadata/2.avro`,
      summary: { operation: 'append', 'stocktake.batch': 'c' },
      'schema-id': 0,
    },
  ],
  'snapshot-log': [{ 'timestamp-ms': 1_768_870_800_000, 'snapshot-id': SNAPSHOT.id }],
  'metadata-log': [{ 'timestamp-ms': 1, 'metadata-file': `${LOCATION}/metadata/v1.metadata.json` }],
}

const FILE: DataFile = dataFile({ location: LOCATION }, 'a', {
  columnSizes: new Map([[3, 100]]),
  valueCounts: new Map([[3, 10]]),
  nullValueCounts: new Map([[3, 0]]),
  nanValueCounts: new Map([[5, 1]]),
  lowerBounds: new Map([[3, Buffer.from('a')]]),
  upperBounds: new Map([[3, Buffer.from('z')]]),
  splitOffsets: [4, 1000],
  sortOrderId: 1,
})
const entry = (more: Partial<ManifestEntry>): ManifestEntry => ({
  status: 'added',
  snapshotId: SNAPSHOT.id,
  sequenceNumber: undefined,
  fileSequenceNumber: undefined,
  file: FILE,
  ...more,
})
const MANIFEST: ManifestFile = manifestFile()

const JSON_WORDS = [
  ...['"schema-id":', '"type":"struct"', '"list"', '"map"', 'decimal(9,2)', 'fixed[16]', '"format-version":2'],
  ...[
    '"current-snapshot-id":',
    '"parent-snapshot-id":',
    '"fields":[]',
    'null',
    'true',
    '{',
    '[',
    '"',
    ',',
    ':',
    '\\u0000',
  ],
]

/** A value as text, whatever the order of its names; 0 is -0, too. */
const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_, part) => {
    if (typeof part === 'bigint') return String(part)
    const isObject = typeof part === 'object' && part !== null && !Array.isArray(part)
    return isObject ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part
  })

/** `v1.metadata.json` of a table, and what is asked of it first. */
const metadata: FuzzTarget = {
  name: 'iceberg-metadata',
  refusals: [TableFormatError, UnsupportedTableError],
  dictionary: JSON_WORDS,
  open: async () => ({
    seeds: [Buffer.from(formatMetadata(METADATA)), ...keptInputs('iceberg-metadata', 'seed')],
    read(input) {
      const parsed = parseMetadata(Buffer.from(input).toString(), 'v1.metadata.json')
      const again = parseMetadata(formatMetadata(parsed), 'v1.metadata.json')
      require(inOrder(again) === inOrder(parsed), 'it is another when it is written and read')
      currentSchema(parsed)
      currentSpec(parsed)
      currentSnapshot(parsed)
      listAncestors(parsed)
      listBatches(parsed)
      for (const spec of parsed['partition-specs']) typePartitionFields(spec, parsed.schemas)
    },
  }),
}

const AVRO_WORDS = [
  ...['Obj\x01', 'avro.codec', 'deflate', 'avro.schema', '"null"', '"long"', '"record"', '"array"', '"map"', '"fixed"'],
  ...[
    '"type":',
    '"fields":[]',
    '"items":"null"',
    '"field-id":',
    '\x00',
    '\x02',
    '\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01',
  ],
]

const manifestList: FuzzTarget = {
  name: 'iceberg-manifest-list',
  refusals: [TableFormatError, UnsupportedTableError],
  dictionary: AVRO_WORDS,
  open: async () => {
    const summary = { containsNull: false, containsNaN: false, lower: Buffer.from('a'), upper: Buffer.from('b') }
    const written = formatManifestList(
      [manifestFile({ partitions: [summary, { containsNull: true }] }), MANIFEST],
      SNAPSHOT,
    )
    const foreign = keptInputs('iceberg-manifest-list', 'seed')
    return {
      seeds: [written, withoutDeflate(written), ...foreign, ...foreign.map(withoutDeflate)],
      read(input) {
        const parsed = parseManifestList(input, 'snap.avro')
        const again = parseManifestList(formatManifestList(parsed, SNAPSHOT), 'snap.avro')
        require(again.length === parsed.length &&
          again.every((each, i) => each.path === parsed[i]?.path), 'it is another when it is written and read')
      },
    }
  },
}

const manifestEntries: FuzzTarget = {
  name: 'iceberg-manifest',
  refusals: [TableFormatError, UnsupportedTableError],
  dictionary: AVRO_WORDS,
  open: async () => {
    const written = formatManifest(METADATA, 0, [entry({}), entry({ status: 'deleted', sequenceNumber: 3 })])
    const foreign = keptInputs('iceberg-manifest', 'seed')
    return {
      seeds: [written, withoutDeflate(written), ...foreign, ...foreign.map(withoutDeflate)],
      read(input) {
        const parsed = parseManifest(input, MANIFEST, METADATA)
        const again = parseManifest(formatManifest(METADATA, 0, parsed), MANIFEST, METADATA)
        require(again.length === parsed.length &&
          again.every(
            (each, i) => each.file.path === parsed[i]?.file.path,
          ), 'it is another when it is written and read')
      },
    }
  },
}

const TYPES: readonly PrimitiveType[] = [
  ...(['boolean', 'int', 'long', 'float', 'double', 'date', 'time', 'timestamp', 'timestamptz', 'string'] as const),
  ...(['uuid', 'binary', 'decimal(9,2)', 'decimal(38,0)', 'fixed[4]'] as const),
]

/** A bound of a column, as manifests have them: the first byte says the type. */
const bound: FuzzTarget = {
  name: 'iceberg-bound',
  refusals: [TableFormatError, ColumnValueError],
  dictionary: ['\xff\xff\xff\xff\xff\xff\xff\x7f', '\x00\x00\xc0\x7f', '\x80', 'é', '😀'],
  open: async () => ({
    seeds: TYPES.map((_, i) => Buffer.from([i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])),
    read(input) {
      const type = TYPES[(input[0] ?? 0) % TYPES.length] ?? 'string'
      const bytes = input.subarray(1)
      const value = decodeSingleValue(type, bytes)
      comparableBound(type, bytes)
      // A decimal may have bytes enough for more digits than its type: such a bound is wider than any value.
      if (!isValueOf(type, value)) return require(type.startsWith('decimal'), 'it is no value of its type')
      const again = decodeSingleValue(type, encodeSingleValue(type, value))
      require(isDeepStrictEqual(again, value), 'it is another when it is written and read')
    },
  }),
}

/** A type as a person writes it in config/tables. */
const typeText: FuzzTarget = {
  name: 'type-text',
  refusals: [UnsupportedTableError, TableFormatError],
  dictionary: ['array<', 'struct<', 'map<', '>', 'decimal(', 'string', ',', ':', 'bigint', 'timestamp'],
  open: async () => ({
    seeds: ['decimal(9, 2)', 'array<struct<a: string, b: array<int>>>', 'map<string, double>', 'timestamp'].map(each =>
      Buffer.from(each),
    ),
    read(input) {
      parseTypeText(Buffer.from(input).toString(), 'type')
    },
  }),
}

export const ICEBERG_TARGETS: readonly FuzzTarget[] = [metadata, manifestList, manifestEntries, bound, typeText]
