import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ReportRefusedError } from '../../src/errors.js'
import { loadManifest } from '../../src/inventory/loadManifest.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'

const MANIFEST = JSON.stringify({
  sourceBucket: 'photo-bucket',
  destinationBucket: 'arn:aws:s3:::inventory',
  version: '2016-11-30',
  creationTimestamp: '1768870800000',
  fileFormat: 'Parquet',
  fileSchema:
    'message s3.inventory {  required binary bucket (STRING);  required binary key (STRING);  optional int64 size;}',
  files: [{ key: 'data/1.parquet', size: 12, MD5checksum: 'd41d8cd98f00b204e9800998ecf8427e' }],
})

/** Bytes that are replaced, put in, or cut off from there on. */
const change = () =>
  fc.record({
    at: fc.nat(MANIFEST.length),
    kind: fc.constantFrom('replace', 'insert', 'cut'),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  })

async function load(bytes: Uint8Array) {
  const store = new MemoryStore()
  await store.put('manifest.json', bytes)
  await store.put('manifest.checksum', Buffer.from(createHash('md5').update(bytes).digest('hex')))
  return loadManifest(store, 'manifest.json', { sourceBucket: 'photo-bucket' })
}

test('a manifest that was changed, with a checksum that agrees, is read or refused', async () => {
  const outcomes = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(change(), { minLength: 1, maxLength: 3 }), async changes => {
      let bytes = Buffer.from(MANIFEST)
      for (const { at, kind, bytes: given } of changes) {
        const rest = kind === 'cut' ? [] : [given, bytes.subarray(at + (kind === 'replace' ? given.length : 0))]
        bytes = Buffer.concat([bytes.subarray(0, at), ...rest])
      }
      try {
        const { manifest, columns } = await load(bytes)
        outcomes.add('read')
        return manifest.sourceBucket === 'photo-bucket' && columns.fields.some(({ field }) => field.column === 'key')
      } catch (error) {
        outcomes.add('refused')
        return error instanceof ReportRefusedError
      }
    }),
    { numRuns: 3000 },
  )
  expect([...outcomes].sort()).toEqual(['read', 'refused'])
})

test.each([
  ['nothing', ''],
  ['null', 'null'],
  ['a list', '[]'],
  ['deep nesting', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ['a schema that never closes', MANIFEST.replace('}"', '"')],
  ['a schema of ten thousand brackets', MANIFEST.replace('message s3.inventory {', `message ${'('.repeat(10_000)}{`)],
  ['a size past what numbers can hold', MANIFEST.replace('"size":12', '"size":1e400')],
])('%s is refused', (_, text) => expect(load(Buffer.from(text))).rejects.toThrow(ReportRefusedError))
