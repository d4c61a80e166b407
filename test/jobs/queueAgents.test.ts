import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { enqueueJob } from '../../src/jobs/jobQueue.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { compileAgent, runAgents } from './agents.js'
import { makePlace, orderAt } from './queuePlace.js'

test('each of 60 jobs has its effect once, while agents are killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-agents-'))
  try {
    await compileAgent(join(folder, 'compiled'))
    const root = join(folder, 'lake')
    const effects = { ...makePlace().effects, store: new FolderStore(root) }
    for (let i = 0; i < 60; i++) await enqueueJob(orderAt(new Date(i), { max_attempts: 1_000 }), effects)
    const run = { place: { kind: 'folder', root }, store: effects.store, folder, agents: 3, jobs: 60 } as const
    expect((await runAgents({ ...run, killEach: 5 })).killed).toBeGreaterThan(0)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
