import { describe, expect, test } from 'vitest'
import { DEFAULT_PRICES } from '../../src/config/prices.js'
import type { Receipt } from '../../src/snapshot/receipts.js'
import { loadReport } from '../../src/snapshot/report.js'
import { closingLines, headingLines } from '../../src/snapshot/reportNotices.js'

/** The receipt of a whole bucket's snapshot, unless more is said. */
const receipt = (connector: string, snapshot: string, more: Partial<Receipt> = {}): Receipt =>
  ({
    ...{
      connector,
      snapshot,
      import_id: `${connector} ${snapshot}`,
      source: 'inventory',
      scope: '',
      sample_rate: null,
    },
    ...{ object_count: 5n, total_size_bytes: 50n, ...more },
  }) as Receipt

const facts = (name: string, receipts: readonly Receipt[], connector: string | null = null) => ({
  report: loadReport(name, {}),
  receipts,
  connector,
  now: new Date('2026-01-22T01:00:00Z'),
})

const PHOTOS = [receipt('photos', '2026-01-20T01-00Z'), receipt('photos', '2026-01-19T01-00Z')]

describe('a heading', () => {
  test('is the newest snapshot of each connector', () => {
    const receipts = [...PHOTOS, receipt('audio', '2026-01-22T00-00Z')]
    expect(headingLines(facts('classes', receipts))).toEqual([
      'audio 2026-01-22T00-00Z, 60 min old',
      'photos 2026-01-20T01-00Z, 2 days old',
    ])
    expect(headingLines(facts('classes', receipts, 'photos'))).toEqual(['photos 2026-01-20T01-00Z, 2 days old'])
  })

  test.each(['growth', 'savings', 'freshness'])('is none of a report on all snapshots: %s', name => {
    expect(headingLines(facts(name, PHOTOS))).toEqual([])
  })

  test('says that a sample is one, before all others', () => {
    const receipts = [...PHOTOS, receipt('zoo', '2026-01-22T00-00-00Z', { sample_rate: 0.1, source: 'api' })]
    expect(headingLines(facts('storage', receipts))).toEqual([
      'zoo 2026-01-22T00-00-00Z, 60 min old, a sample of 10 %: what was listed is shown, and not scaled',
      'photos 2026-01-20T01-00Z, 2 days old',
    ])
  })

  test('names newer scans of prefixes where they count', () => {
    const scan = receipt('photos', '2026-01-21T00-00-00Z', { scope: 'a/', source: 'api' })
    const before = receipt('photos', '2026-01-18T00-00-00Z', { scope: 'b/', source: 'api' })
    const receipts = [...PHOTOS, scan, before]
    expect(headingLines(facts('photo-stats', receipts))).toEqual([
      'photos 2026-01-20T01-00Z, 2 days old, with newer scans of a/',
    ])
    expect(headingLines(facts('classes', receipts))).toEqual(['photos 2026-01-20T01-00Z, 2 days old'])
  })

  test.each([
    ['select count(*) from objects where is_latest', []],
    ['select count(*) from objects where is_current', []],
    ['select is_latest from objects_latest', ['photos 2026-01-20T01-00Z, 2 days old']],
    ['select * from OBJECTS_LATEST', ['photos 2026-01-20T01-00Z, 2 days old']],
    ['select is_latest from objects_current', ['photos 2026-01-20T01-00Z, 2 days old, with newer scans of a/']],
  ])('goes by views, and not by columns: %s', (sql, lines) => {
    const receipts = [...PHOTOS, receipt('photos', '2026-01-21T00-00-00Z', { scope: 'a/', source: 'api' })]
    const { report, ...others } = facts('classes', receipts)
    expect(headingLines({ ...others, report: { ...report, model: { ...report.model, sql } } })).toEqual(lines)
  })

  test('has each scan of a prefix on its line, whatever the prefix is', () => {
    const scan = receipt('photos', '2026-01-21T00-00-00Z', { scope: 'a\nwarning: b/', source: 'api' })
    expect(headingLines(facts('photo-stats', [...PHOTOS, scan]))).toEqual([
      'photos 2026-01-20T01-00Z, 2 days old, with newer scans of a\\nwarning: b/',
    ])
  })

  test('says where sizes say nothing', () => {
    expect(headingLines(facts('sizes', [receipt('photos', '2026-01-20T01-00Z', { total_size_bytes: 0n })]))).toEqual([
      'photos 2026-01-20T01-00Z, 2 days old, without sizes, or of empty objects only',
    ])
  })

  test('of very many connectors is not longer than the report', () => {
    const receipts = Array.from({ length: 9 }, (_, i) => receipt(`c${i}`, '2026-01-20T01-00Z'))
    expect(headingLines(facts('classes', receipts)).slice(4)).toEqual([
      'c4 2026-01-20T01-00Z, 2 days old',
      'and 4 other connectors',
    ])
    expect(headingLines(facts('classes', receipts.slice(0, 6)))).toHaveLength(6)
  })

  test('is none where nothing is there, or is to come', () => {
    expect(headingLines(facts('classes', []))).toEqual([])
    expect(headingLines(facts('classes', PHOTOS, 'audio'))).toEqual([])
    expect(headingLines(facts('classes', [receipt('photos', '2026-02-01T00-00Z')]))).toEqual([
      'photos 2026-02-01T00-00Z',
    ])
  })
})

describe('what is said below', () => {
  const below = (name: string, rowCount: number, params: Record<string, bigint | number> = {}, receipts = PHOTOS) =>
    closingLines(
      { ...facts(name, receipts), report: loadReport(name, { ...DEFAULT_PRICES, ...params }) },
      rowCount,
      DEFAULT_PRICES,
    )

  test.each([
    ['classes', 3, []],
    ['classes', 0, ['no objects']],
    ['largest', 20, ['top is 20: there may be more, --param top=N']],
    ['largest', 19, []],
    ['savings', 2, ['prices are those of us-east-1 on 2026-11-21, without taxes and discounts']],
    ['savings', 0, ['no rows']],
  ])('%s of %i rows', (name, rowCount, lines) => expect(below(name, rowCount)).toEqual(lines))

  test('says what to do where there is no snapshot at all', () => {
    expect(below('classes', 0, {}, [])).toEqual(['no snapshots yet: stocktake import CONNECTOR'])
  })

  test('all prices may be a person’s own', () => {
    const own = { list_per_thousand: 1, get_per_thousand: 1, inventory_per_million: 1 }
    expect(below('savings', 1, own)).toEqual(['prices are 3 of yours'])
  })
})
