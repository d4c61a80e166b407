import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Receipt } from '../../src/snapshot/receipts.js'
import { type Keep, planRetention } from '../../src/snapshot/retention.js'

const NOW = new Date('2026-06-01T00:00Z')
const LONG_AGO = new Date('2020-01-01T00:00Z')

interface Made {
  readonly connector?: string
  readonly scope?: string
  readonly sampleRate?: number
  readonly importedAt?: Date
}

const receipt = (
  snapshot: string,
  { connector = 'a', scope = '', sampleRate, importedAt = LONG_AGO }: Made = {},
): Receipt =>
  ({
    ...{ connector, snapshot, scope, dt: snapshot.slice(0, 10), imported_at: importedAt },
    sample_rate: sampleRate ?? null,
    import_id: [connector, snapshot, scope, sampleRate].join(),
  }) as Receipt

const whole = (...names: string[]): Receipt[] => names.map(name => receipt(name))

/** The snapshots that stay, with why, and those that go; newest first. */
function decide(receipts: readonly Receipt[], keep: Partial<Keep>) {
  const plan = planRetention(receipts, { daily: 0, weekly: 0, monthly: 0, ...keep }, NOW)
  const nameOf = ({ snapshot, scope, sample_rate }: Receipt): string =>
    [snapshot, ...(scope === '' ? [] : [scope]), ...(sample_rate === null ? [] : ['sample'])].join(' ')
  return {
    keep: plan.keep.map(({ receipt, reasons }) => `${nameOf(receipt)}: ${reasons.join(', ')}`),
    drop: plan.drop.map(nameOf),
  }
}

describe('of the whole snapshots of a connector', () => {
  test.each<[what: string, names: string[], keep: Partial<Keep>, kept: string[]]>([
    ['the newest stays though nothing is kept', ['2026-01-01T01-00Z', '2026-01-02T01-00Z'], {}, ['2026-01-02T01-00Z']],
    [
      'the newest of each day stays',
      ['2026-01-01T01-00Z', '2026-01-01T13-00Z', '2026-01-01T23-59-59Z', '2026-01-02T00-00Z', '2026-01-02T09-00Z'],
      { daily: 2 },
      ['2026-01-02T09-00Z', '2026-01-01T23-59-59Z'],
    ],
    [
      'days without one count for nothing',
      ['2025-03-01T01-00Z', '2025-09-01T01-00Z', '2026-01-01T01-00Z'],
      { daily: 2 },
      ['2026-01-01T01-00Z', '2025-09-01T01-00Z'],
    ],
    [
      'a week is from Monday to Sunday, also over the new year',
      ['2025-12-28T01-00Z', '2025-12-29T01-00Z', '2026-01-01T01-00Z', '2026-01-04T01-00Z', '2026-01-05T01-00Z'],
      { weekly: 3 },
      ['2026-01-05T01-00Z', '2026-01-04T01-00Z', '2025-12-28T01-00Z'],
    ],
    [
      'weeks of years with 53 of them are told apart',
      ['2020-12-31T01-00Z', '2021-01-03T01-00Z', '2021-01-04T01-00Z', '2021-12-31T01-00Z'],
      { weekly: 9 },
      ['2021-12-31T01-00Z', '2021-01-04T01-00Z', '2021-01-03T01-00Z'],
    ],
    [
      'a month ends where UTC says',
      ['2025-12-31T23-59Z', '2026-01-01T00-00Z', '2026-01-31T23-59Z', '2026-02-01T00-00Z'],
      { monthly: 2 },
      ['2026-02-01T00-00Z', '2026-01-31T23-59Z'],
    ],
    [
      'a rule does not use up what another keeps',
      ['2025-11-30T01-00Z', '2025-12-31T01-00Z', '2026-01-30T01-00Z', '2026-01-31T01-00Z'],
      { daily: 2, monthly: 2 },
      ['2026-01-31T01-00Z', '2026-01-30T01-00Z', '2025-12-31T01-00Z'],
    ],
    ['one of the future is the newest', ['2031-01-01T01-00Z', '2026-01-01T01-00Z'], {}, ['2031-01-01T01-00Z']],
  ])('%s', (_, names, keep, kept) => {
    expect(decide(whole(...names), keep).keep.map(text => text.split(':')[0])).toEqual(kept)
  })

  test('each has the reasons that keep it', () => {
    const names = ['2026-01-31T01-00Z', '2026-02-01T01-00Z', '2026-02-02T01-00Z', '2026-02-03T01-00Z']
    expect(decide(whole(...names), { daily: 1, weekly: 2, monthly: 2 })).toEqual({
      keep: [
        '2026-02-03T01-00Z: newest, daily, weekly, monthly',
        '2026-02-01T01-00Z: weekly',
        '2026-01-31T01-00Z: monthly',
      ],
      drop: ['2026-02-02T01-00Z'],
    })
  })

  test('one that was imported within a day stays, whatever it is of', () => {
    const at = (importedAt: string) => receipt('2020-01-01T01-00Z', { importedAt: new Date(importedAt) })
    const [newest] = whole('2026-01-01T01-00Z')
    const decideOn = (old: Receipt) => decide([old, ...(newest ? [newest] : [])], {})
    expect(decideOn(at('2026-05-31T00:00:01Z')).keep).toContain('2020-01-01T01-00Z: imported lately')
    expect(decideOn(at('2026-05-31T00:00:00Z')).drop).toEqual(['2020-01-01T01-00Z'])
    expect(decideOn(at('2027-01-01T00:00:00Z')).drop).toEqual([]) // by a clock that was wrong, here or there
  })
})

describe('of samples and scans', () => {
  test('the newest sample stays where there is no whole snapshot', () => {
    const samples = ['2026-01-01T01-00-00Z', '2026-01-02T01-00-00Z'].map(name => receipt(name, { sampleRate: 0.1 }))
    expect(decide(samples, {}).keep).toEqual(['2026-01-02T01-00-00Z sample: newest'])
    expect(decide([...samples, ...whole('2025-01-01T01-00Z')], {})).toEqual({
      keep: ['2025-01-01T01-00Z: newest'],
      drop: ['2026-01-02T01-00-00Z sample', '2026-01-01T01-00-00Z sample'],
    })
  })

  test('samples and whole snapshots are counted apart', () => {
    const sample = receipt('2026-01-03T01-00-00Z', { sampleRate: 0.1 })
    expect(decide([sample, ...whole('2026-01-01T01-00Z', '2026-01-02T01-00Z')], { daily: 1 })).toEqual({
      keep: ['2026-01-03T01-00-00Z sample: daily', '2026-01-02T01-00Z: newest, daily'],
      drop: ['2026-01-01T01-00Z'],
    })
  })

  test('a scan of a prefix stays for as long as it says more than the newest whole snapshot', () => {
    const scan = (snapshot: string, scope = 'x/') => receipt(snapshot, { scope })
    const scans = [scan('2026-01-01T01-00-00Z'), scan('2026-01-03T01-00-00Z'), scan('2026-01-03T02-00-00Z', 'x/y/')]
    expect(decide([...scans, ...whole('2026-01-02T01-00Z')], { daily: 9 })).toEqual({
      keep: [
        '2026-01-03T02-00-00Z x/y/: newest, daily',
        '2026-01-03T01-00-00Z x/: newest, daily',
        '2026-01-02T01-00Z: newest, daily',
      ],
      drop: ['2026-01-01T01-00-00Z x/'],
    })
    expect(decide([...scans, ...whole('2026-01-04T01-00Z')], { daily: 9 }).keep).toEqual([
      '2026-01-04T01-00Z: newest, daily',
    ])
  })

  test('where there are only scans of prefixes, those of each are counted', () => {
    const scans = ['2026-01-01', '2026-01-02', '2026-01-03'].map(day => receipt(`${day}T01-00-00Z`, { scope: 'x/' }))
    expect(decide(scans, { daily: 2 })).toEqual({
      keep: ['2026-01-03T01-00-00Z x/: newest, daily', '2026-01-02T01-00-00Z x/: daily'],
      drop: ['2026-01-01T01-00-00Z x/'],
    })
  })

  test('connectors are counted apart', () => {
    const other = receipt('2020-01-01T01-00Z', { connector: 'b' })
    expect(decide([other, ...whole('2026-01-01T01-00Z')], {}).drop).toEqual([])
  })
})

describe('whatever there is', () => {
  const time = fc.date({ min: new Date('2024-12-20'), max: new Date('2026-01-10'), noInvalidDate: true })
  const made = fc.record({
    at: time,
    connector: fc.constantFrom('a', 'b'),
    scope: fc.constantFrom('', '', '', 'x/', 'x/y/'),
    sampleRate: fc.constantFrom(undefined, undefined, 0.5),
  })
  const anyReceipts = fc
    .array(made, { maxLength: 60 })
    .map(all => [
      ...new Map(
        all
          .map(each => receipt(`${each.at.toISOString().slice(0, 16).replace(':', '-')}Z`, each))
          .map(each => [each.import_id, each]),
      ).values(),
    ])
  const anyCount = fc.nat({ max: 12 })
  const anyKeep = fc.record({ daily: anyCount, weekly: anyCount, monthly: anyCount })

  const keptOf = (receipts: readonly Receipt[], keep: Keep) =>
    new Set(planRetention(receipts, keep, NOW).keep.map(({ receipt }) => receipt.import_id))

  test('each either stays, with a reason, or goes', () => {
    fc.assert(
      fc.property(anyReceipts, anyKeep, (receipts, keep) => {
        const plan = planRetention(receipts, keep, NOW)
        const all = [...plan.keep.map(({ receipt }) => receipt), ...plan.drop].map(({ import_id }) => import_id)
        return (
          plan.keep.every(({ reasons }) => reasons.length > 0) &&
          new Set(all).size === receipts.length &&
          all.length === receipts.length
        )
      }),
    )
  })

  test('the newest whole snapshot of a connector never goes, nor its newest sample while there is no other', () => {
    fc.assert(
      fc.property(anyReceipts, anyKeep, (receipts, keep) => {
        const dropped = new Set(planRetention(receipts, keep, NOW).drop)
        return ['a', 'b'].every(connector => {
          const all = receipts.filter(each => each.connector === connector && each.scope === '')
          const wholes = all.filter(({ sample_rate }) => sample_rate === null)
          const newest = (wholes.length > 0 ? wholes : all).toSorted((a, b) => (a.snapshot < b.snapshot ? 1 : -1))[0]
          return !newest || !dropped.has(newest)
        })
      }),
    )
  })

  test('higher numbers keep no less', () => {
    fc.assert(
      fc.property(anyReceipts, anyKeep, anyKeep, (receipts, keep, more) => {
        const higher = {
          daily: keep.daily + more.daily,
          weekly: keep.weekly + more.weekly,
          monthly: keep.monthly + more.monthly,
        }
        const kept = keptOf(receipts, higher)
        return [...keptOf(receipts, keep)].every(id => kept.has(id))
      }),
    )
  })

  test('of what stays, nothing goes when it is asked again', () => {
    fc.assert(
      fc.property(anyReceipts, anyKeep, (receipts, keep) => {
        const kept = planRetention(receipts, keep, NOW).keep.map(({ receipt }) => receipt)
        return planRetention(kept, keep, NOW).drop.length === 0
      }),
    )
  })
})
