import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { answerTagged, makeTag, requireMatch } from '../../src/web/etags.js'
import { answerProblem } from '../../src/web/problems.js'

const TAG = makeTag('1.0', 'a')

test('a tag is of all its parts, and of where they end', () => {
  expect(TAG).toMatch(/^"[\w-]{22}"$/)
  expect(makeTag('1.0', 'a')).toBe(TAG)
  const others = [['1.0', 'b'], ['1.0a'], ['1', '.0a'], ['1.0', 'a', ''], []].map(parts => makeTag(...parts))
  expect(new Set([TAG, ...others]).size).toBe(6)
})

test.each<[string | undefined, number]>([
  [undefined, 200],
  ['', 200],
  ['"other"', 200],
  [TAG.slice(1, -1), 200], // without its quotes it is no tag
  [TAG, 304],
  [`W/${TAG}`, 304],
  [`"other", ${TAG}`, 304],
  ['*', 304],
])('if none matches %j: %i', async (ifNoneMatch, status) => {
  let made = 0
  const app = new Hono().get('/', c =>
    answerTagged(c, TAG, () => {
      made++
      return c.text('rows')
    }),
  )
  const answer = await app.request('/', { headers: ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch } })
  expect([answer.status, await answer.text(), made]).toEqual(status === 200 ? [200, 'rows', 1] : [304, '', 0])
  expect(answer.headers.get('etag')).toBe(TAG)
  expect(answer.headers.get('cache-control')).toBe('private, no-cache')
})

test.each<[string | undefined, string | undefined, number]>([
  [undefined, TAG, 200],
  [undefined, undefined, 200],
  [TAG, TAG, 200],
  ['*', TAG, 200],
  ['*', undefined, 412],
  [TAG, undefined, 412],
  ['"other"', TAG, 412],
])('if %j matches %j: %i', async (ifMatch, tag, status) => {
  const app = new Hono().put('/', c => {
    requireMatch(c, tag)
    return c.text('done')
  })
  app.onError((error, c) => answerProblem(c, error))
  const answer = await app.request('/', {
    method: 'PUT',
    headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
  })
  expect(answer.status).toBe(status)
})
