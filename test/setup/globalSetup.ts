import { environmentFolder, prepareEnvironment } from '../oracles/pythonEnvironment.js'

/**
 * Runs once before all tests: prepares the Python environment of the independent readers. Without Python or a package
 * index their tests are skipped, and stderr says so; on a build server (CI=true) that is a failure.
 */
export default async function setup(): Promise<void> {
  try {
    await prepareEnvironment(environmentFolder())
  } catch (error) {
    if (process.env.CI === 'true') throw error
    process.stderr.write(`independent readers are not available, their tests are skipped: ${lastLine(error)}\n`)
  }
}

const lastLine = (error: unknown): string => String(error).trim().split('\n').at(-1) ?? ''
