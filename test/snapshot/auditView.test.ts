import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AUDIT_COLUMNS, type AuditEntry, recordAudit } from '../../src/lake/audit.js'
import { mergeAuditDay } from '../../src/lake/auditDays.js'
import { registerViews } from '../../src/snapshot/lakeViews.js'
import { formatAuditView, formatViews, listViewTables } from '../../src/snapshot/viewStatements.js'
import { appendImport, closeHandmadeLake, type HandmadeLake, openHandmadeLake, vouchFor } from './handmadeLake.js'

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openHandmadeLake()
})
afterEach(() => closeHandmadeLake(lake))

const DONE: AuditEntry = { who: 'anna', action: 'import', subject: 'photos', objects: 12, outcome: 'done' }

const record = (entry: Partial<AuditEntry>, at = '2026-01-20T03:00:31.406Z') =>
  recordAudit(lake.store, { ...DONE, ...entry }, { now: () => new Date(at), random: Math.random })

const readView = async (select = '* exclude (audit_id)') => {
  await registerViews(['audit'], lake)
  return lake.engine.rows(`select ${select} from audit order by happened_at desc, subject`)
}

test('without a record it is empty, and has the columns', async () => {
  expect(await readView()).toEqual([])
  const columns = (await lake.engine.rows('describe audit')).map(row => [row.column_name, row.column_type])
  const types = { string: 'VARCHAR', timestamp: 'TIMESTAMP', long: 'BIGINT' }
  expect(columns).toEqual(AUDIT_COLUMNS.map(({ name, type }) => [name, types[type]]))
})

test('it has a row for each record, of the same types', async () => {
  await record({ host: 'lake-1', job_id: 'job_1', detail: { snapshot: '2026-01-20T01-00Z', exit_code: 0 } })
  await record({ action: 'connector set', objects: null }, '2026-01-21T00:00:00.000Z')
  expect(await readView()).toMatchObject([
    { happened_at: new Date('2026-01-21T00:00:00Z'), action: 'connector set', objects: null, detail: '{}', host: null },
    {
      happened_at: new Date('2026-01-20T03:00:31.406Z'),
      ...{ who: 'anna', host: 'lake-1', action: 'import', subject: 'photos', objects: 12n, outcome: 'done' },
      ...{ job_id: 'job_1', detail: '{"snapshot":"2026-01-20T01-00Z","exit_code":0}' },
    },
  ])
  expect(await readView("detail->>'snapshot' as snapshot")).toEqual([
    { snapshot: null },
    { snapshot: '2026-01-20T01-00Z' },
  ])
  const columns = (await lake.engine.rows('describe audit')).map(row => row.column_type)
  expect(columns).toEqual(
    AUDIT_COLUMNS.map(({ type }) => ({ string: 'VARCHAR', timestamp: 'TIMESTAMP', long: 'BIGINT' })[type]),
  )
})

test('whatever is done to whatever is data', async () => {
  const subjects = [
    '"}\n{"audit_id":"aud_x"',
    "'; drop view audit; --",
    'a\tb\u0000c',
    '😀 ü',
    '\u2028',
    'null',
    '2026-01-20',
    '',
  ]
  for (const subject of subjects) await record({ subject, who: subject, detail: { error: subject } })
  const rows = await readView("subject, who, detail->>'error' as error")
  expect(rows.map(({ subject }) => subject).sort()).toEqual([...subjects].sort())
  for (const { subject, who, error } of rows) expect([who, error]).toEqual([subject, subject])
})

test('a day that is put into one file is there once, before and after its single files go', async () => {
  for (let i = 0; i < 5; i++) await record({ subject: `c${i}` })
  const before = await readView('*')
  const merge = (graceMs: number) => mergeAuditDay(lake.store, '2026-01-20', { graceMs }, { now: () => new Date() })
  expect(await merge(3_600_000)).toMatchObject({ mergedCount: 5, removedCount: 0 })
  expect(await readView('*')).toEqual(before)
  expect(await merge(0)).toMatchObject({ mergedCount: 0, removedCount: 5 })
  expect(await readView('*')).toEqual(before)
})

test('as of a moment it has what had been done by then', async () => {
  await record({ subject: 'before' })
  await record({ subject: 'after' }, '2026-01-20T03:00:31.407Z')
  await appendImport(lake, { id: 'i1', snapshot: '2026-01-19T01-00Z' })
  await vouchFor(lake, { id: 'i1', snapshot: '2026-01-19T01-00Z' })
  await registerViews(['audit'], lake, new Date('2026-01-20T03:00:31.406Z'))
  expect(await lake.engine.rows('select subject from audit')).toEqual([{ subject: 'before' }])
})

describe('the statements for other engines', () => {
  test('have it for DuckDB, where later records are in it, too', async () => {
    await record({ subject: 'first' })
    await lake.engine.run(formatAuditView(lake.store.locate('lake.json').replace(/\/lake\.json$/, '')))
    await record({ subject: 'second' })
    await mergeAuditDay(lake.store, '2026-01-20', { graceMs: 0 }, { now: () => new Date() })
    expect(await lake.engine.rows('select subject from audit order by 1')).toEqual([
      { subject: 'first' },
      { subject: 'second' },
    ])
  })

  test('have none of it for Athena', async () => {
    expect(formatViews('athena', '/lake', await listViewTables(lake.catalog))).not.toContain('audit')
  })
})
