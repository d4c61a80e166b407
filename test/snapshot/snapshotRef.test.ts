import { expect, test } from 'vitest'
import { UsageError } from '../../src/errors.js'
import type { Receipt } from '../../src/snapshot/receipts.js'
import { findSnapshotRef, matchSnapshot, parseSnapshotRef } from '../../src/snapshot/snapshotRef.js'

const NAMES = [
  '2026-01-20T10-31-07Z', // a scan
  '2026-01-20T01-00-00Z', // a scan that began with the minute of the report
  '2026-01-20T01-00Z',
  '2026-01-13T01-00Z',
]
const receipts = NAMES.map(snapshot => ({ snapshot, dt: snapshot.slice(0, 10) }) as Receipt)

test.each([
  ['latest', NAMES[0]],
  ['latest~0', NAMES[0]],
  ['latest~3', NAMES[3]],
  ['latest~4', undefined],
  ['latest~999999', undefined],
  ['2026-01-20', NAMES[0]], // the newest of the day
  ['2026-01-13', NAMES[3]],
  ['2026-01-14', undefined],
  ['2026-01-20T01-00Z', NAMES[2]], // by its name
  ['2026-01-20T01-00-00Z', NAMES[1]],
  ['2026-01-20T01:00:00Z', NAMES[1]], // by its time: the newer of the two
  ['2026-01-20T10:31:07Z', NAMES[0]],
  ['2026-01-20T10:31:07.000Z', NAMES[0]],
  ['2026-01-20 10:31:07', NAMES[0]],
  ['2026-01-20T10:31Z', undefined], // another second
  ['2026-01-13T01:00', NAMES[3]],
  ['2026-01-13T02:00', undefined],
])('%s is %s', (text, name) => expect(matchSnapshot(parseSnapshotRef(text), receipts)?.snapshot).toBe(name))

test.each([
  '',
  'newest',
  'Latest',
  'latest~',
  'latest~-1',
  'latest~1.5',
  'latest~1234567',
  'latest 1',
  '2026-02-30',
  '2026-13-01',
  '2026-1-2',
  '2026-01-20T25-00Z',
  '2026-01-20T01-60Z',
  '2026-01-20T01-00Zx',
  '20260120',
  '2026-01-20T01:00+02:00',
])('%j names no snapshot', text => {
  expect(findSnapshotRef(text)).toBeUndefined()
  expect(() => parseSnapshotRef(text)).toThrow(UsageError)
})
