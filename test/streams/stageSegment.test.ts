import { expect, test } from 'vitest'
import { prepareModels } from '../../src/streams/etlModels.js'
import { stageSegment } from '../../src/streams/stageSegment.js'
import { closeTestEngine, openTestEngine } from '../engine/engines.js'
import { streamOf } from './ingesting.js'

test('a segment is closed where its staging ends early', async () => {
  const open = await openTestEngine()
  let isClosed = false
  async function* endless() {
    try {
      for (;;) yield Buffer.from('{"received_at":"2026-01-20T10:00:00.000Z","message":{}}\n'.repeat(5_000))
    } finally {
      isClosed = true
    }
  }
  const models = await prepareModels(streamOf({ source: 'json', products: [] }), open.engine)
  let checks = 0
  const check = (): void => {
    if (++checks > 1) throw new Error('another has it')
  }
  const effects = { engines: [open.engine] as const, freeMemory: () => {}, check }
  await expect(stageSegment(endless(), models, effects)).rejects.toThrow('another has it')
  expect(isClosed).toBe(true)
  await closeTestEngine(open)
})
