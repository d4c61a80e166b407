import { expect, test } from 'vitest'
import { RequestRefusedError } from '../../src/web/problems.js'
import { countUnread } from '../../src/web/unreadAnswers.js'

const never = new AbortController().signal

/** An answer of three bytes, and whether it was cancelled. */
function answerOf(text = 'abc') {
  let isCancelled = false
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(text))
        controller.close()
      },
      cancel() {
        isCancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, isCancelled: () => isCancelled }
}

/** Room for two answers of three bytes; and what ends the time that they have. */
function openUnread() {
  let endTime = (): void => {}
  const timeOver = new Promise<void>(resolve => {
    endTime = resolve
  })
  return { endTime, unread: countUnread(6, { sleep: () => timeOver }) }
}

test('an answer comes as it is', async () => {
  const { unread } = openUnread()
  expect(await new Response(unread.hold(answerOf().stream, 3, never)).text()).toBe('abc')
})

test('there is room until it is full of what nobody has read', async () => {
  const { unread } = openUnread()
  const first = unread.hold(answerOf().stream, 3, never)
  unread.requireRoom()
  const refused = answerOf()
  expect(() => unread.hold(refused.stream, 4, never)).toThrow(RequestRefusedError)
  expect(refused.isCancelled()).toBe(true)
  unread.hold(answerOf().stream, 3, never)
  expect(() => unread.requireRoom()).toThrow(RequestRefusedError)
  await new Response(first).text()
  unread.requireRoom()
})

test.each<[string, (held: ReadableStream, gone: AbortController, endTime: () => void) => unknown]>([
  ['is cancelled', held => held.cancel()],
  ['is of one who has gone', (_, gone) => gone.abort()],
  ['is not read in time', (_, __, endTime) => endTime()],
])('one that %s makes room once, and is let go', async (_name, leave) => {
  const { unread, endTime } = openUnread()
  const gone = new AbortController()
  const answer = answerOf()
  const held = unread.hold(answer.stream, 3, gone.signal)
  unread.hold(answerOf().stream, 3, never)
  await leave(held, gone, endTime)
  await new Promise(resolve => setImmediate(resolve))
  expect(answer.isCancelled()).toBe(true)
  await held.cancel().catch(() => undefined)
  gone.abort()
  unread.requireRoom()
  expect(() => unread.hold(answerOf().stream, 7, never)).toThrow(RequestRefusedError)
})

test('one that is asked for by somebody who has gone is let go at once', () => {
  const { unread } = openUnread()
  const answer = answerOf()
  unread.hold(answer.stream, 6, AbortSignal.abort())
  expect(answer.isCancelled()).toBe(true)
  unread.requireRoom()
})
