import { expect, test } from 'vitest'
import { createLog, type LogOptions } from '../../src/output/log.js'
import { createProgress, noProgress } from '../../src/output/progress.js'
import { colorsFor } from '../../src/output/terminal.js'
import { TextSink } from './textSink.js'

test.each<[LogOptions, string]>([
  [{}, 'n\nwarning: w\n'],
  [{ quiet: true }, 'warning: w\n'],
  [{ verbose: true }, 'n\nwarning: w\nd\n'],
])('with %j it says %j', (options, text) => {
  const out = new TextSink()
  const log = createLog(options, out, colorsFor(out, {}), noProgress)
  log.notice('n')
  log.warn('w')
  log.detail('d')
  expect(out.text).toBe(text)
})

test('keys in it cannot act on the terminal, and its own lines stay lines', () => {
  const out = new TextSink()
  createLog({}, out, colorsFor(out, {}), noProgress).notice('a\x1b[2J\nb')
  expect(out.text).toBe('a\\x1b[2J\nb\n')
})

test('the progress line gives way to it', () => {
  const out = new TextSink(80)
  const progress = createProgress(out, () => new Date(0))
  progress.update({ label: 'read', done: 1, unit: 'files' })
  out.text = ''
  createLog({}, out, colorsFor(out, { NO_COLOR: '1' }), progress).warn('slow')
  expect(out.text).toBe('\r\x1b[2Kwarning: slow\n')
})

test.each<[string, TextSink, Record<string, string>, boolean]>([
  ['a terminal', new TextSink(80), {}, true],
  ['a terminal with NO_COLOR', new TextSink(80), { NO_COLOR: '1' }, false],
  ['a terminal with an empty NO_COLOR', new TextSink(80), { NO_COLOR: '' }, true],
  ['a dumb terminal', new TextSink(80), { TERM: 'dumb' }, false],
  ['a file', new TextSink(), { FORCE_COLOR: '1' }, false],
])('%s: colours are %s', (_, out, env, colored) =>
  expect(colorsFor(out, env).red('x')).toBe(colored ? '\x1b[31mx\x1b[39m' : 'x'),
)
