import { expect, test } from 'vitest'
import { lossText } from '../../src/commands/importScreen.js'
import type { ChangeTotals } from '../../src/snapshot/changeListing.js'
import type { Receipt } from '../../src/snapshot/receipts.js'

const SNAPSHOT = '2026-01-19T01-00Z'

test.each([
  // objects now, new, deleted
  [0n, 0n, 0n, undefined],
  [100n, 100n, 0n, undefined],
  [50n, 0n, 50n, undefined],
  [49n, 0n, 51n, `51 % of the objects of ${SNAPSHOT} are gone: is this all of the bucket?`],
  [1049n, 1000n, 51n, `51 % of the objects of ${SNAPSHOT} are gone: is this all of the bucket?`],
  [0n, 0n, 10n, `100 % of the objects of ${SNAPSHOT} are gone: is this all of the bucket?`],
])('%d objects, %d of them new, after %d were deleted', (object_count, new_count, deleted_count, text) => {
  const totals = { base_snapshot: SNAPSHOT, new_count, deleted_count } as ChangeTotals
  expect(lossText({ object_count } as Receipt, totals)).toBe(text)
})
