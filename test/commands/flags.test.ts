import { expect, test } from 'vitest'
import { checkFlags, type DeclaredFlags } from '../../src/commands/flags.js'
import { UsageError } from '../../src/errors.js'

const declared: DeclaredFlags = {
  key: { lake: true, depth: true, tag: true, quiet: true, q: true, 'max-rejected': true },
  alias: { q: ['quiet'] },
  array: ['tag'],
  boolean: ['quiet'],
  number: ['depth'],
  string: ['lake', 'tag', 'max-rejected'],
}

test.each([
  [''],
  ['word - --lake x'],
  ['--lake=x'],
  ['--lake= --quiet'],
  ['--lake=a=b'],
  ['--depth -3'],
  ['--depth -.5'],
  ['--depth=1e3'],
  ['--tag a b --tag c'],
  ['--quiet word'],
  ['--no-quiet'],
  ['--maxRejected 1%'],
  ['-q'],
  ['-- --lak --lake'],
])('%j is fine', line => expect(checkFlags(line.split(' '), declared, 'stocktake count --help')).toBeUndefined())

test.each([
  ['--lak x', '--lak: unknown option; did you mean --lake?'],
  ['--no-lake', '--no-lake: unknown option; see stocktake count --help'],
  ['--max-reject 1', '--max-reject: unknown option; did you mean --max-rejected?'],
  ['-qx', '-x: unknown option; see stocktake count --help'],
  ['--__proto__ 1', '--__proto__: unknown option'],
  ['--toString', '--toString: unknown option'],
  ['--lake', '--lake: expected a value, got none'],
  ['--lake --', '--lake: expected a value, got none'],
  ['--tag --quiet', '--tag: expected a value, got none'],
  ['--depth', '--depth: expected a value, got none'],
  ['--depth 3x', '--depth: expected a number, got "3x"'],
  ['--depth=', '--depth: expected a number, got ""'],
  ['--lake a --depth 1 --lake b', '--lake: expected it once, got it again'],
  ['-q --quiet', '--quiet: expected it once, got it again'],
  ['-qq', '-q: expected it once, got it again'],
  ['--quiet --no-quiet', '--no-quiet: expected it once, got it again'],
])('%j is refused', (line, message) => {
  expect(() => checkFlags(line.split(' '), declared, 'stocktake count --help')).toThrow(UsageError)
  expect(() => checkFlags(line.split(' '), declared, 'stocktake count --help')).toThrow(message)
})
