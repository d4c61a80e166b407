import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FolderStore } from '../../src/lake/folderStore.js'
import { readText } from '../../src/lake/objectStore.js'
import {
  loadRedactionKey,
  PLAIN_NAMES,
  REDACTION_KEY,
  RedactionKeyError,
  redactedNames,
  shownPath,
} from '../../src/snapshot/redaction.js'

const key = Buffer.alloc(32, 7)
const names = redactedNames(key)

describe('a token', () => {
  test('is the same for the same name', () => {
    expect(names.folder('photos', 'a/b/')).toBe(redactedNames(key).folder('photos', 'a/b/'))
    expect(names.connector('photos')).toBe(redactedNames(key).connector('photos'))
  })

  test.each([
    ['another folder', () => names.folder('photos', 'a/c/')],
    ['a folder of that name elsewhere', () => names.folder('photos', 'c/b/')],
    ['that folder of another connector', () => names.folder('other', 'a/b/')],
    ['that folder of another lake', () => redactedNames(Buffer.alloc(32, 8)).folder('photos', 'a/b/')],
  ])('is another for %s', (_, token) => expect(token()).not.toBe(names.folder('photos', 'a/b/')))

  test('is of one length, whatever the name', () => {
    for (const path of ['/', 'a/', `${'long'.repeat(250)}/`])
      expect(names.folder('photos', path)).toMatch(/^[0-9a-hjkmnp-tv-z]{8}$/)
    expect(names.connector('photos')).toMatch(/^connector-.{8}$/)
    expect(names.bucket('photos', 'photo-bucket')).toMatch(/^bucket-.{8}$/)
  })

  // Made by Python's hmac: what is sent today must match what is sent in a year.
  test('stays the same from version to version', () => {
    expect([names.connector('photos'), names.folder('photos', 'a/b/')]).toEqual(['connector-18w0n6m5', 'rjjea57k'])
  })
})

test.each([
  ['', ''],
  ['a/', 'a/'],
  ['a//b/', 'a//b/'],
  ['/', '/'],
])('the path %j is shown as %j without redaction', (path, shown) => {
  expect(shownPath(PLAIN_NAMES, 'photos', path)).toBe(shown)
})

test('a redacted path has a token for each name in it', () => {
  const [a, ab] = [names.folder('photos', 'a/'), names.folder('photos', 'a/b/')]
  expect(shownPath(names, 'photos', 'a/b/')).toBe(`${a}/${ab}/`)
})

describe('the key of a lake', () => {
  let folder: string
  let store: FolderStore
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stocktake-redaction-'))
    store = new FolderStore(folder)
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('is made once, also by many at once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadRedactionKey(store)))
    const texts = new Set([...keys, await loadRedactionKey(store)].map(each => Buffer.from(each).toString('hex')))
    expect(texts.size).toBe(1)
    expect([...texts][0]).toMatch(/^[0-9a-f]{64}$/)
    expect(JSON.parse(await readText(store, REDACTION_KEY))).toEqual({ key: [...texts][0] })
  })

  test.each(['', '{}', '{"key":"abc"}', `{"key":"${'0'.repeat(63)}"}`])('%j is none', async text => {
    await store.put(REDACTION_KEY, new TextEncoder().encode(text))
    await expect(loadRedactionKey(store)).rejects.toThrow(RedactionKeyError)
  })
})
