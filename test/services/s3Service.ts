import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { S3 } from '@aws-sdk/client-s3'
import type { AwsConfig } from '../../src/config/config.js'
import type { ConnectionEffects } from '../../src/lake/s3Connection.js'
import type { S3Credentials } from '../../src/lake/s3Credentials.js'
import { openS3Store, type S3Store, type S3StoreOptions } from '../../src/lake/s3Store.js'

/** Where an S3 server is, and who may ask it. */
export interface S3Address {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string
  readonly credentials: S3Credentials
}

/** A real S3 server that runs here. */
export interface S3Service extends S3Address {
  stop(): Promise<void>
}

/** The settings for a server here, or for a proxy in front of it. */
export const awsOf = (endpoint: string): AwsConfig => ({ region: 'us-east-1', endpoint, pathStyle: true })

/** The SDK's own client, to make buckets and to look past the store. */
export function openClient({ endpoint, credentials }: S3Address): S3 {
  return new S3({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials })
}

/** Makes a bucket of a name that nothing else has. @returns its name */
export async function createBucket(service: S3Address): Promise<string> {
  const bucket = `test-${randomBytes(6).toString('hex')}`
  await openClient(service).createBucket({ Bucket: bucket })
  return bucket
}

/** Waits are a hundredth of what they are outside of tests. */
export const quickEffects = (credentials: S3Credentials): ConnectionEffects => ({
  credentials: async () => credentials,
  sleep: (ms, signal) => sleep(ms / 100, undefined, { signal }),
  random: Math.random,
  signal: new AbortController().signal,
})

/** A store on a server, or through a proxy in front of it. */
export function openTestStore(
  service: S3Address,
  options: Pick<S3StoreOptions, 'bucket'> & Partial<S3StoreOptions>,
  effects: Partial<ConnectionEffects> = {},
): Promise<S3Store> {
  return openS3Store(
    { prefix: '', aws: awsOf(service.endpoint), retries: 5, ...options },
    { ...quickEffects(service.credentials), ...effects },
  )
}
