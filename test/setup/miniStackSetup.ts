import type { TestProject } from 'vitest/node'
import { environmentFolder, hasEnvironment } from '../oracles/pythonEnvironment.js'
import { startMiniStack } from '../services/miniStack.js'
import type { S3Address } from '../services/s3Service.js'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The S3 server of the project's tests; none where it can't be had. */
    s3: S3Address | null
  }
}

/** Runs once before the import cases that are run on S3: one server for them all. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!hasEnvironment(environmentFolder())) {
    project.provide('s3', null)
    return undefined
  }
  const { endpoint, credentials, stop } = await startMiniStack()
  project.provide('s3', { endpoint, credentials })
  return stop
}
