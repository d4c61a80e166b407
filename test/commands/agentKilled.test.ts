import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ReportRow } from '../../src/demo/writeReport.js'
import { TextSink } from '../output/textSink.js'
import { AGENT_WORLD, type AgentProcess, startAgent, until } from './agentPlace.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'
import { FIRST_TIME, openSmallPlace, SETTINGS, type SmallPlace } from './smallLake.js'

// Agents and jobs in processes of their own, killed in the middle of an import of so many files.

const FILES = 240
const ROWS = FILES * 400

const lastModified = new Date('2026-01-01T00:00:00Z')
const rows = function* (): Generator<ReportRow> {
  for (let i = 0; i < ROWS; i++) yield { key: `folder ${i % 97}/${i}.jpg`, size: i, eTag: `${i}`, lastModified }
}

let reports: SmallPlace
let place: CommandFolder
let agents: AgentProcess[]
beforeAll(async () => {
  reports = await openSmallPlace()
  await reports.putReport(FIRST_TIME, [...rows()], { filesCount: FILES })
})
beforeEach(async () => {
  place = await openCommandFolder()
  await place.configure(SETTINGS.replace('./reports', join(reports.folder, 'reports')))
  agents = []
  await place.run(['import', 'photos', '--queue'])
  return async () => {
    for (const { child } of agents) child.kill('SIGKILL')
    for (const { ended } of agents) await ended
    await place.remove()
  }
})
afterAll(() => reports.remove())

function start(...args: string[]): AgentProcess {
  const agent = startAgent(place, ...args)
  agents.push(agent)
  return agent
}

const job = async (): Promise<Record<string, unknown>> => (await place.rows(['jobs']))[0] ?? {}

/** Waits until the import has read some files, and holds its process there until `goOn`. @returns the job */
async function holdMidway(): Promise<Record<string, unknown>> {
  const pid = await until(async () => (await countStaged()) >= 10 && (await job()).pid)
  process.kill(Number(pid), 'SIGSTOP')
  return until(async () => {
    const found = await job()
    return found.phase === 'read' && found
  })
}

const goOn = ({ pid }: Record<string, unknown>) => process.kill(Number(pid), 'SIGCONT')

/** How many of the report's files the import has read, by what it keeps of them. */
async function countStaged(): Promise<number> {
  const names = await readdir(join(place.folder, 'lake', '.tmp-work'), { recursive: true }).catch(() => [])
  return names.filter(name => name.endsWith('.parquet')).length
}

const isGone = async (pid: number): Promise<boolean> =>
  access(`/proc/${pid}`).then(
    () => false,
    () => true,
  )

test('an agent that is killed takes its job’s process with it, and another goes on from there', async () => {
  const agent = start()
  const held = await holdMidway()
  agent.child.kill('SIGKILL')
  await agent.ended
  goOn(held)
  await until(() => isGone(Number(held.pid)))
  expect(await job()).toMatchObject({ state: 'running', attempts: 1 })
  expect(await start('--until', 'idle').ended).toBe(0)
  const done = await job()
  expect(done).toMatchObject({ state: 'succeeded', attempts: 2, result: { object_count: ROWS, is_new: true } })
  expect((done.result as { get_requests: number }).get_requests).toBeLessThan(FILES)
  expect(await place.rows(['snapshots'])).toMatchObject([{ row_count: ROWS }])
})

test('an agent that is stopped hands its job back, and exits with 0', async () => {
  const agent = start()
  const held = await holdMidway()
  agent.child.kill('SIGTERM')
  goOn(held)
  expect(await agent.ended).toBe(0)
  expect(await isGone(Number(held.pid))).toBe(true)
  expect(await job()).toMatchObject({ state: 'queued', attempts: 0, exit_code: null })
  expect(agent.told()).toContain('the next agent goes on with it')
  expect(await start('--until', 'idle').ended).toBe(0)
  expect(await job()).toMatchObject({ state: 'succeeded', attempts: 1 })
})

test('a job whose process alone is killed is tried again later', async () => {
  const agent = start('--until', 'idle')
  const held = await holdMidway()
  process.kill(Number(held.pid), 'SIGKILL')
  expect(await agent.ended).toBe(0)
  expect(await job()).toMatchObject({ state: 'scheduled', attempts: 1, error: 'its process was ended by SIGKILL' })
  expect(agent.told()).toMatch(/failed {5}import photos {2}job_\w+: its process was ended by SIGKILL; again in \d+ s/)
  const later = () => new Date(Date.now() + 120_000)
  expect(await place.run(['agent', '--until', 'idle'], { ...AGENT_WORLD, now: later })).toMatchObject({ code: 0 })
  expect(await job()).toMatchObject({ state: 'succeeded', attempts: 2 })
})

test('a job that is cancelled ends, the lake is as it was, and the next import goes on from there', async () => {
  const agent = start()
  const held = await holdMidway()
  await place.run(['jobs', 'cancel', String(held.job_id)])
  goOn(held)
  await until(() => isGone(Number(held.pid)))
  expect(await until(async () => ((await job()).state === 'running' ? undefined : job()))).toMatchObject({
    state: 'cancelled',
  })
  expect(await place.rows(['snapshots'])).toEqual([])
  const [receipt] = await place.rows(['import', 'photos'])
  expect(receipt).toMatchObject({ row_count: ROWS })
  expect(Number(receipt?.get_requests)).toBeLessThan(FILES)
  agent.child.kill('SIGINT')
  expect(await agent.ended).toBe(0)
})

test('an import that a person types waits for the job’s, and says for whom', async () => {
  start('--until', 'idle')
  const held = await holdMidway()
  const stderr = new TextSink()
  const typed = place.run(['import', 'photos'], { stderr })
  await until(async () => stderr.text.includes('waiting for photos'))
  goOn(held)
  const { code, stdout } = await typed
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('already imported: photos') })
  expect(stderr.text).toContain(`waiting for photos: an import (${held.job_id}) on `)
})

test('two agents share a lake: each job is done once', async () => {
  for (let i = 0; i < 3; i++) await place.run(['import', 'photos', '--queue'])
  const both = [start('--until', 'idle'), start('--until', 'idle')]
  expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0])
  const jobs = await place.rows(['jobs'])
  expect(jobs.map(({ state }) => state)).toEqual(Array(4).fill('succeeded'))
  expect(jobs.filter(({ result }) => (result as { is_new: boolean }).is_new)).toHaveLength(1)
  expect(await place.rows(['snapshots'])).toHaveLength(1)
})
