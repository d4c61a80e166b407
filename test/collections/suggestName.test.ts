import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseName } from '../../src/collections/collectionName.js'
import { suggestName } from '../../src/collections/suggestName.js'

test.each([
  ['2020/Milledgeville, GA/', '2020 - Milledgeville GA'],
  ['2021/Wedding/Smith-Jones/', '2021 - Wedding - Smith Jones'],
  ['archive/2019-06-15_concert/', 'Archive - 2019 06 15 Concert'],
  ['eBay photos/', 'EBay Photos'], // the rest as it is
  ['IMG_1/', 'IMG 1'],
  ['June 06th/', 'June 06th'], // no letter after a digit
  ["o'neill (live)/", "O'neill (Live)"],
  ['a--b__c/', 'A B C'], // one space for several
  [' a /', 'A'],
  ['élan/ñandú/', 'Élan - Ñandú'],
  ['写真/2020/', '写真 - 2020'],
  ['👩‍👩‍👧/', '👩‍👩‍👧'],
  ['a//b/', 'A - B'], // a part without a name
  ['/', 'Photo Bucket'],
  ['_/,/', 'Photo Bucket'], // signs alone
  ['', 'Photo Bucket'], // the whole bucket
  ['a\u0007b/\u202ec/', 'A B - C'], // what can't be seen
  ['.../', 'Photo Bucket'], // no name that a URL could have
  ['col_1/', 'Col 1'],
  ['\u1fd2/', '\u03aa\u0300'], // a letter without a capital of its own
  [`${'x'.repeat(300)}/`, `X${'x'.repeat(198)}…`],
])('%j suggests %j', (folder, name) => expect(suggestName(folder, 'photo-bucket')).toBe(name))

test('every folder suggests a name that a collection can have', () => {
  const part = fc.oneof(fc.string({ unit: 'binary', maxLength: 120 }), fc.constantFrom('.', '..', '_', 'col_x', '-'))
  fc.assert(
    fc.property(fc.array(part), parts => {
      const name = suggestName(parts.map(each => `${each.replaceAll('/', '')}/`).join(''), 'photos')
      return parseName(name) === name
    }),
  )
})
