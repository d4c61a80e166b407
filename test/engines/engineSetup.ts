import type { TestProject } from 'vitest/node'
import { environmentFolder, prepareEnvironment } from '../oracles/pythonEnvironment.js'
import { findJava, listJavaHomes } from './java.js'
import { prepareSpark, sparkFolder } from './sparkFiles.js'
import { startSpark } from './sparkServer.js'
import { startTrinoGlue, type TrinoGlue } from './trinoGlue.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where Trino answers; `undefined` where it can't be had. */
    trino: string | undefined
    /** The same Trino, and the Glue and S3 that it has catalogs over. */
    trinoGlue: TrinoGlue | undefined
    /** Where Spark answers; `undefined` where it can't be had. */
    spark: string | undefined
  }
}

/**
 * Runs once before the tests: gets Trino and Spark, starts them, and ends them after the tests. Without Maven, PyPI, their
 * repositories, a JDK of 24 or newer (Trino) or of 17 to 23 (Spark) the tests of one are skipped, and stderr says so; on a
 * build server (CI=true) that is a failure. `TEST_ENGINES=trino` leaves Spark out, and `TEST_ENGINES=spark` Trino.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const python = startOrSay('the readers in Python', () => prepareEnvironment(environmentFolder()))
  const [trino, spark] = await Promise.all([
    // The Glue beside Trino is one of them.
    python.then(() => startOrSay('Trino', () => startTrinoGlue(requireJava(24)))),
    startOrSay('Spark', () => getSpark(requireJava(17, 24))), // Hadoop's parts of it need what 24 took away
  ])
  project.provide('trino', trino?.trino)
  project.provide('trinoGlue', trino && { trino: trino.trino, glue: trino.glue })
  project.provide('spark', spark?.url)
  return async () => {
    await Promise.all([trino?.stop(), spark?.stop()])
  }
}

async function getSpark(java: string): Promise<Awaited<ReturnType<typeof startSpark>>> {
  await prepareSpark(sparkFolder())
  return startSpark(sparkFolder(), java)
}

function requireJava(atLeast: number, below?: number): string {
  const java = findJava(listJavaHomes(process.env.JAVA_HOME), atLeast, below)
  if (java !== undefined) return java
  const wanted = below === undefined ? `${atLeast} or newer` : `${atLeast} to ${below - 1}`
  throw new Error(`no JDK of version ${wanted} was found; install one, or set JAVA_HOME to its folder`)
}

type Engine = 'Trino' | 'Spark' | 'the readers in Python'

async function startOrSay<T>(what: Engine, start: () => Promise<T>): Promise<T | undefined> {
  const wanted = process.env.TEST_ENGINES?.toLowerCase().split(',')
  if (what !== 'the readers in Python' && wanted && !wanted.includes(what.toLowerCase())) return undefined
  try {
    return await start()
  } catch (error) {
    if (process.env.CI === 'true') throw error
    process.stderr.write(`${what}: not available, the tests are skipped: ${lastLines(error)}\n`)
    return undefined
  }
}

const lastLines = (error: unknown): string => String(error).trim().split('\n').slice(-5).join('\n')
