import { expect, test } from 'vitest'
import { nextLines } from '../../src/commands/demoScreen.js'

test.each([
  ['stocktake', '  stocktake reconcile                     what should be there'],
  ['npx stocktake', '  npx stocktake reconcile                     what should be there'],
])('what to type next begins with %s', (program, line) => {
  const lines = nextLines('./stocktake-demo', program)
  expect(lines.slice(0, 3)).toEqual(['', 'next', '  cd stocktake-demo'])
  expect(lines.find(each => each.includes(' reconcile'))?.slice(0, line.length)).toBe(line)
  expect(lines).toContain(`  ${program} streams replay --stdout | ${program} streams ingest coinbase --stdin`)
})
