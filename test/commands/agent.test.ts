import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { COMMANDS, run } from '../../src/cli.js'
import { TextSink } from '../output/textSink.js'
import { AGENT_WORLD, PROGRAM } from './agentPlace.js'
import { FIRST_ROWS, FIRST_TIME, openSmallPlace, SECOND_ROWS, SECOND_TIME, type SmallPlace } from './smallLake.js'

// Each job is run by a process of its own: the command as `npm run build` made it last.

let place: SmallPlace
beforeEach(async () => {
  place = await openSmallPlace()
})
afterEach(() => place.remove())

async function agent(...args: string[]) {
  const [stdout, stderr] = [new TextSink(), new TextSink()]
  const world = { ...AGENT_WORLD, stdout, stderr, cwd: place.folder, now: () => new Date() }
  const code = await run(['agent', '--until', 'idle', ...args], COMMANDS, {
    ...world,
    signal: new AbortController().signal,
  })
  return { code, stdout: stdout.text, stderr: stderr.text.replace(/job_[0-9a-f]{32}/g, 'job_…') }
}

test('what was queued is imported, scanned and told; what fails is told, too', async () => {
  await place.putReport(FIRST_TIME, FIRST_ROWS)
  await place.putReport(SECOND_TIME, [...SECOND_ROWS, 'a line that is malformed'])
  await place.run('import', 'photos', '--all', '--queue')
  await place.run('import', 'photos', '--at', '2026-01-21T01-00Z', '--queue')
  await mkdir(join(place.folder, 'photo-bucket'))
  await writeFile(join(place.folder, 'photo-bucket', 'a.jpg'), 'a')
  await place.run('scan', 'photos', '--queue')
  const { code, stdout, stderr } = await agent()
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toContain('begun      import photos  job_…\n')
  expect(stderr).toContain('warning: import photos: 1 malformed row was left out\n')
  expect(stderr).toMatch(/succeeded {2}import photos {2}job_…: 2026-01-20T01-00Z, 5 objects, 16 MB, /)
  expect(stderr).toMatch(/failed {5}import photos {2}job_…: .*expected a report of 2026-01-21T01-00Z/)
  expect(stderr).toMatch(/succeeded {2}scan photos {2}job_…: \S+, 1 object, 1 B, /)
  const rows = await place.rows('jobs')
  const imported = rows.find(({ type, state }) => type === 'import' && state === 'succeeded')
  const snapshots = await place.rows('snapshots')
  expect(snapshots).toHaveLength(3)
  const newest = snapshots.find(({ snapshot }) => snapshot === '2026-01-20T01-00Z')
  expect(imported).toMatchObject({
    attempts: 1,
    result: {
      snapshot: '2026-01-20T01-00Z',
      import_id: newest?.import_id,
      is_new: true,
      object_count: 5,
      total_size_bytes: newest?.total_size_bytes,
      new_count: 1,
      modified_count: 1,
      deleted_count: 1,
      rejected_row_count: 1,
      snapshot_count: 2,
      get_requests: expect.any(Number),
      peak_memory_bytes: expect.any(Number),
    },
  })
  expect(rows.find(({ exit_code }) => exit_code === 3)).toMatchObject({ state: 'failed', attempts: 1 })
})

test('the lake of the command line is that of the jobs', async () => {
  await place.putReport(FIRST_TIME, FIRST_ROWS)
  await place.run('import', 'photos', '--queue', '--lake', './other')
  await agent('--lake', './other', '--quiet')
  expect(await place.rows('snapshots', '--lake', './other')).toHaveLength(1)
})

test('so many jobs at once are whole numbers', async () => {
  expect(await place.run('agent', '--jobs', '0')).toMatchObject({
    code: 2,
    stderr: 'stocktake: --jobs: expected a whole number from 1, got 0\n',
  })
})

test('what only agents start is in no help, is not suggested, and says so', async () => {
  const typed = (...args: string[]) =>
    promisify(execFile)(PROGRAM[0], [PROGRAM[1], ...args], { cwd: place.folder }).catch((error: unknown) => error)
  const [help, mistyped, alone] = await Promise.all([typed('--help'), typed('run-jbo'), typed('run-job')])
  expect(help).toMatchObject({ stdout: expect.stringContaining('stocktake agent') })
  expect(help).not.toMatchObject({ stdout: expect.stringContaining('run-job') })
  expect(mistyped).toMatchObject({ code: 2, stderr: 'stocktake: run-jbo: unknown command; see stocktake --help\n' })
  expect(alone).toMatchObject({
    code: 2,
    stderr: 'stocktake: run-job: expected to be started by an agent; stocktake agent\n',
  })
})
