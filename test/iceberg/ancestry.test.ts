import { describe, expect, test } from 'vitest'
import { NotFoundError, UsageError } from '../../src/errors.js'
import { findAsOf, listAncestors, rollBack } from '../../src/iceberg/ancestry.js'
import { BATCHES_PROPERTY, listBatches } from '../../src/iceberg/batches.js'
import { TableFormatError } from '../../src/iceberg/errors.js'
import type { TableMetadata } from '../../src/iceberg/metadata.js'
import { planExpiry } from '../../src/iceberg/planExpiry.js'
import { metadataAt } from './examples.js'

/** Snapshots as [id, parent], made and logged at 10, 20, …; each has a batch `b<id>`. The last is the current one. */
function history(...made: readonly (readonly [id: number, parent?: number])[]): TableMetadata {
  const current = BigInt(made.at(-1)?.[0] ?? -1)
  return {
    ...metadataAt('s3://b/lake/tables/t'),
    'last-updated-ms': made.length * 10,
    'last-sequence-number': made.length,
    'current-snapshot-id': current,
    refs: { main: { 'snapshot-id': current, type: 'branch' } },
    snapshots: made.map(([id, parent], i) => ({
      'snapshot-id': BigInt(id),
      ...(parent !== undefined && { 'parent-snapshot-id': BigInt(parent) }),
      'sequence-number': i + 1,
      'timestamp-ms': (i + 1) * 10,
      'manifest-list': `l${id}`,
      summary: { 'stocktake.batch': `b${id}` },
    })),
    'snapshot-log': made.map(([id], i) => ({ 'timestamp-ms': (i + 1) * 10, 'snapshot-id': BigInt(id) })),
  }
}
const LINE = history([1], [2, 1], [3, 2])
const idsOf = (metadata: TableMetadata) => listAncestors(metadata).map(snapshot => Number(snapshot['snapshot-id']))

describe('ancestors', () => {
  test.each<[string, TableMetadata, number[]]>([
    ['of an empty table', metadataAt('s3://b/t'), []],
    ['newest first', LINE, [3, 2, 1]],
    ['none beside the line', history([1], [2, 1], [3, 1]), [3, 1]],
    ['up to one that is gone', history([2, 1], [3, 2]), [3, 2]],
    ['of a broken table that goes in a circle', history([1, 3], [2, 1], [3, 2]), [3, 2, 1]],
  ])('%s', (_, metadata, ids) => expect(idsOf(metadata)).toEqual(ids))
})

describe('as of a time', () => {
  const back = rollBack(LINE, 1n, new Date(40))
  test.each<[number, number | undefined]>([
    [9, undefined],
    [10, 1],
    [19, 1],
    [20, 2],
    [39, 3],
    [40, 1], // rolled back
    [99, 1],
  ])('%d it was %s', (ms, id) => {
    const found = findAsOf(back, new Date(ms))?.['snapshot-id']
    expect(found).toBe(id === undefined ? undefined : BigInt(id))
  })

  test('nothing is known of a time whose snapshot has expired', () =>
    expect(findAsOf({ ...LINE, snapshots: LINE.snapshots.slice(1) }, new Date(15))).toBeUndefined())
})

describe('a rollback', () => {
  test('makes an ancestor the current one, in the log too, and keeps the rest', () => {
    const back = rollBack(LINE, 1n, new Date(5)) // the clock was put back; time in a table wasn't
    expect(back).toMatchObject({
      'current-snapshot-id': 1n,
      'last-updated-ms': 30,
      'last-sequence-number': 3,
      refs: { main: { 'snapshot-id': 1n, type: 'branch' } },
    })
    expect(back['snapshot-log'].at(-1)).toEqual({ 'timestamp-ms': 30, 'snapshot-id': 1n })
    expect(back.snapshots).toBe(LINE.snapshots)
    expect(rollBack(back, 1n, new Date(50))).toBe(back)
  })

  test.each<[string, TableMetadata, bigint, new (...args: never[]) => Error]>([
    ['one that is not there', LINE, 9n, NotFoundError],
    ['one beside the line', history([1], [2, 1], [3, 1]), 2n, UsageError],
    ['forward again', rollBack(LINE, 1n, new Date(40)), 3n, UsageError],
    ['an empty table', metadataAt('s3://b/t'), 1n, NotFoundError],
  ])('is refused to %s', (_, metadata, id, error) => expect(() => rollBack(metadata, id, new Date(50))).toThrow(error))
})

describe('the batches in a table', () => {
  const expire = (metadata: TableMetadata) => planExpiry(metadata, { keep: 1, graceMs: 0 }, new Date(1_000)).metadata
  const batchesOf = (metadata: TableMetadata) => [...listBatches(metadata)].sort()

  test('are those of all that led to it, and not those that were rolled back', () => {
    expect(batchesOf(LINE)).toEqual(['b1', 'b2', 'b3'])
    expect(batchesOf(rollBack(LINE, 1n, new Date(40)))).toEqual(['b1'])
    expect(batchesOf(history([1], [2, 1], [3, 1]))).toEqual(['b1', 'b3'])
  })

  test('outlive their snapshots, again and again', () => {
    const once = expire(LINE)
    expect(once.snapshots).toHaveLength(1)
    expect(once.properties).toEqual({ [BATCHES_PROPERTY]: '["b1","b2"]' })
    expect(batchesOf(once)).toEqual(['b1', 'b2', 'b3'])
    const more = history([3], [4, 3], [5, 4])
    expect(batchesOf(expire({ ...more, properties: once.properties }))).toEqual(['b1', 'b2', 'b3', 'b4', 'b5'])
  })

  test('of what was rolled back go with its snapshots', () => {
    const back = rollBack(LINE, 1n, new Date(40))
    const after = expire(back)
    expect(batchesOf(after)).toEqual(['b1'])
    expect(after.properties).toEqual({})
  })

  test('stay where a tag keeps a snapshot that the line no longer reaches', () => {
    const tagged: TableMetadata = { ...LINE, refs: { ...LINE.refs, old: { 'snapshot-id': 1n, type: 'tag' } } }
    expect(batchesOf(expire(tagged))).toEqual(['b1', 'b2', 'b3'])
  })

  test('are not guessed from a property that somebody broke', () => {
    const broken = { ...LINE, properties: { [BATCHES_PROPERTY]: '{}' } }
    expect(() => listBatches(broken)).toThrow(TableFormatError)
  })
})
