import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Job, JobProgress } from '../../src/jobs/job.js'
import { startJobProcess } from '../../src/jobs/jobProcess.js'

// Real processes, of a few lines each.

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-process-'))
})
afterAll(() => rm(folder, { recursive: true }))

const JOB: Job = {
  ...{ job_id: `job_${'0'.repeat(32)}`, type: 'import', connector: 'photos', params: { at: '2026-01-20T01-00Z' } },
  ...{ state: 'running', due: new Date(0), not_before: null, attempts: 1, max_attempts: 3 },
  ...{ created_at: new Date(0), created_by: 'ann', started_at: new Date(0), ended_at: null },
  ...{ progress: null, result: null, error: null, cancel: null, chain: null, lease: null },
}

async function start(script: string) {
  const path = join(folder, `${Math.random()}.mjs`)
  await writeFile(path, script)
  const said: string[] = []
  const steps: JobProgress[] = []
  const effects = { progress: (step: JobProgress) => steps.push(step), said: (line: string) => said.push(line) }
  const worker = startJobProcess({ command: [process.execPath, path], cwd: folder, env: process.env }, JOB, effects)
  return { worker, said, steps }
}

test('it gets its job, says how far it is and what came of it; its stdout is nobody’s', async () => {
  const { worker, said, steps } = await start(`
    process.on('message', ({ job }) => {
      console.log('{"kind":"failed"}')
      console.error('warning: odd')
      process.send({ kind: 'progress', progress: { phase: 'read', done: 1, total: null, rate: 2.5, unit: 'files', at: job.due } })
      process.send({ kind: 'nonsense' })
      process.send({ kind: 'succeeded', result: { at: job.params.at } }, () => process.exit())
    })`)
  expect(await worker.ended).toEqual({ kind: 'succeeded', result: { at: '2026-01-20T01-00Z' } })
  expect(steps).toEqual([{ phase: 'read', done: 1, total: null, rate: 2.5, unit: 'files', at: new Date(0) }])
  expect(said).toEqual(['warning: odd'])
})

test.each([
  ['process.exit(0)', { kind: 'failed', error: { message: expect.stringContaining('without a word'), exit_code: 1 } }],
  ['process.exit(130)', { kind: 'interrupted' }],
  ["process.kill(process.pid, 'SIGKILL')", { kind: 'died', message: 'its process was ended by SIGKILL' }],
  [
    "console.error('odd'); console.error('stocktake: lake: expected one, got none'); process.exitCode = 2",
    { kind: 'failed', error: { message: 'lake: expected one, got none', exit_code: 2 } },
  ],
])('a process that says nothing is judged by its end: %s', async (script, end) => {
  expect(await (await start(script)).worker.ended).toEqual(end)
})

test('one that cannot be started has failed', async () => {
  const effects = { progress: () => {}, said: () => {} }
  const worker = startJobProcess({ command: ['./no-such-program'], cwd: folder, env: {} }, JOB, effects)
  expect(worker.pid).toBeUndefined()
  expect(await worker.ended).toMatchObject({ kind: 'failed', error: { exit_code: 1 } })
})

test('one that the system refuses at once has failed', async () => {
  const effects = { progress: () => {}, said: () => {} }
  const env = { LONG: 'x'.repeat(4_000_000) } // E2BIG
  const worker = startJobProcess({ command: [process.execPath, '--version'], cwd: folder, env }, JOB, effects)
  for (const end of ['interrupt', 'kill'] as const) worker[end]()
  expect(await worker.ended).toMatchObject({
    kind: 'failed',
    error: { message: expect.stringContaining('E2BIG'), exit_code: 1 },
  })
})

test('it can be asked to end, and be killed', async () => {
  const waiting = `process.on('SIGINT', () => process.send({ kind: 'interrupted' }, () => process.exit()))
    process.on('message', () => process.send({ kind: 'progress', progress: { phase: 'x', done: 0, total: null, rate: null, unit: 'x', at: new Date() } }))
    setInterval(() => {}, 1000)`
  for (const [end, kind] of [
    ['interrupt', 'interrupted'],
    ['kill', 'died'],
  ] as const) {
    const { worker, steps } = await start(waiting)
    while (steps.length === 0) await new Promise(next => setTimeout(next, 10))
    worker[end]()
    expect((await worker.ended).kind).toBe(kind)
  }
})
