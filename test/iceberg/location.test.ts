import { describe, expect, test } from 'vitest'
import { FileOutsideTableError } from '../../src/iceberg/errors.js'
import { dataFolder, recordedPath, resolveFile, tableLocation } from '../../src/iceberg/location.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { metadataAt } from './examples.js'

const lake = (url: string, recorded = `${url}/tables/t`) => {
  const store = new MemoryStore(url)
  return { store, location: tableLocation(store, 't'), metadata: metadataAt(recorded) }
}

describe('a file named by a manifest', () => {
  test.each([
    ['s3://b/lake', 's3://b/lake/tables/t', 's3://b/lake/tables/t/data/x.parquet', 'tables/t/data/x.parquet'],
    ['s3://b/lake', 's3://b/lake/tables/t', 's3a://b/lake/tables/t/data/x.parquet', 'tables/t/data/x.parquet'],
    ['s3://b/lake', 's3a://b/lake/tables/t', 's3n://b/lake/tables/t/data/x.parquet', 'tables/t/data/x.parquet'],
    ['s3://new/l', 's3://old/lake/tables/t', 's3://old/lake/tables/t/data/x', 'tables/t/data/x'], // the lake was copied
    ['s3://new/l', 's3://old/lake/tables/t', 's3://new/l/tables/t/data/x', 'tables/t/data/x'], // and written to
    ['file:///new', 'file:/old/tables/t', '/old/tables/t/data/x', 'tables/t/data/x'], // other engines' spellings
    ['file:///a%20b', 'file:///a b/tables/t', 'file:///a b/tables/t/data/c=x%2Fy/f', 'tables/t/data/c=x%2Fy/f'],
    ['file:///a%20b', 'file:///a b/tables/t', 'file:///a%20b/tables/t/data/f', 'tables/t/data/f'],
  ])('in %s, recorded as %s: %s is %s', (url, recorded, path, key) =>
    expect(resolveFile(lake(url, recorded), path)).toBe(key),
  )

  test.each([
    's3://b/lake/tables/t2/data/x',
    's3://b/lake/tables/t/../other/x',
    's3://other/lake/tables/t/data/x',
    'file:///etc/passwd',
    's3://b/lake/tables/t',
  ])('%s is outside the table', path =>
    expect(() => resolveFile(lake('s3://b/lake'), path)).toThrow(FileOutsideTableError),
  )
})

/** A table whose files are in `processed/`, as it was recorded in a lake. */
const apart = (url: string, recordedLake = url, path = `${recordedLake}/processed/s/c`) => {
  const { metadata, ...table } = lake(url, `${recordedLake}/tables/t`)
  return { ...table, metadata: { ...metadata, properties: { 'write.data.path': path } } }
}

describe('a table whose files are elsewhere in the lake', () => {
  test.each([
    ['s3://b/lake', 's3://b/lake', 's3://b/lake/processed/s/c/product_id=a%2Fb/f', 'processed/s/c/product_id=a%2Fb/f'],
    ['s3://b/lake', 's3://b/lake', 's3a://b/lake/processed/s/c/f', 'processed/s/c/f'],
    ['s3://b/lake', 's3://b/lake', 's3://b/lake/tables/t/metadata/f', 'tables/t/metadata/f'],
    ['s3://new/l', 's3://old/lake', 's3://old/lake/processed/s/c/f', 'processed/s/c/f'], // the lake was copied
    ['s3://new/l', 's3://old/lake', 's3://new/l/processed/s/c/f', 'processed/s/c/f'], // and written to
    ['file:///a%20b', 'file:///a b', 'file:///a b/processed/s/c/f', 'processed/s/c/f'],
  ])('in %s, recorded in %s: %s is %s', (url, recorded, path, key) => {
    expect(resolveFile(apart(url, recorded), path)).toBe(key)
    expect(resolveFile(apart(url, recorded), recordedPath(apart(url, recorded), key))).toBe(key)
  })

  test('are written under the lake that its metadata records', () =>
    expect(recordedPath(apart('s3://new/l', 's3://old/lake'), 'processed/s/c/f')).toBe('s3://old/lake/processed/s/c/f'))

  test.each([
    's3://b/lake/processed/s/c2/f',
    's3://b/lake/processed/s/c/../../../state/f',
    's3://b/lake/raw/ready/s/f',
    's3://other/lake/processed/s/c/f',
  ])('%s is none of them', path => expect(() => resolveFile(apart('s3://b/lake'), path)).toThrow(FileOutsideTableError))

  test.each(['s3://b/lake/state', 's3://b/lake/processed/../state', 's3://other/processed/s/c', '/processed/s'])(
    'not where its property names %s',
    path => {
      const table = apart('s3://b/lake', 's3://b/lake', path)
      expect(dataFolder(table)).toBeUndefined()
      expect(() => resolveFile(table, `${path}/f`)).toThrow(FileOutsideTableError)
    },
  )
})

test('paths are written under the location that the metadata records, so that one prefix fits all of them', () => {
  const moved = lake('s3://new/l', 's3://old/lake/tables/t')
  expect(recordedPath(moved, 'tables/t/data/x')).toBe('s3://old/lake/tables/t/data/x')
  expect(resolveFile(moved, recordedPath(moved, 'tables/t/data/x'))).toBe('tables/t/data/x')
})

test('a location is spelled as it is, because other readers look for %20 in the name', () =>
  expect(tableLocation(new FolderStore('/data/a lake'), 't')).toBe('file:///data/a lake/tables/t'))
