import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pythonPath } from '../oracles/oracles.js'
import { findFreePort, startService } from './childService.js'
import type { S3Service } from './s3Service.js'

/**
 * Starts MiniStack: S3 with keys as AWS has them, Glue, and STS, at one endpoint. It takes any credentials. Tests that
 * use it are under `describeWithOracles`, as it is a Python package.
 */
export async function startMiniStack(): Promise<S3Service> {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-ministack-'))
  const port = await findFreePort()
  const endpoint = `http://127.0.0.1:${port}`
  const env = { BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port), S3_PERSIST: '1', S3_DATA_DIR: join(folder, 's3') }
  const service = await startService(
    [pythonPath(), '-m', 'ministack'],
    { env, cwd: folder, startMs: 30_000 },
    async () => {
      return (await fetch(`${endpoint}/_ministack/health`)).ok
    },
  )
  return {
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    async stop() {
      await service.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
