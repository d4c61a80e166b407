import type { TestProject } from 'vitest/node'
import { environmentFolder, prepareEnvironment } from '../oracles/pythonEnvironment.js'
import { findJava, listJavaHomes } from './java.js'
import { prepareSpark, sparkFolder } from './sparkFiles.js'
import { startSpark } from './sparkServer.js'
import { prepareTrino, trinoFolder } from './trinoFiles.js'
import { startTrino } from './trinoServer.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where Trino answers; `undefined` where it can't be had. */
    trino: string | undefined
    /** Where Spark answers; `undefined` where it can't be had. */
    spark: string | undefined
  }
}

interface Server {
  readonly url: string
  stop(): Promise<void>
}

/**
 * Runs once before the tests: gets Trino and Spark, starts them, and ends them after the tests. Without Maven, PyPI, their
 * repositories, a JDK of 24 or newer (Trino) or of 17 to 23 (Spark) the tests of one are skipped, and stderr says so; on a
 * build server (CI=true) that is a failure.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [trino, spark] = await Promise.all([
    startOrSay('Trino', () => getTrino(requireJava(24))),
    startOrSay('Spark', () => getSpark(requireJava(17, 24))), // Hadoop's parts of it need what 24 took away
    startOrSay('the readers in Python', () => prepareEnvironment(environmentFolder())),
  ])
  project.provide('trino', trino?.url)
  project.provide('spark', spark?.url)
  return async () => {
    await Promise.all([trino?.stop(), spark?.stop()])
  }
}

async function getTrino(java: string): Promise<Server> {
  await prepareTrino(trinoFolder())
  return startTrino(trinoFolder(), java)
}

async function getSpark(java: string): Promise<Server> {
  await prepareSpark(sparkFolder())
  return startSpark(sparkFolder(), java)
}

function requireJava(atLeast: number, below?: number): string {
  const java = findJava(listJavaHomes(process.env.JAVA_HOME), atLeast, below)
  if (java !== undefined) return java
  const wanted = below === undefined ? `${atLeast} or newer` : `${atLeast} to ${below - 1}`
  throw new Error(`no JDK of version ${wanted} was found; install one, or set JAVA_HOME to its folder`)
}

async function startOrSay<T>(what: string, start: () => Promise<T>): Promise<T | undefined> {
  try {
    return await start()
  } catch (error) {
    if (process.env.CI === 'true') throw error
    process.stderr.write(`${what}: not available, the tests are skipped: ${lastLines(error)}\n`)
    return undefined
  }
}

const lastLines = (error: unknown): string => String(error).trim().split('\n').slice(-5).join('\n')
