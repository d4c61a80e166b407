import { expect, test } from 'vitest'
import { newestScans } from '../../src/ui/app/folders/newestScans.js'

const scan = (folder: string, hour: number) => ({
  folder,
  snapshot: `2026-01-20T0${hour}-00Z`,
  taken_at: `2026-01-20T0${hour}:00:00.000Z`,
})

test.each<[string, ReturnType<typeof scan>[], string[]]>([
  ['one of a folder twice', [scan('a/', 1), scan('a/', 2)], ['a/ 2']],
  ['one in a folder that was scanned later', [scan('a/b/', 1), scan('a/', 2)], ['a/ 2']],
  ['one in a folder that was scanned before', [scan('a/b/', 3), scan('a/', 2)], ['a/b/ 3', 'a/ 2']],
  ['folders beside each other', [scan('a/', 1), scan('ab/', 2)], ['ab/ 2', 'a/ 1']],
  ['the whole bucket', [scan('', 4), scan('a/', 2)], [' 4']],
])('of %s', (_, scans, expected) =>
  expect(newestScans(scans).map(({ folder, taken_at }) => `${folder} ${taken_at.at(12)}`)).toEqual(expected),
)
