import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { gapsFileSchema } from '../../src/reconcile/gapsFile.js'
import { openReconcilePlace, type ReconcilePlace } from './reconcilePlace.js'

let place: ReconcilePlace
afterEach(() => place.remove())

const DAYS = '{ from: 2026-01-10, to: 2026-01-15 }'

/** Days of which a file each is expected. @param more keys of the dataset */
const daily = (more = ''): string => `
datasets:
  days:
    key: raw/{date}.json
    weight: 9
    expect: { date: ${DAYS} }
${more}`

const task = (script: string, more = ''): string =>
  `    task: { run: ["${process.execPath}", ${script}, "{date}"]${more} }\n`

/** Four of the six days. */
async function putDays(): Promise<void> {
  for (const day of ['10', '11', '13', '15']) await place.put(`raw-bucket/raw/2026-01-${day}.json`, '{}')
}

const PUT = `
import { writeFileSync } from 'node:fs'
writeFileSync(\`raw-bucket/raw/\${process.argv[2]}.json\`, process.env.STOCKTAKE_TASK_ID)
`

describe('the loop', () => {
  test('reconcile, run the tasks, reconcile: no gaps are left', async () => {
    place = await openReconcilePlace(daily(task('put.mjs')))
    await putDays()
    await place.put('put.mjs', PUT)

    const found = await place.run('reconcile')
    expect(found.code, found.stderr).toBe(0)
    expect(found.stdout.split('\n')).toEqual([
      'days  raw/{date}.json  found 4 of 6  66.7 %  on 2026-01-22 01:00',
      '2 gaps: 2 critical;  2 tasks queued; ./inventory/gaps.json',
      'critical  days 2026-01-12: no object raw/2026-01-12.json',
      'critical  days 2026-01-14: no object raw/2026-01-14.json',
      expect.stringMatching(/^stocktake gaps explain gap_[0-9a-f]{26} {6}stocktake tasks run --dry-run$/),
      '',
    ])

    const commands = await place.rows('tasks', 'run', '--dry-run')
    expect(commands.map(({ command }) => JSON.parse(String(command)).slice(1))).toEqual([
      ['put.mjs', '2026-01-12'],
      ['put.mjs', '2026-01-14'],
    ])
    const ran = await place.run('tasks', 'run')
    expect(ran).toMatchObject({ code: 0, stdout: '2 tasks: 2 done\n' })

    const after = await place.run('reconcile')
    expect(after.stdout).toBe(
      'days  raw/{date}.json  found 6 of 6   100 %  on 2026-01-22 01:03\nno gaps; ./inventory/gaps.json\n',
    )
    expect(await place.rows('gaps')).toEqual([])
    expect(await place.rows('gaps', '--state', 'resolved')).toMatchObject([
      { key_prefix: 'raw/2026-01-12.json', times_seen: 1, resolved_at: expect.stringMatching(/^2026-01-22T01:02/) },
      { key_prefix: 'raw/2026-01-14.json' },
    ])
    expect(await place.rows('tasks', 'list')).toEqual([])
    expect(await place.rows('query', 'select state, attempts, exit_code from tasks')).toEqual([
      { state: 'done', attempts: 1, exit_code: 0 },
      { state: 'done', attempts: 1, exit_code: 0 },
    ])
  })

  test('its metrics are rows', async () => {
    place = await openReconcilePlace(daily(task('put.mjs')))
    await putDays()
    await place.put('put.mjs', PUT)
    await place.run('reconcile')
    await place.run('tasks', 'run')
    await place.run('reconcile')
    const rows = await place.rows(
      'query',
      "select metric, dataset, value from metrics where metric not like '%last_run' order by run_at, metric",
    )
    const named = rows.map(({ metric, dataset, value }) => [
      String(metric).replace('reconciliation_', ''),
      dataset,
      value,
    ])
    expect(named).toEqual([
      ['coverage', 'days', 4 / 6],
      ['critical_gaps', null, 2],
      ['task_queue_size', null, 2],
      ['total_gaps', null, 2],
      ['coverage', 'days', 1],
      ['critical_gaps', null, 0],
      ['success_rate', null, 1],
      ['task_queue_size', null, 0],
      ['total_gaps', null, 0],
      ['coverage', 'days', 1],
      ['critical_gaps', null, 0],
      ['task_queue_size', null, 0],
      ['total_gaps', null, 0],
    ])
  })

  test('a command that lies is found out, and put into quarantine in the end', async () => {
    place = await openReconcilePlace(`${daily(task('lie.mjs'))}\ntasks: { quarantine_after: 2 }\n`)
    await putDays()
    await place.put('lie.mjs', 'console.log("done, really")')
    await place.run('reconcile')
    const first = await place.run('tasks', 'run')
    expect(first.code).toBe(1)
    expect(first.stdout).toContain('2 tasks: 2 without effect')
    expect(first.stderr).toContain('2 of 2 tasks: their gaps are still there')

    expect((await place.run('reconcile')).stdout).toContain('2 tasks queued')
    expect((await place.run('tasks', 'run')).stdout).toContain('2 tasks: 2 quarantined')
    expect((await place.run('reconcile')).stdout).toContain('2 gaps: 2 critical;  2 in quarantine')
    expect((await place.run('tasks', 'run')).stdout).toBe('no tasks are queued\n')

    const [stuck] = await place.rows('tasks', 'list', '--state', 'quarantined')
    expect((await place.run('tasks', 'retry', String(stuck?.task_id))).code).toBe(0)
    expect(await place.rows('tasks', 'list', '--state', 'queued')).toHaveLength(1)
  })

  test('a command that fails once and then works is tried again', async () => {
    place = await openReconcilePlace(daily(task('flaky.mjs', ', retries: 1')))
    await putDays()
    await place.put(
      'flaky.mjs',
      `import { existsSync } from 'node:fs'
      const mark = \`tried-\${process.argv[2]}\`
      if (!existsSync(mark)) { writeFileSync(mark, ''); process.exit(3) }${PUT}`,
    )
    await place.run('reconcile')
    const ran = await place.run('tasks', 'run')
    expect(ran).toMatchObject({ code: 0, stdout: '2 tasks: 2 done\n' })
    expect(ran.stderr).toContain('exit code 3')
  })
})

test('tasks that have to be left are no success', async () => {
  place = await openReconcilePlace(daily(task('put.mjs', ', pass_env: [NO_SUCH_VARIABLE]')))
  await putDays()
  await place.run('reconcile')
  const ran = await place.run('tasks', 'run')
  expect(ran.code).toBe(1)
  expect(ran.stdout).toContain('2 tasks: 2 left as they are')
  expect(ran.stderr).toContain("NO_SUCH_VARIABLE isn't set")
})

test('gaps that are too many for tasks are told', async () => {
  place = await openReconcilePlace(daily(task('put.mjs', ', at_most: 1')))
  await putDays()
  expect((await place.run('reconcile')).stdout).toContain('2 critical;  1 task queued, 1 gap waiting for a task')
})

describe('inventory/gaps.json', () => {
  test('is what its schema says', async () => {
    place = await openReconcilePlace(daily(task('put.mjs')))
    await putDays()
    await place.run('reconcile')
    const file = gapsFileSchema.parse(JSON.parse(await place.read('inventory/gaps.json')))
    expect(file.counts).toEqual({ total: 2, critical: 2, high: 0, medium: 0, low: 0 })
    expect(file.datasets).toMatchObject([{ dataset: 'days', expected_count: 6, found_count: 4 }])
    expect(file.gaps).toMatchObject([
      { kind: 'missing', partition_values: { date: '2026-01-12' }, key_prefix: 'raw/2026-01-12.json' },
      { kind: 'missing', partition_values: { date: '2026-01-14' } },
    ])
    expect(file.tasks.map(({ gap_ids }) => gap_ids).sort()).toEqual(file.gaps.map(({ gap_id }) => [gap_id]).sort())
    expect(await readdir(join(place.folder, 'inventory'))).toEqual(['gaps.json'])
  })

  test('is whole where there is nothing', async () => {
    place = await openReconcilePlace('datasets: {}\n')
    await place.run('reconcile')
    expect(gapsFileSchema.parse(JSON.parse(await place.read('inventory/gaps.json')))).toMatchObject({
      counts: { total: 0 },
      datasets: [],
      gaps: [],
      tasks: [],
    })
  })
})

test('a gap stays the same one: since when, and how often', async () => {
  place = await openReconcilePlace(daily())
  await putDays()
  for (let i = 0; i < 3; i++) await place.run('reconcile')
  const gaps = await place.rows('gaps')
  expect(gaps).toMatchObject([
    { key_prefix: 'raw/2026-01-12.json', times_seen: 3, first_seen: expect.stringMatching(/^2026-01-22T01:00/) },
    { key_prefix: 'raw/2026-01-14.json', times_seen: 3 },
  ])
})

test('of two runs at once both count', async () => {
  place = await openReconcilePlace(daily())
  await putDays()
  await place.run('scan', 'raw')
  const answers = await Promise.all([1, 2].map(() => place.run('reconcile', '--use-cache')))
  expect(answers.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
  ])
  expect((await place.rows('gaps')).map(({ times_seen }) => times_seen)).toEqual([2, 2])
})

test('--dry-run writes nothing, and looks at no bucket', async () => {
  place = await openReconcilePlace(daily(task('put.mjs')))
  await putDays()
  await place.run('scan', 'raw')
  const before = await readdir(place.folder, { recursive: true })
  const { code, stdout } = await place.run('reconcile', '--dry-run')
  expect([code, stdout.split('\n')[1]]).toEqual([0, '2 gaps: 2 critical;  2 tasks queued'])
  expect(await readdir(place.folder, { recursive: true })).toEqual(before)
})

test('--use-cache looks at no bucket', async () => {
  place = await openReconcilePlace(daily())
  await putDays()
  await place.run('scan', 'raw')
  await place.put('raw-bucket/raw/2026-01-12.json', '{}')
  expect((await place.run('reconcile', '--use-cache')).stdout).toContain('2 gaps')
  expect((await place.run('reconcile')).stdout).toContain('1 gap: 1 critical')
})

test.each([
  ['critical', 5],
  ['low', 5],
])('--fail-on %s exits with %i where critical gaps are open', async (priority, code) => {
  place = await openReconcilePlace(daily())
  await putDays()
  const answer = await place.run('reconcile', '--fail-on', priority)
  expect(answer.code).toBe(code)
  expect(answer.stderr).toContain(`--fail-on ${priority}: 2 critical`)
})

test('--fail-on critical is fine with what is less', async () => {
  place = await openReconcilePlace(daily().replace('weight: 9', 'weight: 1'))
  await putDays()
  const answer = await place.run('reconcile', '--fail-on', 'critical')
  expect([answer.code, answer.stdout.split('\n')[1]]).toEqual([0, '2 gaps: 2 medium; ./inventory/gaps.json'])
})

test('--dataset leaves the gaps of others as they are', async () => {
  const other = '  other:\n    key: other/{date}.json\n    expect: { date: { from: 2026-01-20, to: 2026-01-20 } }\n'
  place = await openReconcilePlace(daily(other))
  await putDays()
  expect((await place.run('reconcile')).stdout).toContain('3 gaps')
  await place.put('raw-bucket/other/2026-01-20.json', '{}')
  await place.put('raw-bucket/raw/2026-01-12.json', '{}')
  const part = await place.run('reconcile', '--dataset', 'days')
  expect(part.stdout).toMatch(/^days .*\n1 gap of earlier runs is gone\n1 gap: /)
  expect((await place.rows('gaps')).map(({ dataset }) => dataset).sort()).toEqual(['days', 'other'])
  const alone = await place.run('reconcile', '--dataset', 'other', '--fail-on', 'critical')
  expect([alone.code, alone.stdout.split('\n').at(-2)]).toEqual([0, 'no gaps; ./inventory/gaps.json'])
  const unknown = await place.run('reconcile', '--dataset', 'dayz')
  expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('dataset dayz') })
})

test('gaps and tasks of a dataset that is expected no more are gone', async () => {
  place = await openReconcilePlace(daily(task('put.mjs')))
  await putDays()
  await place.run('reconcile')
  await place.put('data_inventory.yaml', 'datasets: {}\n')
  expect((await place.run('reconcile')).stdout).toContain('2 gaps of earlier runs are gone\nno gaps; ')
  expect(await place.rows('tasks', 'list')).toEqual([])
})

test('a file that is empty, as one that is being written, resolves nothing', async () => {
  place = await openReconcilePlace(daily())
  await putDays()
  await place.run('reconcile')
  await place.put('data_inventory.yaml', '')
  const answer = await place.run('reconcile')
  expect(answer).toMatchObject({ code: 2, stderr: expect.stringContaining('expected a mapping of names, {} for none') })
  expect(await place.rows('gaps')).toHaveLength(2)
})

test('--fail-on is met by what nobody has seen', async () => {
  place = await openReconcilePlace(daily())
  await putDays()
  const answer = await place.run('reconcile', '--use-cache', '--fail-on', 'low')
  expect(answer.code).toBe(3)
  expect(answer.stdout).toContain('no gaps that anybody knows of')
  expect(answer.stderr).toContain('nobody has looked at the bucket of days yet')
})

test('a bucket that was emptied lacks everything', async () => {
  place = await openReconcilePlace(daily())
  await putDays()
  await place.run('reconcile')
  for (const day of ['10', '11', '13', '15']) await rm(join(place.folder, `raw-bucket/raw/2026-01-${day}.json`))
  const { code, stdout } = await place.run('reconcile')
  expect([code, stdout.split('\n')[0]]).toEqual([0, 'days  raw/{date}.json  found 0 of 6     0 %  on 2026-01-22 01:01'])
})

test('a sample tells of nothing that it is missing', async () => {
  const settings = 'connectors: { raw: { source_bucket: ./raw-bucket, scan_mode: sample, sample_rate: 0.5 } }\n'
  place = await openReconcilePlace(daily(), settings)
  await putDays()
  const { code, stdout } = await place.run('reconcile')
  expect(code).toBe(0)
  expect(stdout).toMatch(/a 50 % sample can't tell what is missing\nno gaps/)
})

test("a bucket that can't be looked at doesn't keep the others from being so, and is a failure", async () => {
  const settings = `connectors:
  gone: { source_bucket: ./no-such-bucket, scan_mode: full }
  raw: { source_bucket: ./raw-bucket, scan_mode: full }
`
  const text = daily('  lost: { connector: gone, key: "x/{a}", expect: { a: [b] } }\n').replace(
    'days:\n',
    'days:\n    connector: raw\n',
  )
  place = await openReconcilePlace(text, settings)
  await putDays()
  const { code, stdout, stderr } = await place.run('reconcile')
  expect(code).toBe(3)
  expect(stderr).toContain('no-such-bucket: no such folder')
  expect(stdout).toContain('found 4 of 6')
  expect(stdout).toMatch(/lost .* nobody has looked at its bucket yet/)
})

describe('gaps explain', () => {
  test('shows the expectation, the nearest keys and the query', async () => {
    place = await openReconcilePlace(daily())
    await putDays()
    await place.run('reconcile')
    const [gap] = await place.rows('gaps')
    const { stdout } = await place.run('gaps', 'explain', String(gap?.gap_id).slice(0, 12))
    expect(stdout).toContain('datasets.days: raw/{date}.json')
    expect(stdout).toMatch(
      /nearest keys\n {2}raw\/2026-01-10.json .*\n {2}raw\/2026-01-11.json .*\n {2}raw\/2026-01-13.json/,
    )
    const query = /^query\n {2}(.*)$/m.exec(stdout)?.[1] ?? ''
    expect(await place.rows('query', query)).toEqual([])
  })

  test.each([
    ['gap_00000000000000000000000000', 3, 'no such gap'],
    ['gap_', 2, 'expected gap_ and 4 to 26 hex digits'],
    ["gap_0' or 1=1", 2, 'expected gap_'],
  ])('%s exits with %i', async (id, code, told) => {
    place = await openReconcilePlace(daily())
    await putDays()
    await place.run('reconcile')
    const answer = await place.run('gaps', 'explain', id)
    expect(answer).toMatchObject({ code, stderr: expect.stringContaining(told) })
  })
})

test("keys that aren't friendly are told as they are, on one line", async () => {
  place = await openReconcilePlace(daily('    allow_unexpected: false\n'))
  await putDays()
  const key = 'it\'s \u001b[31m$(rm -rf x); "{date}" \n.json'
  await place.put(`raw-bucket/raw/${key}`, 'x')
  const { stdout } = await place.run('reconcile')
  expect(stdout).not.toContain('\u001b')
  expect((await place.rows('gaps', '--kind', 'unexpected'))[0]).toMatchObject({ found: expect.stringContaining('1') })
  const file = gapsFileSchema.parse(JSON.parse(await place.read('inventory/gaps.json')))
  expect(file.gaps.filter(({ kind }) => kind === 'unexpected')).toHaveLength(1)
})

test.each<[string, string, number, RegExp]>([
  [
    'an unknown key',
    'datasets: { days: { kee: x } }',
    2,
    /data_inventory.yaml:1:21: datasets.days.kee: unknown key; did you mean key\?/,
  ],
  [
    'a template that could be millions',
    daily().replace('2026-01-10', '1026-01-10').replace('date: {', 'date: { every: hour,'),
    2,
    /days/,
  ],
])('%s is told before anything happens', async (_, text, code, told) => {
  place = await openReconcilePlace(text)
  await putDays()
  const answer = await place.run('reconcile')
  expect(answer.code).toBe(code)
  expect(answer.stderr.replace(/^looked at.*\n/m, '').replace(/^made the lake.*\n/m, '')).toMatch(told)
})

test('without data_inventory.yaml it says what that is', async () => {
  place = await openReconcilePlace('')
  await rm(join(place.folder, 'data_inventory.yaml'))
  const answer = await place.run('reconcile')
  expect(answer).toMatchObject({ code: 2, stderr: expect.stringContaining('docs/expectations.md') })
  expect(existsSync(join(place.folder, 'lake'))).toBe(false)
})

test('a clock that was put back puts no run before another', async () => {
  place = await openReconcilePlace(daily())
  await putDays()
  const earlier = await openReconcilePlace('', '') // its clock begins anew
  await place.run('scan', 'raw')
  await place.run('reconcile', '--use-cache')
  await place.put('raw-bucket/raw/2026-01-12.json', '{}')
  await place.put('raw-bucket/raw/2026-01-14.json', '{}')
  await place.run('scan', 'raw')
  const config = join(place.folder, 'stocktake.yaml')
  expect((await earlier.run('reconcile', '--use-cache', '--config', config)).stdout).toContain('no gaps')
  await earlier.remove()
  expect(await place.rows('gaps')).toEqual([])
})
