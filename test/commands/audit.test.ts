import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openReconcilePlace } from './reconcilePlace.js'
import {
  FIRST,
  FIRST_ROWS,
  FIRST_TIME,
  openSmallPlace,
  SECOND,
  SECOND_ROWS,
  SECOND_TIME,
  type SmallPlace,
} from './smallLake.js'

/** What has been done, oldest first: `done import photos (5)`. */
async function readDeeds(place: Pick<SmallPlace, 'rows'>): Promise<string[]> {
  const rows = await place.rows('query', 'select * from audit order by audit_id')
  return rows.map(row => `${row.outcome} ${row.action} ${row.subject} (${row.objects})`)
}

describe('a bucket with reports', () => {
  let place: SmallPlace
  beforeEach(async () => {
    place = await openSmallPlace()
    await place.putReport(FIRST_TIME, FIRST_ROWS)
  })
  afterEach(() => place.remove())

  const spoil = (snapshot: string) =>
    writeFile(join(place.folder, `reports/photo-bucket/daily/${snapshot}/manifest.checksum`), 'short')

  test('each import is in the audit, with who did it and what it made', async () => {
    expect((await place.run('import', 'photos')).code).toBe(0)
    expect((await place.run('import', 'photos')).code).toBe(0)
    expect((await readDeeds(place)).sort()).toEqual(['done import photos (5)', 'unchanged import photos (5)']) // of one instant
    const [row] = await place.rows('query', "select * from audit where outcome = 'done'")
    const [receipt] = await place.rows('snapshots')
    expect(row).toMatchObject({
      who: userInfo().username,
      host: hostname(),
      job_id: null,
      happened_at: '2026-01-22T01:00:00.000Z',
      detail: JSON.stringify({ snapshot: FIRST, import_id: receipt?.import_id }),
    })
  })

  test('of several reports each, a refused one too', async () => {
    await place.putReport(SECOND_TIME, SECOND_ROWS)
    await spoil(FIRST)
    expect((await place.run('import', 'photos', '--all')).code).toBe(4)
    const rows = await place.rows(
      'query',
      "select outcome, objects, coalesce(detail->>'snapshot', detail->>'report') as report from audit",
    )
    expect(rows).toHaveLength(2)
    expect(rows).toContainEqual({ outcome: 'refused', objects: null, report: expect.stringContaining(FIRST) })
    expect(rows).toContainEqual({ outcome: 'done', objects: 5, report: SECOND })
  })

  test('what is refused and what fails says how it ended', async () => {
    await spoil(FIRST)
    expect((await place.run('import', 'photos')).code).toBe(4)
    expect((await place.run('scan', 'photos')).code).toBe(3)
    const rows = await place.rows(
      'query',
      "select action, outcome, detail->>'exit_code' as code, detail->>'error' as error from audit order by action",
    )
    expect(rows).toEqual([
      { action: 'import', outcome: 'refused', code: '4', error: expect.stringContaining('manifest.checksum') },
      { action: 'scan', outcome: 'failed', code: '3', error: expect.stringContaining('no such folder') },
    ])
  })

  test('a report that is not there and the sample instead are one deed', async () => {
    await rm(join(place.folder, 'reports'), { recursive: true })
    await mkdir(join(place.folder, 'photo-bucket'))
    await writeFile(join(place.folder, 'photo-bucket/a.jpg'), 'a')
    await appendFile(join(place.folder, 'stocktake.yaml'), '    sample_rate: 1\n')
    expect((await place.run('import', 'photos')).code).toBe(0)
    expect(await readDeeds(place)).toEqual([expect.stringMatching(/^done scan photos/)])
  })

  test('what was not begun is not in it', async () => {
    expect((await place.run('import', 'nobody')).code).toBe(3)
    expect((await place.run('scan', 'photos', '--sample', '2')).code).toBe(2)
    expect((await place.run('import', 'photos')).code).toBe(0)
    expect(await readDeeds(place)).toEqual(['done import photos (5)'])
  })

  test('an import that can not be recorded has been done, and is told of', async () => {
    expect((await place.run('init')).code).toBe(0)
    await mkdir(join(place.folder, 'lake/state'), { recursive: true })
    await writeFile(join(place.folder, 'lake/state/audit'), 'no folder')
    const { code, stderr } = await place.run('import', 'photos')
    expect([code, stderr]).toEqual([0, expect.stringMatching(/not in the audit: import photos, done: /)])
    expect(await place.rows('snapshots')).toHaveLength(1)
  })

  test('it is a view among the others, and DuckDB gets it, but not Athena', async () => {
    await place.run('init')
    expect((await place.run('views')).stdout).not.toContain('view audit')
    await place.run('import', 'photos')
    expect((await place.run('views')).stdout).toContain('create or replace view audit as')
    expect((await place.run('views', '--dialect', 'athena')).stdout).not.toContain('audit')
    expect(await place.rows('query', 'show tables')).toContainEqual({ name: 'audit' })
    const { stderr } = await place.run('query', 'select count(*) from audit', '--as-of', '2026-01-20')
    expect(stderr).toContain('as of')
  })
})

test('a reconciliation, the looks it takes, and each task that is run are in it', async () => {
  const place = await openReconcilePlace(`
datasets:
  days:
    key: raw/{date}.json
    expect: { date: { from: 2026-01-10, to: 2026-01-12 } }
    task: { run: ["${process.execPath}", --version, "{date}"] }
`)
  await place.put('raw-bucket/raw/2026-01-10.json', '{}')
  await place.put('raw-bucket/raw/2026-01-11.json', '{}')
  await place.run('reconcile')
  await place.run('reconcile', '--dry-run')
  await place.run('tasks', 'run')
  expect(await readDeeds(place)).toEqual([
    'done scan raw (2)',
    'done reconcile all datasets (1)',
    expect.stringMatching(/^done task run task_[0-9a-f]{26} \(1\)$/),
    'done scan raw (2)', // near the task's gap only
  ])
  await place.remove()
})
