import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { enqueueJob } from '../../src/jobs/jobQueue.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore } from '../services/s3Service.js'
import { compileAgent, runAgents } from './agents.js'
import { makePlace, orderAt } from './queuePlace.js'

const AGENTS = 8

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-agents-'))
  await compileAgent(join(folder, 'compiled'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function enqueueAll(store: ObjectStore, jobs: number): Promise<void> {
  const effects = { ...makePlace().effects, store }
  const orders = Array.from({ length: jobs }, (_, i) => orderAt(new Date(i), { max_attempts: 1_000 }))
  while (orders.length > 0) await Promise.all(orders.splice(0, 16).map(order => enqueueJob(order, effects)))
}

test('each of 500 jobs has its effect once, while agents are killed, in a folder', async () => {
  const root = join(folder, 'lake')
  const store = new FolderStore(root)
  await enqueueAll(store, 500)
  const run = { place: { kind: 'folder', root }, store, folder, agents: AGENTS, jobs: 500 } as const
  expect((await runAgents({ ...run, killEach: 12 })).killed).toBeGreaterThan(0)
})

describeWithOracles('on S3', () => {
  test('each of 200 jobs has its effect once, while agents are killed', async () => {
    const service = await startMiniStack()
    try {
      const bucket = await createBucket(service)
      const store = await openTestStore(service, { bucket, prefix: 'lake' })
      await enqueueAll(store, 200)
      const run = { place: { kind: 'S3', service, bucket }, store, folder, agents: AGENTS, jobs: 200 } as const
      expect((await runAgents({ ...run, killEach: 12 })).killed).toBeGreaterThan(0)
    } finally {
      await service.stop()
    }
  }, 1_200_000) // for hangs alone
})
