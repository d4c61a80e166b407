import { expect, test } from 'vitest'
import { outcomeText } from '../../src/commands/jobScreen.js'
import { UsageError } from '../../src/errors.js'
import { worstExitCode } from '../../src/jobs/daemonOnce.js'
import { listTaskErrors, listUnseen, reconcileResult, snapshotResult } from '../../src/jobs/jobResult.js'
import type { Receipt } from '../../src/snapshot/receipts.js'
import { JOB } from './exampleFacts.js'

const COST = { durationMs: 1500, peakMemoryBytes: 3e8 }
const GAPS = { critical: 0, high: 0, medium: 0, low: 0 }

const receipt = (snapshot: string, bytes: bigint): Receipt =>
  ({
    ...{ snapshot, import_id: `i-${snapshot}`, object_count: 5n, total_size_bytes: bytes, rejected_row_count: 0n },
    ...{ new_count: null, modified_count: null, deleted_count: null },
    ...{ list_requests: 1n, get_requests: 4n, bytes_read: 100n },
  }) as Receipt

test('of several snapshots the newest is told, and the requests of all that were made', () => {
  const made = [
    { receipt: receipt('a', 1n), isNew: true },
    { receipt: receipt('b', 2n), isNew: false },
    { receipt: receipt('c', 2n ** 60n), isNew: true },
  ]
  expect(snapshotResult(made, COST)).toMatchObject({
    ...{ snapshot: 'c', import_id: 'i-c', is_new: true, snapshot_count: 3, object_count: 5, new_count: null },
    ...{ list_requests: 2, get_requests: 8, bytes_read: 200, duration_ms: 1500, peak_memory_bytes: 3e8 },
    total_size_bytes: '1152921504606846976', // JSON's number would be another
  })
})

test('what was there before has cost nothing that is known', () => {
  expect(snapshotResult([{ receipt: receipt('a', 1n), isNew: false }], COST)).toMatchObject({
    ...{ snapshot: 'a', is_new: false, list_requests: null, get_requests: null, bytes_read: null },
  })
})

test('after its tasks a reconciliation tells what is left, and of other datasets what it found', () => {
  const metric = (name: string, dataset: string | null, value: number) => ({ metric: name, dataset, value })
  const found = {
    runId: 'r',
    counts: { ...GAPS, critical: 3 },
    metrics: [metric('total', null, 3), metric('coverage', 'a', 0.5), metric('coverage', 'b', 1)],
    failures: [{ connector: 'photos', error: { message: 'no answer', exitCode: 1 } }],
  }
  expect(reconcileResult(found, undefined, COST)).toMatchObject({ gaps: { critical: 3 }, tasks: null })
  const run = { tasks: [], left: [], errors: [new UsageError({ subject: 'bucket', got: 'no' }), 'gone'] }
  const verified = { counts: GAPS, metrics: [metric('total', null, 0), metric('coverage', 'a', 1)] }
  const result = reconcileResult(found, { run, verified }, COST)
  expect(result).toMatchObject({
    run_id: 'r',
    gaps: GAPS,
    metrics: [metric('total', null, 0), metric('coverage', 'a', 1), metric('coverage', 'b', 1)],
    failures: [{ connector: 'photos', message: 'no answer', exit_code: 1 }],
    tasks: { done: 0, failed: 0, left: 0, errors: 2 },
  })
  expect(listUnseen(result)).toEqual([{ connector: 'photos', message: 'no answer', exit_code: 1 }])
  expect(listTaskErrors(result).map(({ exit_code }) => exit_code)).toEqual([2, 1])
  const job = { ...JOB, state: 'succeeded' as const, result: { ...result, duration_ms: 1000 } }
  expect(outcomeText(job)).toBe("no gaps, 1 s; photos couldn't be looked at; tasks: bucket: no")
  expect(worstExitCode([job])).toBe(1)
})
