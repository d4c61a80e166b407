import { expect, test } from 'vitest'
import { findSuggestion } from '../../src/output/suggestion.js'

const words = [
  'import',
  'snapshots',
  'source_bucket',
  'schedule',
  'lake',
  'query',
  'diff',
  'ls',
  'collections',
  'collectors',
]

test.each([
  ['imoprt', 'import'], // two letters swapped
  ['snapshot', 'snapshots'],
  ['sourceBucket', 'source_bucket'],
  ['source-buckets', 'source_bucket'],
  ['shedule', 'schedule'],
  ['LAKE', 'lake'],
  ['laek', 'lake'],
  ['dif', 'diff'],
  ['import', 'import'],
  ['snap', 'snapshots'], // the only one that begins so
  ['coll', undefined],
  ['sn', undefined],
  ['so---', undefined],
  ['reconcile', undefined],
  ['x', undefined],
  ['zz', undefined],
  ['', undefined],
  ['a'.repeat(10_000), undefined],
])('%s was meant to be %s', (word, meant) => expect(findSuggestion(word, words)).toBe(meant))
