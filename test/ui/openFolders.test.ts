import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MOST_OPEN, openAlso, pathTo } from '../../src/ui/app/folders/openFolders.js'

test.each([
  [[''], 'a/b/', ['', 'a/', 'a/b/']],
  [['', 'x/', 'a/'], 'a/b/', ['', 'x/', 'a/', 'a/b/']],
  [['', 'x/'], '', ['', 'x/']],
])('beside %j, %s opens %j', (opened, path, all) => expect(openAlso(opened, path)).toEqual(all))

test('the ones opened first are closed for what is opened last, never the way to it', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })
    .map(names => names.map(n => `${n}/`).join(''))
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 400 }), paths => {
      const opened = paths.reduce<string[]>(openAlso, [''])
      expect(opened).toEqual(expect.arrayContaining(pathTo(paths.at(-1) ?? '')))
      expect(new Set(opened).size).toBe(opened.length)
      expect(opened.length).toBeLessThanOrEqual(MOST_OPEN)
      expect(opened[0]).toBe('')
    }),
  )
})
