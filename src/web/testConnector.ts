import type { Check as ApiCheck } from '../api/connectors.js'
import type { Bucket, Connector } from '../config/connector.js'
import { formatDuration } from '../output/quantities.js'
import { type Check, checkConnector } from '../snapshot/connectorChecks.js'
import { RequestRefusedError } from './problems.js'
import type { WebWorld } from './webWorld.js'

type TestWorld = Pick<WebWorld, 'openBucket' | 'now' | 'sleep' | 'signal'>

/** Tests of connectors that people ask for. */
export interface ConnectorTests {
  /**
   * What an import of the connector needs, step by step. Who asks while the same is tested gets the same answer.
   * @throws {RequestRefusedError} 429 while too many others are tested
   */
  test(connector: Connector): Promise<ApiCheck[]>
}

/** How long all steps of a test may take; S3 itself is asked again for longer. */
export const TEST_MS = 20_000

/** Tests that run at once. */
const MOST_TESTS = 4

export function createConnectorTests(world: TestWorld): ConnectorTests {
  const running = new Map<string, Promise<ApiCheck[]>>()
  return {
    test(connector) {
      const key = JSON.stringify(connector)
      const found = running.get(key)
      if (found) return found
      if (running.size >= MOST_TESTS)
        throw new RequestRefusedError(429, {
          subject: `connector ${connector.name}`,
          got: `${running.size} others that are tested now`,
          fix: 'try again in a minute',
        })
      const test = testConnector(connector, world).finally(() => running.delete(key))
      running.set(key, test)
      return test
    },
  }
}

/** The steps up to the time that they have; what takes longer is ended, as far as that can be. */
async function testConnector(connector: Connector, { openBucket, now, sleep, signal }: TestWorld): Promise<ApiCheck[]> {
  const ended = new AbortController()
  const stopped = AbortSignal.any([ended.signal, signal])
  const late = sleep(TEST_MS, stopped).then(() => 'late' as const)
  late.catch(() => {}) // ended before
  const steps = checkConnector(connector, { openBucket: (bucket: Bucket) => openBucket(bucket, stopped), now })
  const checks: ApiCheck[] = []
  try {
    for (;;) {
      const step = steps.next()
      step.catch(() => {}) // nobody waits for one that is too late
      const done = await Promise.race([step, late])
      if (done === 'late') return [...checks, LATE]
      if (done.done) return checks
      checks.push(toAnswer(done.value))
    }
  } finally {
    ended.abort()
  }
}

const toAnswer = ({ status, check, found, fix }: Check): ApiCheck => ({
  state: status,
  subject: check,
  text: found,
  fix,
})

const LATE: ApiCheck = {
  state: 'fail',
  subject: 'answer',
  text: `none within ${formatDuration(TEST_MS)}`,
  fix: 'see if the network reaches it: stocktake connectors test waits longer',
}
