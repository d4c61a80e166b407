import { describe, expect, test } from 'vitest'
import { TableFormatError, UnsupportedTableError } from '../../src/iceberg/errors.js'
import { formatJson, parseJson } from '../../src/iceberg/json.js'
import { currentSchema, currentSnapshot, formatMetadata, getSpec, parseMetadata } from '../../src/iceberg/metadata.js'
import { metadataAt } from './examples.js'

const written = formatMetadata(metadataAt('s3://b/t'))
const edited = (changes: object) => formatJson({ ...Object(parseJson(written, '')), ...changes })

test('metadata is read as it was written, and -1 says that there is no snapshot', () => {
  expect(parseMetadata(written, 'v1')).toEqual(metadataAt('s3://b/t'))
  expect(written).toContain('"current-snapshot-id":-1')
  expect(currentSnapshot(parseMetadata(written, 'v1'))).toBeUndefined()
})

describe('metadata of other writers', () => {
  const id = 9_007_199_254_740_993n // one past what a double holds
  const snapshot = { 'snapshot-id': id, 'timestamp-ms': 1, 'manifest-list': 's3://b/t/metadata/snap.avro' }

  test('keeps 63-bit snapshot ids to the digit', () => {
    const text = edited({
      'current-snapshot-id': id,
      snapshots: [snapshot],
      refs: { main: { 'snapshot-id': id, type: 'branch' } },
    })
    const metadata = parseMetadata(text, 'v2')
    expect(currentSnapshot(metadata)?.['snapshot-id']).toBe(id)
    expect(formatMetadata(metadata).match(/9007199254740993/g)).toHaveLength(3)
  })

  test('keeps keys that are not known here, and numbers as they are spelled', () => {
    const text = edited({ statistics: [{ 'snapshot-id': id, share: 1.5 }] }).replace('1.5', '0.10000000000000000000001')
    expect(formatMetadata(parseMetadata(text, 'v2'))).toContain(
      `"statistics":[{"snapshot-id":${id},"share":0.10000000000000000000001}]`,
    )
  })

  test.each([
    [
      {
        'current-snapshot-id': null,
        snapshots: undefined,
        refs: null,
        properties: null,
        'snapshot-log': null,
        'metadata-log': null,
      },
    ],
    [{ 'current-snapshot-id': undefined }],
    [{ location: 's3://b/t/' }],
    [{ snapshots: [{ ...snapshot, 'parent-snapshot-id': null, summary: null, 'schema-id': null }] }],
    [{ schemas: [{ type: 'struct', fields: [] }] }],
  ])('may leave out or spell otherwise: %o', changes => {
    const metadata = parseMetadata(edited(changes), 'v2')
    expect([metadata.location, metadata['current-snapshot-id']]).toEqual(['s3://b/t', -1n])
  })

  test.each([
    ['{', TableFormatError, 'expected JSON'],
    ['[]', TableFormatError, 'format-version 2'],
    ['{"format-version": 1}', UnsupportedTableError, 'got 1'],
    ['{"format-version": 3}', UnsupportedTableError, 'got 3'],
    ['{"format-version": 2}', TableFormatError, 'table-uuid'],
    [edited({ 'last-column-id': 'five' }), TableFormatError, 'last-column-id'],
    [
      edited({ schemas: [{ type: 'struct', fields: [{ id: 1, name: 'v', required: false, type: 'variant' }] }] }),
      UnsupportedTableError,
      'variant',
    ],
  ])('that is not version 2, or no metadata, is refused: %s', (text, error, message) => {
    expect(() => parseMetadata(text, 's3://b/t/v2')).toThrow(error)
    expect(() => parseMetadata(text, 's3://b/t/v2')).toThrow(message)
  })

  test.each([
    ['schema', () => currentSchema(parseMetadata(edited({ 'current-schema-id': 9 }), 'v2'))],
    ['partition spec 9', () => getSpec(parseMetadata(written, 'v2'), 9)],
    ['snapshot 9', () => currentSnapshot(parseMetadata(edited({ 'current-snapshot-id': 9 }), 'v2'))],
  ])('that lacks its own %s is refused', (what, read) => expect(read).toThrow(what))
})
