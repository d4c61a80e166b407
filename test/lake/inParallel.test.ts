import { describe, expect, test } from 'vitest'
import { inParallel } from '../../src/lake/inParallel.js'

/** Tells when it is closed. */
class Letters {
  isClosed = false

  async *list(text: string): AsyncGenerator<string> {
    try {
      for (const letter of text) {
        if (letter === '!') throw new Error('the listing broke')
        yield letter
      }
    } finally {
      this.isClosed = true
    }
  }
}

describe.each([
  ['that are there', (text: string) => [...text]],
  ['as they come', (text: string) => new Letters().list(text)],
])('items %s', (_, itemsOf) => {
  test('are begun in their order, so many at once', async () => {
    const begun: string[] = []
    let [atWork, most] = [0, 0]
    await inParallel(itemsOf('abcdefg'), 3, async letter => {
      begun.push(letter)
      most = Math.max(most, ++atWork)
      await new Promise(resolve => setTimeout(resolve, letter === 'a' ? 20 : 1))
      atWork--
    })
    expect([begun.join(''), most, atWork]).toEqual(['abcdefg', 3, 0])
  })

  test('are begun no more after a failure, and what is at work learns of it', async () => {
    const begun: string[] = []
    const seen: boolean[] = []
    const all = inParallel(itemsOf('abcdefg'), 2, async (letter, isStopped) => {
      begun.push(letter)
      if (letter === 'b') throw new Error('b broke')
      await new Promise(resolve => setTimeout(resolve, 5))
      seen.push(isStopped())
    })
    await expect(all).rejects.toThrow('b broke')
    expect([begun, seen]).toEqual([['a', 'b'], [true]])
  })
})

test.each([
  ['a listing that breaks ends it, when none is at work any more', 'ab!', 'the listing broke', ['a', 'b']],
  ['a listing is closed when it is not read to its end', 'aXb', 'X broke', ['a']],
])('%s', async (_, text, message, done) => {
  const letters = new Letters()
  const ended: string[] = []
  const all = inParallel(letters.list(text), 2, async letter => {
    if (letter === 'X') throw new Error('X broke')
    await new Promise(resolve => setTimeout(resolve, 5))
    ended.push(letter)
  })
  await expect(all).rejects.toThrow(message)
  expect([ended, letters.isClosed]).toEqual([done, true])
})
