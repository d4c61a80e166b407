import { describe, expect, test } from 'vitest'
import type { Kind } from '../../src/output/cells.js'
import { agoText, exactText, splitLong, type Value, valueText } from '../../src/ui/app/parts/valueText.js'

describe('a value', () => {
  test.each<[value: Value, kind: Kind, shown: string, exact: string | undefined]>([
    [null, 'bytes', '', undefined],
    [38_200_000_000, 'bytes', '38.2 GB', '38,200,000,000 bytes'],
    [203_118, 'count', '203,118', '203118'],
    [12, 'count', '12', undefined],
    [0.975, 'share', '97.5 %', '0.975'],
    [1400, 'duration', '1.4 s', '1400'],
    [0.75, 'usd', '0.75 USD', '0.75'],
    ['2026-01-20T01:00:07.000Z', 'time', '2026-01-20 01:00', '2026-01-20 01:00:07 UTC'],
    ['2026-01-20T01:00:07.250Z', 'time', '2026-01-20 01:00', '2026-01-20 01:00:07.250 UTC'],
    ['someday', 'time', 'someday', 'someday UTC'],
    ['a b', 'text', 'a b', 'a b'],
    ['<b>x</b>', 'text', '<b>x</b>', '<b>x</b>'],
    ['a\u202egpj.exe', 'text', 'a\\u202egpj.exe', 'a\\u202egpj.exe'], // would be read backwards
    [true, 'text', 'true', 'true'],
  ])('%j as %s', (value, kind, shown, exact) => {
    expect(valueText(value, kind)).toBe(shown)
    expect(exactText(value, kind)).toBe(exact)
  })
})

test.each([
  [0, 'just now'],
  [-30_000, 'just now'],
  [9 * 3_600_000, '9 h ago'],
  [-2 * 86_400_000, 'in 2 days'],
  [Number.NaN, ''],
])('%d ms after a moment it was %j', (ms, text) =>
  expect(agoText('2026-01-20T01:00:00.000Z', Date.parse('2026-01-20T01:00:00Z') + ms)).toBe(text),
)

test.each([
  ['a/b.jpg', ''],
  ['n'.repeat(160), ''],
  [`${'a/'.repeat(100)}f`, `${'/a'.repeat(19)}/f`],
  [`${'n'.repeat(160)}🦓${'m'.repeat(39)}`, `🦓${'m'.repeat(39)}`], // no half of a letter
])('of %j the end is %j', (text, end) => {
  expect(splitLong(text)[1]).toBe(end)
  expect(splitLong(text).join('')).toBe(text)
})
