import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatTaskId, listPlaceholders, renderCommand } from '../../src/reconcile/taskTemplate.js'

describe('values take the places of placeholders in arguments', () => {
  test.each<[template: string, values: Record<string, string>, arg: string]>([
    ['{date}', { date: '2025-11-03' }, '2025-11-03'],
    ['--date={date}', { date: '2025-11-03' }, '--date=2025-11-03'],
    ['{season}/{team}', { season: '2025-26', team: 'ATL' }, '2025-26/ATL'],
    ['{a}{a}', { a: 'x' }, 'xx'],
    ['{date:yyyyMMdd}', { date: '2025-11-03' }, '20251103'],
    ['{date:dd.MM.yyyy}', { date: '2025-11-03' }, '03.11.2025'],
    ['{date:yyyy/MM}', { date: '2025-11-03' }, '2025/11'],
    ['{date:yyyy-MM}', { date: '2025-11' }, '2025-11'],
    ['{date:yyyy-MM-ddTHH:00}', { date: '2025-11-03T07' }, '2025-11-03T07:00'],
    ['{"date": "{date}"}', { date: '2025-11-03' }, '{"date": "2025-11-03"}'],
    ['{"limit": 5}', {}, '{"limit": 5}'],
    ['{}', {}, '{}'],
    ['$({HOME})', { HOME: 'x' }, '$(x)'],
    ['plain', {}, 'plain'],
    ['', {}, ''],
    ['{a}', { a: '{b}', b: 'not this' }, '{b}'], // values are not templates
    ['{a}', { a: '$&$1' }, '$&$1'],
    ['{a}', { a: '$(rm -rf x)' }, '$(rm -rf x)'],
    ['{a}', { a: '; ls' }, '; ls'],
    ['{a}', { a: 'two\nlines' }, 'two\nlines'],
    ['{a}', { a: '' }, ''],
    ['{a}', { a: 'x-y' }, 'x-y'],
    ['-{a}', { a: '-force' }, '--force'], // the template begins an option itself
    ['--x={a}', { a: '-1' }, '--x=-1'],
  ])('%j with %j is %j', (template, values, arg) =>
    expect(renderCommand({ run: ['program', template] }, values)).toEqual({
      kind: 'command',
      command: ['program', arg],
    }),
  )

  test('the program is no template', () =>
    expect(renderCommand({ run: ['{date}', '{date}'] }, { date: 'x' })).toMatchObject({ command: ['{date}', 'x'] }))

  test('an argument stays one argument, whatever its value holds', () => {
    const value = fc.string({ unit: 'binary' }).filter(text => !text.includes('\0'))
    fc.assert(
      fc.property(value, value, (a, b) => {
        const rendered = renderCommand({ run: ['program', '--a={a}', 'and {b}'] }, { a, b })
        expect(rendered).toEqual({ kind: 'command', command: ['program', `--a=${a}`, `and ${b}`] })
      }),
    )
  })
})

describe('values that a program would take for something else are refused', () => {
  test.each<[template: string, values: Record<string, string>, why: RegExp]>([
    ['{a}', { a: '-rf' }, /"-rf" would be an option/],
    ['{a}', { a: '-' }, /would be an option/],
    ['{a}{b}', { a: '', b: '--force' }, /"--force" would be an option/],
    ['{a}', { a: 'x\0y' }, /NUL/],
    ['--a={a}', { a: '\0' }, /NUL/],
    ['{b}', { a: 'x' }, /no value for \{b\}/],
    ['{toString}', {}, /no value for \{toString\}/],
    ['{date:yyyyMMdd}', { date: '2025-11' }, /"2025-11" doesn't have all that \{date:yyyyMMdd\} wants/],
    ['{date:HH}', { date: '2025-11-03' }, /doesn't have all/],
    ['{date:yyyy}', { date: 'Monday' }, /doesn't have all/],
  ])('%j with %j', (template, values, why) =>
    expect(renderCommand({ run: ['program', 'first', template] }, values)).toEqual({
      kind: 'refused',
      why: expect.stringMatching(why),
    }),
  )
})

test.each([
  ['{date}', [{ name: 'date' }]],
  ['{season}/{date:yyyyMMdd}', [{ name: 'season' }, { name: 'date', pattern: 'yyyyMMdd' }]],
  ['{"a": "{date}"}', [{ name: 'date' }]],
  ['{} {1} {a b}', []],
])('placeholders of %j', (arg, placeholders) => expect(listPlaceholders(arg)).toEqual(placeholders))

describe('the id of a task', () => {
  const id = (of: string | string[], dataset = 'games', connector = 'demo') => formatTaskId({ connector, dataset, of })

  test('is always the same', () => {
    expect(id(['2025-11-03'])).toBe('task_c0a212df3bff99ad5dd96f0d4d')
    expect(id('gap_0123456789abcdef0123456789')).toMatch(/^task_[0-9a-f]{26}$/)
  })

  test('is of its dataset and values alone', () => {
    const ids = [
      id('a'),
      id(['a']),
      id(['a', 'b']),
      id(['a\nb']),
      id(['b', 'a']),
      id(['a'], 'teams'),
      id(['a'], 'games', 'other'),
      id([]),
      id(''),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })
})
