import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UsageError } from '../../src/errors.js'
import { type FailOnSubjects, isMet, parseFailOn } from '../../src/snapshot/failOn.js'

const SUBJECTS: FailOnSubjects<'deleted' | 'only_in_a' | 'size'> = { counts: ['deleted', 'only_in_a'], bytes: ['size'] }

test.each<[text: string, value: bigint, before: bigint, met: boolean]>([
  ['deleted>1000', 1000n, 0n, false],
  ['deleted>1000', 1001n, 0n, true],
  ['deleted>=1000', 1000n, 0n, true],
  ['deleted<2', 1n, 0n, true],
  ['deleted<2', 2n, 0n, false],
  ['deleted<=2', 2n, 0n, true],
  ['deleted=0', 0n, 0n, true],
  ['deleted==1', 1n, 0n, true],
  [' only_in_a >= 3 ', 3n, 0n, true],
  ['deleted>9007199254740992', 9007199254740993n, 0n, true], // a double would not know
  ['deleted>=1%', 10n, 1000n, true],
  ['deleted>=1%', 9n, 1000n, false],
  ['deleted>1%', 10n, 1000n, false],
  ['deleted>0.1%', 1n, 1000n, false],
  ['deleted>=0.1%', 1n, 1000n, true],
  ['deleted>33.3%', 333_001n, 1_000_000n, true],
  ['deleted>0%', 0n, 0n, false], // nothing of nothing
  ['deleted>100%', 1n, 0n, true], // something of nothing is more than any percentage
  ['deleted<=100%', 1n, 0n, false],
  ['size>1GB', 1_000_000_000n, 0n, false],
  ['size>1GiB', 1_073_741_825n, 0n, true],
  ['size<-10GB', -10_000_000_001n, 0n, true],
  ['size<-10GB', -10_000_000_000n, 0n, false],
  ['size<0', -1n, 0n, true],
  ['size<-1.5%', -16n, 1000n, true],
  ['size<-1.5%', -15n, 1000n, false],
])('%s with %d of %d: %j', (text, value, before, met) =>
  expect(isMet(parseFailOn(text, SUBJECTS), value, before)).toBe(met),
)

test.each([
  '',
  'deleted',
  'deleted>',
  'deleted 5',
  '>5',
  'delete>5',
  'deleted>5 objects',
  'deleted>1.5',
  'deleted>1GB', // a count has no bytes
  'deleted>1,000',
  'deleted=>5',
  'deleted<>5',
  'deleted>5,size>1GB',
  'deleted>%',
  'deleted>--5',
  'size>5', // of which unit
  'size>5apples',
  'size>1e9GB',
  'toString>1',
])('%j is refused', text => {
  expect(() => parseFailOn(text, SUBJECTS)).toThrow(UsageError)
  expect(() => parseFailOn(text, SUBJECTS)).toThrow('deleted>1000, only_in_a>=1%, or size and bytes or a percentage')
})

test('a percentage is exact, whatever the numbers', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 15n), fc.bigInt(1n, 10n ** 15n), fc.nat(100_000), (value, before, thousandths) => {
      const condition = parseFailOn(`deleted>${thousandths / 1000}%`, SUBJECTS)
      return isMet(condition, value, before) === value * 100_000n > BigInt(thousandths) * before
    }),
  )
})
