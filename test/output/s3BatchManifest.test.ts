import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/errors.js'
import {
  encodeKey,
  findManifestColumns,
  ManifestError,
  manifestFields,
  manifestLines,
} from '../../src/output/s3BatchManifest.js'

async function lines(
  rows: readonly object[],
  names: readonly string[] = Object.keys(rows[0] ?? {}),
): Promise<string[]> {
  const found: string[] = []
  for await (const line of manifestLines(rows, findManifestColumns(names))) found.push(line)
  return found
}

test.each([
  ['photos/2026/a.jpg', 'photos/2026/a.jpg'],
  ['a b.jpg', 'a%20b.jpg'],
  ['a+b.jpg', 'a%2Bb.jpg'],
  ['100%.txt', '100%25.txt'],
  ['a,"b".txt', 'a%2C%22b%22.txt'],
  ['Köln/€\u{1f4be}', 'K%C3%B6ln/%E2%82%AC%F0%9F%92%BE'],
  ["it's (1)!*.txt", 'it%27s%20%281%29%21%2A.txt'],
  ['a\r\nb\0', 'a%0D%0Ab%00'],
  ['dt=2026-01-20/~_.-', 'dt%3D2026-01-20/~_.-'],
  ['a//b/', 'a//b/'],
])('the key %j is written as %s', (key, encoded) => expect(encodeKey(key)).toBe(encoded))

test('every key is the same again when it is decoded, whether a plus is a space or not, and is one field of CSV', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), key => {
      const encoded = encodeKey(key)
      return (
        decodeURIComponent(encoded) === key &&
        decodeURIComponent(encoded.replaceAll('+', ' ')) === key &&
        /^[\w%./~-]+$/.test(encoded)
      )
    }),
  )
})

test('a line has bucket, key and version, whatever the order of the columns and their letters', async () => {
  const row = { Version_ID: 'v1', size: 5, KEY: 'a b', Bucket: 'photos' }
  expect(await lines([row])).toEqual(['photos,a%20b,v1\n'])
  expect(await lines([{ bucket: 'photos', key: 'a' }])).toEqual(['photos,a\n'])
  expect(await lines([], ['key', 'bucket'])).toEqual([])
  expect(manifestFields(findManifestColumns(['key', 'bucket']))).toBe('Bucket,Key')
  expect(manifestFields(findManifestColumns(['key', 'bucket', 'version_id']))).toBe('Bucket,Key,VersionId')
})

test.each([[['key']], [['bucket', 'size']], [[]]])('the columns %j are no manifest', names =>
  expect(() => findManifestColumns(names)).toThrow(UsageError),
)

describe('rows that S3 would take for other objects are refused', () => {
  const good = { bucket: 'photos', key: 'a', version_id: 'v1' }
  test.each<[string, object, string]>([
    ['another bucket', { ...good, bucket: 'other' }, 'expected objects of one bucket, photos, got other'],
    ['no version beside one', { ...good, version_id: null }, 'expected a version in version_id, as all rows need one'],
    [
      'an empty version',
      { ...good, version_id: '' },
      'expected a version in version_id, as all rows need one or none, got an empty text',
    ],
    ['no key', { ...good, key: null }, 'expected a text in key, got NULL'],
    ['an empty key', { ...good, key: '' }, 'expected a text in key, got an empty text'],
    ['a key that is a number', { ...good, key: 5n }, 'expected a text in key, got bigint'],
    ['no bucket', { ...good, bucket: null }, 'expected a text in bucket, got NULL'],
  ])('%s', async (_, row, message) => {
    await expect(lines([good, row])).rejects.toThrow(ManifestError)
    await expect(lines([good, row])).rejects.toThrow(`s3-batch, row 2: ${message}`)
  })
})
