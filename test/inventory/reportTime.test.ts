import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findReportTime, formatReportTime, parseReportTime, ReportTimeError } from '../../src/inventory/reportTime.js'

test.each([
  ['2026-01-20T01-00Z', '2026-01-20T01:00:00.000Z'],
  ['2024-02-29T23-59Z', '2024-02-29T23:59:00.000Z'],
  ['1970-01-01T00-00Z', '1970-01-01T00:00:00.000Z'],
])('%s is %s', (name, iso) => {
  expect(parseReportTime(name).toISOString()).toBe(iso)
  expect(formatReportTime(new Date(iso))).toBe(name)
})

test.each([
  '',
  'hive',
  'data',
  '2026-01-20',
  '2026-01-20T01:00Z',
  '2026-01-20T01-00',
  '2026-01-20T01-00-00Z',
  '2026-01-20T24-00Z',
  '2026-01-20T01-60Z',
  '2026-02-30T01-00Z',
  '2025-02-29T01-00Z',
  '2026-13-01T01-00Z',
  '2026-00-01T01-00Z',
  ' 2026-01-20T01-00Z',
  '2026-01-20T01-00Z/',
  '2026-01-20T01-00Z\n',
])('%j is no report time', name => {
  expect(() => parseReportTime(name)).toThrow(ReportTimeError)
  expect(findReportTime(name)).toBeUndefined()
})

test('a wrong time says what would be right', () => {
  expect(() => parseReportTime('yesterday')).toThrow(
    'report time "yesterday": expected UTC to the minute, as 2026-01-20T01-00Z',
  )
})

test('seconds are cut off, not rounded', () => {
  expect(formatReportTime(new Date('2026-01-20T01:00:59.999Z'))).toBe('2026-01-20T01-00Z')
})

test('every minute has a name, and the name gives the minute', () => {
  const minutes = fc.integer({ min: 0, max: 4_223_371_679 }) // to the year 9999
  fc.assert(
    fc.property(
      minutes,
      minute => parseReportTime(formatReportTime(new Date(minute * 60_000))).getTime() === minute * 60_000,
    ),
  )
})
