import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { S3 } from '@aws-sdk/client-s3'
import { environmentFolder, environmentPython, prepareEnvironment } from '../test/oracles/pythonEnvironment.js'

/** An S3 server of the environment that the tests use, on this machine. */
export interface S3Server {
  readonly endpoint: string
  /** Makes a bucket of a folder's files. */
  upload(bucket: string, folder: string): Promise<void>
  close(): void
}

/** Makes the environment unless it is there. @param folder where its objects are @throws {Error} if it ends before it answers */
export async function startS3Server(port: number, folder: string): Promise<S3Server> {
  await prepareEnvironment(environmentFolder())
  const endpoint = `http://127.0.0.1:${port}`
  const server = spawn(environmentPython(environmentFolder()), ['-m', 'ministack'], {
    cwd: folder,
    env: {
      ...process.env,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      S3_PERSIST: '1',
      S3_DATA_DIR: join(folder, 's3'),
    },
    stdio: 'ignore',
  })
  while (!(await fetch(endpoint).catch(() => undefined))) {
    if (server.exitCode !== null) throw new Error(`${endpoint}: expected an S3 server, got one that ended at once`)
    await sleep(200)
  }
  return {
    endpoint,
    upload: (bucket, from) => uploadFolder(bucket, from, openTestS3(endpoint)),
    close: () => server.kill(),
  }
}

/** A client of an S3 server on this machine, which takes any credentials. */
export function openTestS3(endpoint: string): S3 {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true' // it says nothing about a bench
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  return new S3({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials })
}

/** Makes a bucket of a folder's files. */
export async function uploadFolder(bucket: string, from: string, s3: S3): Promise<void> {
  await s3.createBucket({ Bucket: bucket })
  for (const name of await listFiles(from))
    await s3.putObject({ Bucket: bucket, Key: name, Body: await readFile(join(from, name)) })
}

/** The folder of DuckDB's httpfs for it. */
export async function findExtensions(): Promise<string> {
  const names = await readdir(environmentFolder(), { recursive: true })
  const extension = names.find(name => name.endsWith('httpfs.duckdb_extension'))
  return join(environmentFolder(), dirname(extension ?? ''))
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
}
