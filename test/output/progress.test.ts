import { expect, test } from 'vitest'
import { formatBar } from '../../src/output/bar.js'
import { createProgress, formatProgress, noProgress, type ProgressStep } from '../../src/output/progress.js'
import { TextSink } from './textSink.js'

const reading: ProgressStep = { label: 'read', done: 6, total: 10, unit: 'files' }

test.each<[string, ProgressStep, number, string]>([
  [
    'all that is known',
    { ...reading, tally: { count: 6_204_000, unit: 'rows' } },
    12_000,
    'read    ██████████████████░░░░░░░░░░░░   6 of 10 files   6,204,000 rows   517,000 rows/s   8 s left',
  ],
  ['too soon for a rate', reading, 500, 'read    ██████████████████░░░░░░░░░░░░   6 of 10 files'],
  ['an unknown end', { label: 'list', done: 3000, unit: 'objects' }, 2000, 'list    3,000 objects   1,500 objects/s'],
  ['nothing yet', { ...reading, done: 0 }, 9000, `read    ${'░'.repeat(30)}   0 of 10 files`],
  ['the end', { ...reading, done: 10 }, 10_000, `read    ${'█'.repeat(30)}   10 of 10 files   1 files/s`],
  ['nothing to do', { ...reading, done: 0, total: 0 }, 0, 'read    0 of 0 files'],
])('%s', (_, step, elapsedMs, line) => expect(formatProgress(step, elapsedMs)).toBe(line))

test('one line is redrawn, ten times a second at most, and can be taken away', () => {
  const out = new TextSink(200)
  let time = 0
  const progress = createProgress(out, () => new Date(time))
  const drawn = () => {
    const { text } = out
    out.text = ''
    return text
  }
  progress.clear()
  expect(drawn()).toBe('')
  progress.update({ ...reading, done: 1 })
  expect(drawn()).toBe(`\r\x1b[2Kread    ███${'░'.repeat(27)}   1 of 10 files`)
  time = 50
  progress.update({ ...reading, done: 2 })
  expect(drawn()).toBe('')
  time = 100
  progress.update({ ...reading, done: 3 })
  expect(drawn()).toContain('3 of 10 files')
  progress.update({ ...reading, label: 'sort', done: 1 }) // other work: at once, and its time starts anew
  expect(drawn()).toMatch(/sort .*1 of 10 files$/)
  progress.clear()
  expect(drawn()).toBe('\r\x1b[2K')
  progress.update({ ...reading, label: 'sort', done: 2 })
  expect(drawn()).toContain('2 of 10 files')
})

test('the line is never wider than the terminal, and shows control characters', () => {
  const out = new TextSink(20)
  createProgress(out, () => new Date(0)).update({ ...reading, label: 'a\x1b[31mlong label' })
  expect(out.text).toBe('\r\x1b[2Ka\\x1b[31mlong labe…')
})

test('without a terminal there is nothing', () => {
  expect(noProgress.update(reading)).toBeUndefined()
  expect(noProgress.clear()).toBeUndefined()
})

test.each([
  [0, ''],
  [0.5, '█████'],
  [1, '██████████'],
  [7, '██████████'],
  [-1, ''],
  [Number.NaN, ''],
])('a bar for %d is %j', (share, bar) => expect(formatBar(share, 10)).toBe(bar))

test('a bar can show what is missing', () => expect(formatBar(0.25, 4, '░')).toBe('█░░░'))
