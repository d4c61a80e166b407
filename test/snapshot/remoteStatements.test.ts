import { expect, test } from 'vitest'
import type { RemoteEngine, RemoteOptions } from '../../src/engine/remoteEngine.js'
import { remoteStatements } from '../../src/snapshot/remoteStatements.js'

const stats = (scannedBytes: number, costUsd?: number) => ({
  ...{ queryId: 'q', scannedBytes, elapsedMs: 1 },
  ...(costUsd !== undefined && { costUsd }),
})

/** An engine that answers each statement, which is a number, by that many bytes. */
function engineOf(cost: boolean, asked: RemoteOptions[]): RemoteEngine {
  const statsOf = (sql: string) => stats(Number(sql), cost ? Number(sql) / 1000 : undefined)
  return {
    kind: 'athena',
    async query(sql, options = {}) {
      asked.push(options)
      async function* rows() {
        yield { n: 1n }
        yield { n: 2n }
      }
      async function* exactRows() {}
      return { columns: [], types: [], rows: rows(), exactRows: exactRows(), stats: () => statsOf(sql) }
    },
    async run(sql, options = {}) {
      asked.push(options)
      options.progress?.({ state: 'running', rows: 5 })
      return statsOf(sql)
    },
    async close() {},
  }
}

test('statements run in the database, and what they took is added up', async () => {
  const asked: RemoteOptions[] = []
  const told: unknown[] = []
  const { signal } = new AbortController()
  const statements = remoteStatements(engineOf(true, asked), 'lake_db', { signal, progress: step => told.push(step) })
  expect(await statements.rows('rows', '100')).toEqual([{ n: 1n }, { n: 2n }])
  await statements.run('objects', '200')
  await statements.run('folders', '1000')
  expect(asked).toMatchObject(Array.from({ length: 3 }, () => ({ schema: 'lake_db', signal })))
  expect(told).toEqual(['objects', 'folders'].map(phase => ({ phase, progress: { state: 'running', rows: 5 } })))
  const totals = { statements: 3, scannedBytes: 1300, reportBytes: 300 }
  expect(statements.stats()).toMatchObject(totals)
  expect(statements.stats().costUsd).toBeCloseTo(1.3)
})

test('what has no price costs nothing that is known', async () => {
  const effects = { signal: new AbortController().signal, progress: () => undefined }
  const statements = remoteStatements(engineOf(false, []), 'lake_db', effects)
  await statements.run('objects', '200')
  expect(statements.stats()).toEqual({ statements: 1, scannedBytes: 200, reportBytes: 200, costUsd: undefined })
})
