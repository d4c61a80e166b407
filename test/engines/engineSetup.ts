import type { TestProject } from 'vitest/node'
import { findJava, listJavaHomes } from './java.js'
import { prepareTrino, trinoFolder } from './trinoFiles.js'
import { startTrino } from './trinoServer.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where Trino answers; `undefined` where it can't be had. */
    trino: string | undefined
  }
}

/** The first that Trino's release takes. */
const JAVA = 24

/**
 * Runs once before the tests: gets Trino, starts it, and ends it after them. Without Maven, its repository or a JDK of 24
 * the tests are skipped, and stderr says so; on a build server (CI=true) that is a failure.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  try {
    const java = findJava(listJavaHomes(process.env.JAVA_HOME), JAVA)
    if (java === undefined)
      throw new Error(`no JDK of version ${JAVA} or newer was found; install one, or set JAVA_HOME to its folder`)
    await prepareTrino(trinoFolder())
    const server = await startTrino(trinoFolder(), java)
    project.provide('trino', server.url)
    return server.stop
  } catch (error) {
    if (process.env.CI === 'true') throw error
    process.stderr.write(`Trino is not available, its tests are skipped: ${lastLines(error)}\n`)
    project.provide('trino', undefined)
    return undefined
  }
}

const lastLines = (error: unknown): string => String(error).trim().split('\n').slice(-5).join('\n')
