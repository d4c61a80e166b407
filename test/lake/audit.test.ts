import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AuditEntry, recordAudit } from '../../src/lake/audit.js'
import { listAuditDays, listAuditFiles, mergeAuditDay } from '../../src/lake/auditDays.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { type ObjectStore, readText } from '../../src/lake/objectStore.js'

const AT = new Date('2026-01-20T03:00:31.406Z')
const DAY = '2026-01-20'
const DONE: AuditEntry = { who: 'anna', action: 'import', subject: 'photos', objects: 12, outcome: 'done' }

const effectsAt = (now: Date, random: () => number = Math.random) => ({ now: () => now, random })

/** All records, as a reader takes them: one of each id. */
async function readRecords(store: ObjectStore): Promise<Map<string, Record<string, unknown>>> {
  const records = new Map<string, Record<string, unknown>>()
  for await (const { key } of listAuditFiles(store))
    for (const line of (await readText(store, key)).split('\n').filter(line => line !== '')) {
      const record = JSON.parse(line)
      records.set(record.audit_id, record)
    }
  return records
}

const keysOf = (store: MemoryStore): string[] => [...store.objects.keys()].sort()

describe('a record', () => {
  test('is one line of JSON under the day and an id that begins with the time', async () => {
    const store = new MemoryStore()
    await recordAudit(
      store,
      { ...DONE, host: 'lake-1', detail: { snapshot: 's' } },
      effectsAt(AT, () => 0.5),
    )
    const id = `aud_0${AT.getTime().toString(16)}${'8'.repeat(20)}`
    expect(keysOf(store)).toEqual([`state/audit/2026-01-20/${id}.json`])
    const text = await readText(store, keysOf(store)[0] ?? '')
    expect(text).toMatch(/^[^\n]*\n$/)
    expect(JSON.parse(text)).toEqual({
      audit_id: id,
      happened_at: '2026-01-20T03:00:31.406Z',
      ...{ who: 'anna', host: 'lake-1', action: 'import', subject: 'photos', objects: 12, outcome: 'done' },
      ...{ job_id: null, detail: { snapshot: 's' } },
    })
  })

  test('sorts by time', async () => {
    const store = new MemoryStore()
    const times = [5, 1, 4, 2, 3].map(ms => new Date(AT.getTime() + ms))
    for (const time of times) await recordAudit(store, DONE, effectsAt(time))
    const records = [...(await readRecords(store)).values()].map(({ happened_at }) => String(happened_at))
    expect(records).toEqual([...records].sort())
    expect(records.length).toBe(5)
  })

  test('of an id that is there gets another', async () => {
    const store = new MemoryStore()
    const digits = [...Array(40).fill(0), ...Array(20).fill(0.9)]
    const random = () => digits.shift() ?? 0
    await recordAudit(store, DONE, effectsAt(AT, random))
    await recordAudit(store, { ...DONE, subject: 'other' }, effectsAt(AT, random))
    expect([...(await readRecords(store)).values()].map(({ subject }) => subject)).toEqual(['photos', 'other'])
  })

  test('is written once though the answer was lost', async () => {
    const store = new MemoryStore()
    const lossy: ObjectStore = Object.assign(Object.create(store), {
      putIfAbsent: async (key: string, bytes: Uint8Array) => {
        await store.putIfAbsent(key, bytes)
        return store.putIfAbsent(key, bytes) // a retry that meets its own write
      },
    })
    await recordAudit(lossy, DONE, effectsAt(AT))
    expect(store.objects.size).toBe(1)
  })
})

const HOUR_MS = 3_600_000
const NEXT_DAY = new Date('2026-01-21T04:00:00Z')

describe('the records of a day', () => {
  const merge = (store: ObjectStore, now = NEXT_DAY, graceMs = HOUR_MS) =>
    mergeAuditDay(store, DAY, { graceMs }, { now: () => now })

  test('go into one file, and are removed when nobody still reads them', async () => {
    const store = new MemoryStore('memory://lake', () => NEXT_DAY)
    for (let ms = 0; ms < 70; ms++) await recordAudit(store, DONE, effectsAt(new Date(AT.getTime() + ms)))
    const before = await readRecords(store)
    expect(await merge(store)).toEqual({ mergedCount: 70, removedCount: 0 })
    expect(await readRecords(store)).toEqual(before)
    expect(await merge(store, new Date(NEXT_DAY.getTime() + HOUR_MS))).toEqual({ mergedCount: 0, removedCount: 70 })
    expect(keysOf(store)).toEqual(['state/audit/2026-01-20.1.ndjson'])
    expect(await readRecords(store)).toEqual(before)
    expect(await listAuditDays(store)).toEqual([])
  })

  test('that come late have a file of their own', async () => {
    const store = new MemoryStore()
    await recordAudit(store, DONE, effectsAt(AT))
    await merge(store)
    await recordAudit(store, DONE, effectsAt(AT))
    expect(await merge(store)).toEqual({ mergedCount: 1, removedCount: 1 })
    expect(await merge(store)).toEqual({ mergedCount: 0, removedCount: 1 })
    expect(keysOf(store)).toEqual(['state/audit/2026-01-20.1.ndjson', 'state/audit/2026-01-20.2.ndjson'])
    expect((await readRecords(store)).size).toBe(2)
  })

  test('leave alone what is no record of theirs', async () => {
    const store = new MemoryStore()
    const strange = `state/audit/${DAY}/aud_${'0'.repeat(32)}.json`
    for (const key of [strange, `state/audit/${DAY}/notes.txt`]) await store.put(key, new TextEncoder().encode('{"a":'))
    expect(await merge(store)).toEqual({ mergedCount: 0, removedCount: 0 })
    expect(store.objects.size).toBe(2)
  })

  test('are all there once, whatever fails while two merge and others write', async () => {
    const step = fc.constantFrom('record', 'merge', 'merge twice', 'merge and fail')
    const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat(5), async (steps, failingAt) => {
      let [clock, written] = [NEXT_DAY.getTime(), 0]
      const store = new MemoryStore('memory://lake', () => new Date(clock))
      for (const step of steps) {
        clock += HOUR_MS / 2
        const now = new Date(clock)
        if (step === 'record') await recordAudit(store, { ...DONE, objects: ++written }, effectsAt(AT))
        if (step === 'merge') await merge(store, now)
        if (step === 'merge twice') await Promise.all([merge(store, now), merge(store, now)])
        if (step === 'merge and fail') await merge(failing(store, failingAt), now).catch(() => undefined)
        const objects = [...(await readRecords(store)).values()].map(({ objects }) => Number(objects))
        expect(objects.sort((a, b) => a - b)).toEqual(Array.from({ length: written }, (_, i) => i + 1))
      }
      const days = keysOf(store).filter(key => key.endsWith('.ndjson'))
      const lines = (await Promise.all(days.map(key => readText(store, key)))).join('')
      expect(new Set(lines.match(/aud_[0-9a-f]{32}/g)).size).toBe(lines.split('\n').length - 1) // no day has what another has
    })
    await fc.assert(property, { numRuns: 60 })
  })
})

/** A store whose nth write or removal fails, and all after it. */
function failing(store: MemoryStore, n: number): ObjectStore {
  let left = n
  const orFail = async <T>(act: () => Promise<T>): Promise<T> => {
    if (left-- <= 0) throw new Error('no answer')
    return act()
  }
  return Object.assign(Object.create(store), {
    putIfAbsent: (key: string, bytes: Uint8Array) => orFail(() => store.putIfAbsent(key, bytes)),
    remove: (key: string) => orFail(() => store.remove(key)),
  })
}
