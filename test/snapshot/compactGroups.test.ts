import { describe, expect, test } from 'vitest'
import { type FileRange, MOST_BYTES, MOST_ROWS, planGroups } from '../../src/snapshot/compactFiles.js'
import { dataFile } from '../iceberg/examples.js'

describe('which files become one', () => {
  const fileOf = (name: string, rows: number, bytes = 1000): FileRange => ({
    file: dataFile({ location: 's3://b/lake/tables/t' }, name, { recordCount: rows, fileSizeBytes: bytes }),
    least: name,
    greatest: name,
  })
  const grouped = (...ranges: FileRange[]) =>
    planGroups(ranges, file => file.fileSizeBytes < MOST_BYTES).map(group =>
      group.map(file => String(file.partition.import_id)).join(''),
    )
  test.each<[string, FileRange[], string[]]>([
    ['none of none', [], []],
    ['none of one', [fileOf('a', 1)], []],
    ['neighbours', [fileOf('a', 1), fileOf('b', 1)], ['ab']],
    [
      'not across a large one',
      ['a', 'b', 'C', 'd', 'e', 'F', 'g'].map(name => fileOf(name, 1, /[A-Z]/.test(name) ? MOST_BYTES : 1)),
      ['ab', 'de'],
    ],
    ['as many rows as one may hold', ['a', 'b', 'c', 'd', 'e'].map(name => fileOf(name, MOST_ROWS / 2)), ['ab', 'cd']],
    ['as many bytes as one may hold', ['a', 'b', 'c'].map(name => fileOf(name, 1, MOST_BYTES / 2)), ['ab']],
    ['none that are full', ['a', 'b'].map(name => fileOf(name, MOST_ROWS - 1)), []],
  ])('%s', (_, ranges, expected) => expect(grouped(...ranges)).toEqual(expected))
})
