import { expect, test } from 'vitest'
import { countState } from '../../src/tables/stateCounts.js'

const none = { rows_added: null, rows_removed: null, row_count: null, file_count: null, size_bytes: null }

test.each([
  ['nothing that is told', {}, none],
  [
    'an append: what is 0 is left out',
    { 'added-records': '5', 'total-records': '12', 'total-data-files': '3', 'total-files-size': '900' },
    { rows_added: 5, rows_removed: 0, row_count: 12, file_count: 3, size_bytes: 900 },
  ],
  [
    'rows taken out by delete files, which the total still counts',
    { 'added-position-deletes': '2', 'added-delete-files': '1', 'total-records': '12', 'total-position-deletes': '2' },
    { ...none, rows_added: 0 },
  ],
  [
    'delete files from before',
    { 'added-records': '5', 'total-records': '12', 'total-position-deletes': '2', 'total-delete-files': '1' },
    { ...none, rows_added: 5, rows_removed: 0 },
  ],
  [
    'no delete files, said in so many words',
    { 'added-records': '5', 'total-records': '12', 'total-position-deletes': '0', 'total-equality-deletes': '0' },
    { ...none, rows_added: 5, rows_removed: 0, row_count: 12 },
  ],
  ['counts that are none', { 'added-records': 'many', 'total-records': '-1' }, none],
])('of %s', (_, summary, expected) => expect(countState({ summary })).toEqual(expected))
