import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatView, PAGE_NAMES, parseView, type View, withParams } from '../../src/ui/app/view.js'

describe('a view and its URL', () => {
  test.each<[url: string, view: View]>([
    ['/overview', { page: 'overview', params: {} }],
    [
      '/folders?connector=photos&path=2020/a+%26+b/',
      { page: 'folders', params: { connector: 'photos', path: '2020/a & b/' } },
    ],
    [
      '/reports/photo-stats?collection=Wedding',
      { page: 'reports', name: 'photo-stats', params: { collection: 'Wedding' } },
    ],
    ['/connectors/a%2Fb', { page: 'connectors', name: 'a/b', params: {} }],
    ['/sql?q=select+1%0Afrom+x', { page: 'sql', params: { q: 'select 1\nfrom x' } }],
  ])('%s', (url, view) => {
    expect(parseView(url)).toEqual(view)
    expect(formatView(view)).toBe(url)
  })

  test.each<[url: string, view: View]>([
    ['/', { page: 'overview', params: {} }],
    ['', { page: 'overview', params: {} }],
    ['/nothing?connector=photos', { page: 'absent', name: 'nothing', params: { connector: 'photos' } }],
    ['/folders/2020/', { page: 'absent', name: 'folders/2020/', params: {} }], // a folder's path is a parameter
    ['/jobs/', { page: 'jobs', params: {} }],
    ['/jobs#main', { page: 'jobs', params: {} }],
    ['/jobs/100%', { page: 'jobs', name: '100%', params: {} }], // mistyped
    ['/folders?path=a&path=b', { page: 'folders', params: { path: 'b' } }],
    ['/folders?path=a?b', { page: 'folders', params: { path: 'a?b' } }],
    ['/folders?__proto__=x', { page: 'folders', params: JSON.parse('{"__proto__":"x"}') }],
  ])('%j is taken for a view', (url, view) => expect(parseView(url)).toEqual(view))

  test('every view survives its URL', () => {
    const text = fc.string({ unit: 'grapheme' })
    const views = fc.record(
      {
        page: fc.constantFrom(...PAGE_NAMES),
        name: text.filter(name => name !== ''),
        params: fc.dictionary(text, text),
      },
      { requiredKeys: ['page', 'params'] },
    )
    fc.assert(
      fc.property(views, view => {
        expect(parseView(formatView(view))).toEqual({ ...view, params: { ...view.params } })
      }),
    )
  })
})

test('parameters that are empty or undefined are left out', () => {
  const view: View = { page: 'folders', params: { connector: 'photos', path: 'a/', sort: 'path' } }
  expect(withParams(view, { path: '', sort: undefined, search: 'x' }).params).toEqual({
    connector: 'photos',
    search: 'x',
  })
})
