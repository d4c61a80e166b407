import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe } from 'vitest'
import type { S3Credentials } from '../../src/lake/s3Credentials.js'
import { findFreePort, startService } from './childService.js'
import { prepareFolder } from './prepareFolder.js'
import type { S3Address, S3Service } from './s3Service.js'

const run = promisify(execFile)
const VERSION = 'v1.8.0'

/** Where the program is kept once it is built. */
export function versityGwFolder(cache = join(homedir(), '.cache', 'stocktake')): string {
  return join(cache, `bin-versitygw-${VERSION}`)
}

const programOf = (folder: string): string => join(folder, 'versitygw')

export const hasVersityGw = (folder: string): boolean => existsSync(programOf(folder))

/** `describe` for tests that need versitygw: skipped where Go could not build it. */
export const describeWithVersityGw = describe.skipIf(!hasVersityGw(versityGwFolder()))

/** Builds versitygw unless it is there, which takes a minute or two. @throws what `go` says */
export const prepareVersityGw = (folder: string, build = goInstall): Promise<void> =>
  prepareFolder(folder, hasVersityGw, build)

async function goInstall(folder: string): Promise<void> {
  const program = `github.com/versity/versitygw/cmd/versitygw@${VERSION}`
  await run('go', ['install', program], { env: { ...process.env, GOBIN: folder }, maxBuffer: 1 << 26 })
}

/** Starts versitygw: S3 over a folder, which knows its root, and such users as {@link addUser} makes; it refuses all others. */
export async function startVersityGw(): Promise<S3Service> {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-versitygw-'))
  const data = join(folder, 'data')
  await mkdir(data)
  const port = await findFreePort()
  const endpoint = `http://127.0.0.1:${port}`
  const credentials = { accessKeyId: 'root', secretAccessKey: 'the-secret-of-root' }
  const env = { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey }
  const iam = join(folder, 'iam')
  await mkdir(iam)
  const options = ['--port', `127.0.0.1:${port}`, '--region', 'us-east-1', '--iam-dir', iam]
  const command = [programOf(versityGwFolder()), ...options, 'posix', data]
  const service = await startService(command, { env, cwd: folder, startMs: 15_000 }, async () => {
    return (await fetch(endpoint)).status === 403
  })
  return {
    endpoint,
    credentials,
    async stop() {
      await service.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Makes a user who may do what policies of buckets let them, and nothing else. */
export async function addUser({ endpoint, credentials }: S3Address, user: S3Credentials): Promise<void> {
  const asRoot = [
    '--access',
    credentials.accessKeyId,
    '--secret',
    credentials.secretAccessKey,
    '--endpoint-url',
    endpoint,
  ]
  const its = ['--access', user.accessKeyId, '--secret', user.secretAccessKey, '--role', 'user']
  await run(programOf(versityGwFolder()), ['admin', ...asRoot, 'create-user', ...its])
}
