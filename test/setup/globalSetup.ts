import { environmentFolder, prepareEnvironment } from '../oracles/pythonEnvironment.js'
import { ncduFolder, prepareNcdu } from '../services/ncdu.js'
import { prepareVersityGw, versityGwFolder } from '../services/versityGw.js'

/**
 * Runs once before all tests: prepares the Python environment of the independent readers and of MiniStack, builds
 * versitygw, and fetches ncdu. Without Python, Go, apt-get or their package indexes the tests that need them are skipped,
 * and stderr says so; on a build server (CI=true) that is a failure.
 */
export default async function setup(): Promise<void> {
  await Promise.all([
    prepare('independent readers and MiniStack', () => prepareEnvironment(environmentFolder())),
    prepare('versitygw', () => prepareVersityGw(versityGwFolder())),
    prepare('ncdu', () => prepareNcdu(ncduFolder())),
  ])
}

async function prepare(what: string, make: () => Promise<void>): Promise<void> {
  try {
    await make()
  } catch (error) {
    if (process.env.CI === 'true') throw error
    process.stderr.write(`not available, their tests are skipped: ${what}: ${lastLine(error)}\n`)
  }
}

const lastLine = (error: unknown): string => String(error).trim().split('\n').at(-1) ?? ''
