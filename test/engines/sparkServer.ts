import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { findFreePort, startService } from '../services/childService.js'
import { sparkJars, sparkPython } from './sparkFiles.js'

/** A Spark session in a process of its own, which answers on the loopback. */
export interface SparkServer {
  readonly url: string
  stop(): Promise<void>
}

/** A statement that Spark refused or couldn't finish, in its own words. */
export class SparkError extends Error {}

const answer = z.object({
  columns: z.array(z.tuple([z.string(), z.string()])),
  rows: z.array(z.array(z.unknown())),
})

/** What it shows to S3 and Glue, by the chain that it would find AWS's own by. The emulator takes any. */
const EMULATED = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }

/** Starts the session and waits until it answers, which takes five to ten seconds. It ends with this process. */
export async function startSpark(folder: string, java: string): Promise<SparkServer> {
  const data = await mkdtemp(join(tmpdir(), 'stocktake-spark-'))
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const script = fileURLToPath(new URL('spark_server.py', import.meta.url))
  const service = await startService(
    [sparkPython(folder), script, String(port), sparkJars(folder).join(','), data],
    { env: { ...EMULATED, JAVA_HOME: dirname(dirname(java)) }, cwd: data, startMs: 120_000 },
    async () => (await runOnSpark(url, 'select 1')).rows.length === 1,
  )
  return {
    url,
    async stop() {
      await service.stop()
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** Runs a statement to its end. Statements of everybody run one after the other. @throws {SparkError} */
export async function runOnSpark(url: string, sql: string): Promise<z.infer<typeof answer>> {
  const response = await fetch(url, { method: 'POST', body: sql })
  const text = await response.text()
  if (!response.ok) throw new SparkError(`${sql}: ${text}`)
  return answer.parse(JSON.parse(text))
}
