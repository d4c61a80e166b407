import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UsageError } from '../../src/errors.js'
import { formatImportId } from '../../src/snapshot/importId.js'
import { compareSnapshotNames, parseSnapshotName, snapshotDate } from '../../src/snapshot/snapshotName.js'

test.each([
  ['2026-01-20T01-00Z', '2026-01-20T01:00:00.000Z'], // a report's
  ['2026-01-20T10-31-07Z', '2026-01-20T10:31:07.000Z'], // a scan's
  ['2024-02-29T23-59Z', '2024-02-29T23:59:00.000Z'],
])('the snapshot %s is of %s', (name, iso) => {
  expect(parseSnapshotName(name)).toEqual(new Date(iso))
  expect(snapshotDate(name)).toBe(iso.slice(0, 10))
})

test.each([
  '',
  '2026-01-20',
  '2026-01-20T01:00Z',
  '2026-01-20T25-00Z',
  '2026-02-30T01-00Z',
  '2026-01-20T01-00',
  'x2026-01-20T01-00Z',
])('%j names no snapshot', name => expect(() => parseSnapshotName(name)).toThrow(UsageError))

test('names are ordered by time, a scan after the report of its minute', () => {
  const names = ['2026-01-20T10-31-07Z', '2026-01-20T10-32Z', '2026-01-20T10-31Z', '2025-12-31T23-59-59Z']
  expect(names.sort(compareSnapshotNames)).toEqual([
    '2025-12-31T23-59-59Z',
    '2026-01-20T10-31Z',
    '2026-01-20T10-31-07Z',
    '2026-01-20T10-32Z',
  ])
})

test('import ids are UUIDs of version 7, and in the order of time as text', () => {
  const random = fc.uint8Array({ minLength: 10, maxLength: 10 })
  const time = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  fc.assert(
    fc.property(time, time, random, random, (a, b, bytesA, bytesB) => {
      const [idA, idB] = [formatImportId(a, bytesA), formatImportId(b, bytesB)]
      expect(idA).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      if (a < b) expect(idA < idB).toBe(true)
    }),
  )
})
