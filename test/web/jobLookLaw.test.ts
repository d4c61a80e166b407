import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Job } from '../../src/jobs/job.js'
import { type Claim, claimJob, failClaim, renewClaim, succeedClaim } from '../../src/jobs/jobClaims.js'
import { cancelJob, enqueueJob, findJob } from '../../src/jobs/jobQueue.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { createJobLook } from '../../src/web/jobLook.js'
import { elsewhere, makePlace, orderAt } from '../jobs/queuePlace.js'

/** A lake whose every nth read or listing fails, while it is told to. */
class FailingStore extends MemoryStore {
  every = 0
  #asked = 0
  override async read(...args: Parameters<MemoryStore['read']>): Promise<Uint8Array> {
    this.#fail()
    return super.read(...args)
  }
  override list(...args: Parameters<MemoryStore['list']>): ReturnType<MemoryStore['list']> {
    this.#fail()
    return super.list(...args)
  }
  #fail(): void {
    if (this.every > 0 && ++this.#asked % this.every === 0) throw new Error('away')
  }
}

const step = fc.oneof(
  fc
    .constantFrom('order', 'claim', 'renew', 'succeed', 'fail', 'cancel', 'wait' as const)
    .map(act => ({ act, every: 0 })),
  fc.record({ act: fc.constant('look' as const), every: fc.integer({ min: 0, max: 4 }) }),
)

test('what was told of a job last is what became of it, however often a look fails', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
      const place = makePlace()
      const store = new FailingStore('memory://lake', place.now)
      const effects = { ...place.effects, store }
      const look = createJobLook({ store, now: place.now })
      await look.changed()
      const told = new Map<string, Job>()
      const ids: string[] = []
      const claims: Claim[] = []
      const lookAt = async (every: number): Promise<void> => {
        store.every = every
        const changed = await look.changed().catch(() => [])
        store.every = 0
        for (const job of changed) told.set(job.job_id, job)
      }
      for (const { act, every } of steps) {
        if (act === 'look') await lookAt(every)
        if (act === 'order') ids.push((await enqueueJob(orderAt(place.now()), effects)).job_id)
        if (act === 'claim')
          claims.push(...[await claimJob(elsewhere(1), effects)].filter(claim => claim !== undefined))
        if (act === 'renew' && claims[0]) await renewClaim(claims[0], {}, effects)
        if (act === 'succeed') for (const claim of claims.splice(0, 1)) await succeedClaim(claim, {}, effects)
        if (act === 'fail')
          for (const claim of claims.splice(0, 1)) await failClaim(claim, { message: 'no', exit_code: 1 }, effects)
        if (act === 'cancel' && ids[0]) await cancelJob(ids[0], 'jo', effects)
        if (act === 'wait') place.advance(30_000)
      }
      await lookAt(0)
      for (const id of ids) expect(told.get(id)).toEqual(await findJob(store, id))
    }),
    { numRuns: 200 },
  )
})
