import { afterAll, beforeAll, describe } from 'vitest'
import { describeWithOracles } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { testPromises } from './storePromises.js'

describeWithOracles('S3 keeps the promises of a store', () => {
  let service: S3Service
  beforeAll(async () => {
    service = await startMiniStack()
  })
  afterAll(() => service?.stop())

  describe('a whole bucket', () =>
    testPromises(async () => openTestStore(service, { bucket: await createBucket(service) }), 10))

  describe('below a prefix', () =>
    testPromises(
      async () => openTestStore(service, { bucket: await createBucket(service), prefix: 'a lake/+/of €' }),
      10,
    ))
})
