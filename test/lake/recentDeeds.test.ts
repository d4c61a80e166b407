import { expect, test } from 'vitest'
import { recordAudit } from '../../src/lake/audit.js'
import { mergeAuditDay } from '../../src/lake/auditDays.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { listRecentDeeds } from '../../src/lake/recentDeeds.js'

const at = (time: string) => ({ now: () => new Date(`2026-01-${time}Z`) })

/** Records a deed whose subject is when it was done. */
const record = (store: MemoryStore, time: string) =>
  recordAudit(
    store,
    { who: 'anna', action: 'import', subject: time, objects: 1, outcome: 'done' },
    { ...at(time), random: Math.random },
  )

async function listSubjects(store: MemoryStore, since: string, now: string): Promise<string[]> {
  const subjects: string[] = []
  for await (const { subject } of listRecentDeeds(store, at(since).now(), at(now))) subjects.push(subject)
  return subjects.sort()
}

test('are those since a time, over midnight, each once, whether they were merged or not', async () => {
  const store = new MemoryStore('memory:lake')
  for (const time of ['19T10:00:00', '20T10:00:00', '20T23:59:59', '21T00:00:00', '21T05:00:00'])
    await record(store, time)
  const recent = ['20T23:59:59', '21T00:00:00', '21T05:00:00']
  expect(await listSubjects(store, '20T12:00:00', '21T06:00:00')).toEqual(recent)
  await mergeAuditDay(store, '2026-01-20', { graceMs: 1e12 }, at('21T06:00:00'))
  expect(await listSubjects(store, '20T12:00:00', '21T06:00:00')).toEqual(recent)
  await mergeAuditDay(store, '2026-01-20', { graceMs: 0 }, { now: () => new Date('2099-01-01T00:00:00Z') })
  expect(await listSubjects(store, '20T12:00:00', '21T06:00:00')).toEqual(recent)
  expect(await listSubjects(store, '21T05:30:00', '21T06:00:00')).toEqual([])
})

test('what is no record counts nothing', async () => {
  const store = new MemoryStore('memory:lake')
  await record(store, '20T10:00:00')
  const put = (key: string, text: string) => store.put(`state/audit/${key}`, new TextEncoder().encode(text))
  await put(
    `2026-01-20/aud_${Date.UTC(2026, 0, 20, 11).toString(16).padStart(12, '0')}${'0'.repeat(20)}.json`,
    '{"audit_id": "au',
  )
  await put('2026-01-20.1.ndjson', 'null\n[]\n{}\n')
  expect(await listSubjects(store, '20T00:00:00', '20T12:00:00')).toEqual(['20T10:00:00'])
})
