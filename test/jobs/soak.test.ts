import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type SoakMeasure, soak } from '../../bench/soakCycles.js'
import { MAINTAIN_LIMITS } from '../../src/jobs/maintainStep.js'

const HOUR_MS = 3_600_000

test('a lake that is maintained loses no run, and neither it nor the process keeps what is over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-soak-'))
  const measures: SoakMeasure[] = []
  const limits = { ...MAINTAIN_LIMITS, versions: 3, files: 4, graceMs: 24 * HOUR_MS }
  const every = { cycleMs: 12 * HOUR_MS, scanEvery: 2, maintainEvery: 5, measureEvery: 10 }
  try {
    for await (const measure of soak({ folder, cycles: 30, ...every, limits })) measures.push(measure)
  } finally {
    await rm(folder, { recursive: true })
  }
  const [, before, after] = measures
  expect(measures.map(({ cycle, runs }) => [cycle, runs])).toEqual([
    [10, 10],
    [20, 20],
    [30, 30],
  ])
  expect(after?.openFiles).toBe(before?.openFiles)
  // Without upkeep there would be three a run: its rows, a manifest and a list.
  for (const name of ['gaps_v1', 'metrics_v1']) expect(after?.filesByFolder[name]).toBeLessThan(40)
})
