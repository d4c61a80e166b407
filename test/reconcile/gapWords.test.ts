import { describe, expect, test } from 'vitest'
import { companionPattern, companionPrefix, companionRows } from '../../src/reconcile/companionRows.js'
import type { Limits, PriorityRule } from '../../src/reconcile/expectations.js'
import { limitParams } from '../../src/reconcile/limitParams.js'
import { formatRule, ruleRows } from '../../src/reconcile/ruleRows.js'

test.each<[Limits, string | null]>([
  [{}, null],
  [{ min: 1 }, 'at least 1 object'],
  [{ min: 2 }, 'at least 2 objects'],
  [{ max: 1 }, 'at most 1 object'],
  [{ max: 0 }, 'at most 0 objects'],
  [{ min: 1, max: 3 }, '1 to 3 objects'],
  [{ min: 0, max: 1 }, '0 objects to 1 object'],
  [{ min: 1, max: 1 }, '1 object'],
  [{ min: 1000, max: 20_000 }, '1,000 to 20,000 objects'],
])('of objects, %o is %s', (objects, words) => {
  expect(limitParams({ objects, bytes: {} }).objects_words).toBe(words)
})

test.each<[Limits, string | null]>([
  [{ min: 1000 }, 'at least 1 kB'],
  [{ min: 1500, max: 5000 }, '1.5 to 5 kB'],
  [{ min: 1, max: 1_000_000 }, '1 B to 1 MB'],
  [{ max: 2e12 }, 'at most 2 TB'],
  [{ min: 1_234_567 }, 'at least 1,234,567 bytes'],
  [{ min: 1024, max: 2048 }, '1,024 to 2,048 bytes'],
])('of bytes, %o is %s', (bytes, words) => {
  expect(limitParams({ objects: {}, bytes }).bytes_words).toBe(words)
})

test('shares of a median have their words', () => {
  const ofMedian = { min: 0.5, max: 3, over: 14 }
  expect(limitParams({ objects: { ofMedian }, bytes: {} })).toMatchObject({
    objects_over: 14n,
    objects_median_least: 0.5,
    objects_median_least_words: 'at least 50 %',
    objects_median_most: 3,
    objects_median_most_words: 'at most 300 %',
    bytes_over: null,
  })
})

const DAY_MS = 86_400_000

describe('a rule says why it holds:', () => {
  test.each<[Omit<PriorityRule, 'priority'>, string]>([
    [{ weight: 8, olderThanMs: DAY_MS, kinds: ['missing'] }, 'weight is 8 or more and it is older than 1 day'],
    [{ newerThanMs: 7 * DAY_MS }, 'it is newer than 7 days'],
    [{ olderThanMs: 36 * 3_600_000 }, 'it is older than 36 h'],
    [{ missingShare: 0.2 }, '20 % or more of the dataset is missing'],
    [{ kinds: ['missing', 'too_small', 'zero_byte'] }, 'it is missing, too small or empty'],
    [{ datasets: ['a', 'b'] }, 'it is of a or b'],
    [{}, 'everything else is'],
  ])('%o: %s', (rule, words) => expect(formatRule({ priority: 'high', ...rule })).toBe(words))
})

test('a rule is a row for each of its kinds and datasets', () => {
  const rows = ruleRows([
    { priority: 'critical', kinds: ['missing', 'stale'], datasets: ['a', 'b'], weight: 8 },
    { priority: 'low' },
  ])
  expect(rows.map(({ place, priority, kind, dataset, weight }) => [place, priority, kind, dataset, weight])).toEqual([
    [1, 'critical', 'missing', 'a', 8],
    [1, 'critical', 'missing', 'b', 8],
    [1, 'critical', 'stale', 'a', 8],
    [1, 'critical', 'stale', 'b', 8],
    [2, 'low', undefined, undefined, undefined],
  ])
})

describe('companions', () => {
  test.each([
    ['{stem}.xmp', { head: '', placeholder: 'stem', tail: '.xmp' }],
    ['{key}.md5', { head: '', placeholder: 'key', tail: '.md5' }],
    ['thumbs/{stem}', { head: 'thumbs/', placeholder: 'stem', tail: '' }],
  ])('%s is taken apart', (text, row) => expect(companionRows([text])).toEqual([row]))

  test.each([
    [['{stem}.xmp'], 'a.xmp', true],
    [['{stem}.xmp'], 'a_xmp', false],
    [['{stem}.xmp'], 'a.xmp.gz', false],
    [['{stem}.xmp', '{key}.(a|b)'], 'x.(a|b)', true],
    [['thumbs/{stem}'], 'anything', false],
    [[], '', true], // no key is empty
  ])('of %j, whether %s ends as one is %s', (companions, key, isOne) => {
    const pattern = companionPattern(companionRows(companions)).replace('\\A', '^').replace('\\z', '$')
    expect(new RegExp(pattern, 'u').test(key)).toBe(isOne)
  })

  test.each([
    [['{stem}.xmp'], 'photos/2026/IMG_', 'photos/2026/'],
    [['{stem}.xmp'], 'IMG_1.CR3', ''],
    [['{key}.md5', 'thumbs/{stem}.jpg'], 'photos/', ''],
  ])('of %j beside keys that begin with %s lie below %j', (companions, prefix, below) => {
    expect(companionPrefix(companionRows(companions), prefix)).toBe(below)
  })
})
