import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatCycle, runAfterCycle } from '../../src/jobs/afterCycle.js'
import { isRunning } from '../../src/lake/processFacts.js'
import { until } from '../commands/agentPlace.js'
import { JOB } from './exampleFacts.js'

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'stocktake-cycle-'))
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

async function runHere(command: string, more: { timeoutMs?: number; cycle?: string; signal?: AbortSignal } = {}) {
  const said: string[] = []
  const { timeoutMs = 60_000, cycle = '{"state":"succeeded"}\n', signal = new AbortController().signal } = more
  const options = { command, cwd, env: { PATH: process.env.PATH, NAME: 'a value' }, timeoutMs }
  const end = await runAfterCycle(cycle, options, { said: line => said.push(line), signal })
  return { ...end, said: said.sort() }
}

test.each([
  ['cat', { isGood: true, outcome: 'exit code 0', said: ['{"state":"succeeded"}'] }],
  ['echo "$NAME"; echo too >&2', { isGood: true, outcome: 'exit code 0', said: ['a value', 'too'] }],
  ['cat > got; test -s got && pwd > where', { isGood: true, outcome: 'exit code 0', said: [] }],
  ['exit 3', { isGood: false, outcome: 'exit code 3', said: [] }],
  ['kill -9 $$', { isGood: false, outcome: 'ended by SIGKILL', said: [] }],
  ['nothing-of-that-name 2>&-', { isGood: false, outcome: 'exit code 127', said: [] }],
  ['echo a\0b', { isGood: false, outcome: expect.stringContaining('not started: '), said: [] }],
])('%s', async (command, expected) => expect(await runHere(command)).toEqual(expected))

test('what does not read its input ends all the same', async () =>
  expect(await runHere('true', { cycle: 'x'.repeat(1_000_000) })).toMatchObject({ outcome: 'exit code 0' }))

test('one that says much is heard for a while', async () => expect((await runHere('seq 1000')).said).toHaveLength(100))

test('one that takes too long is ended', async () =>
  expect(await runHere('sleep 600', { timeoutMs: 300 })).toEqual({
    ...{ isGood: false, outcome: 'not over after 300 ms', said: [] },
  }))

test('one is ended with the daemon, and what it started with it', async () => {
  const stop = new AbortController()
  const ending = runHere('sleep 600 & echo $! > pid; wait', { signal: stop.signal })
  const pid = await until(async () => Number(await readFile(join(cwd, 'pid'), 'utf8').catch(() => '')) || undefined)
  stop.abort()
  expect(await ending).toMatchObject({ isGood: false, outcome: 'stopped' })
  await until(async () => !isRunning(pid))
})

test('it is told the job and its result, in one line', () => {
  const told = formatCycle({
    ...JOB,
    state: 'succeeded',
    result: { run_id: 'r', metrics: [{ value: 1 }] },
    error: null,
  })
  expect(told.endsWith('\n') && !told.slice(0, -1).includes('\n')).toBe(true)
  expect(JSON.parse(told)).toMatchObject({
    job_id: JOB.job_id,
    state: 'succeeded',
    run_id: 'r',
    metrics: [{ value: 1 }],
  })
})
