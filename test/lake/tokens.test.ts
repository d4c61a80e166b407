import { expect, test } from 'vitest'
import { ConflictError, NotFoundError, UsageError } from '../../src/errors.js'
import type { DocumentEffects } from '../../src/lake/documents.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { readText } from '../../src/lake/objectStore.js'
import { createToken, hashToken, listTokens, revokeToken, tokenState } from '../../src/lake/tokens.js'

const DAY_MS = 86_400_000
const fail = (error: unknown): never => {
  throw error
}

/** A lake whose clock is moved by hand. */
function openPlace() {
  const store = new MemoryStore('memory://lake')
  const clock = { now: new Date('2026-01-20T10:00:00.000Z') }
  const effects: DocumentEffects = {
    now: () => clock.now,
    sleep: async () => {},
    random: () => 0.5,
    signal: new AbortController().signal,
  }
  return { store, clock, effects }
}

const listed = async (store: MemoryStore, now: Date) =>
  (await listTokens(store, fail)).map(token => [token.name, token.role, tokenState(token, now)])

test('a token is made, expires and is revoked', async () => {
  const { store, clock, effects } = openPlace()
  const { text, token } = await createToken({ name: 'anna', role: 'read', lifeMs: DAY_MS }, 'root', store, effects)
  await createToken({ name: 'bob', role: 'operate' }, 'root', store, effects)
  expect(text).toMatch(/^stocktake_[\w-]{43}$/)
  expect(token).toEqual({
    ...{ name: 'anna', role: 'read', hash: hashToken(text), created_by: 'root' },
    created_at: new Date('2026-01-20T10:00:00Z'),
    expires_at: new Date('2026-01-21T10:00:00Z'),
    ...{ revoked_at: null, revoked_by: null },
  })
  expect(await listed(store, clock.now)).toEqual([
    ['anna', 'read', 'valid'],
    ['bob', 'operate', 'valid'],
  ])
  await revokeToken('bob', 'eve', store, effects)
  clock.now = new Date('2026-01-21T10:00:00.000Z')
  expect(await listed(store, clock.now)).toEqual([
    ['anna', 'read', 'expired'],
    ['bob', 'operate', 'revoked'],
  ])
})

test('no token is in the lake, only what it hashes to', async () => {
  const { store, effects } = openPlace()
  const { text } = await createToken({ name: 'anna', role: 'operate' }, 'root', store, effects)
  const written: string[] = []
  for await (const { key } of store.list('')) written.push(key, await readText(store, key))
  expect(written.join()).toContain(hashToken(text))
  expect(written.join()).not.toContain(text.slice('stocktake_'.length))
})

test('a name is free again when its token has ended, and the old text stays worthless', async () => {
  const { store, clock, effects } = openPlace()
  const first = await createToken({ name: 'ci', role: 'operate', lifeMs: DAY_MS }, 'root', store, effects)
  await expect(createToken({ name: 'ci', role: 'read' }, 'root', store, effects)).rejects.toThrow(ConflictError)
  clock.now = new Date('2026-01-22T10:00:00.000Z')
  const second = await createToken({ name: 'ci', role: 'read' }, 'root', store, effects)
  const hashes = (await listTokens(store, fail)).map(({ hash }) => hash)
  expect(hashes).toEqual([hashToken(second.text)])
  expect(hashes).not.toContain(hashToken(first.text))
})

test('of two who make a token of one name, one does', async () => {
  const { store, effects } = openPlace()
  const make = () => createToken({ name: 'ci', role: 'read' }, 'root', store, effects)
  const ended = await Promise.allSettled([make(), make(), make()])
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const [made] = ended.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
  expect((await listTokens(store, fail)).map(({ hash }) => hash)).toEqual([made?.token.hash])
})

test.each(['', '.hidden', '../x', 'a b', 'a\n', 'ü', 'x'.repeat(65)])('%j is no name of a token', async name => {
  const { store, effects } = openPlace()
  await expect(createToken({ name, role: 'read' }, 'root', store, effects)).rejects.toThrow(UsageError)
})

test('what is not there, or revoked already, is not revoked', async () => {
  const { store, effects } = openPlace()
  await expect(revokeToken('anna', 'root', store, effects)).rejects.toThrow(NotFoundError)
  await createToken({ name: 'anna', role: 'read' }, 'root', store, effects)
  await revokeToken('anna', 'root', store, effects)
  await expect(revokeToken('anna', 'root', store, effects)).rejects.toThrow('revoked already')
})

test('a document that cannot be read keeps no other token out', async () => {
  const { store, effects } = openPlace()
  await createToken({ name: 'anna', role: 'read' }, 'root', store, effects)
  await store.put('state/tokens/tok_00/1.json', new TextEncoder().encode('{}'))
  const unreadable: string[] = []
  const tokens = await listTokens(store, ({ message }) => unreadable.push(message))
  expect(tokens.map(({ name }) => name)).toEqual(['anna'])
  expect(unreadable).toHaveLength(1)
})
