import { setMaxListeners } from 'node:events'
import type { S3 } from '@aws-sdk/client-s3'
import type { AwsConfig } from '../config/config.js'
import { type RetryEffects, withRetries } from './retry.js'
import { type CredentialsSource, NOWHERE } from './s3Credentials.js'
import { type S3Subject, toS3Error } from './s3Errors.js'
import { isTransient } from './s3Faults.js'

export interface S3Timeouts {
  /** For a connection to be there. */
  readonly connectMs: number
  /** Between any two bytes of a request or its answer, and before the first. */
  readonly idleMs: number
}

/** HTTP requests made, each attempt one, in AWS's classes of prices; and the bytes of objects that came. */
export interface S3Counts {
  lists: number
  gets: number
  heads: number
  /** PutObject, and what a multipart upload starts, sends and ends with. */
  puts: number
  deletes: number
  bytesRead: number
}

/** What S3 can be asked for here: the permission that it takes, and what it is counted as. */
const OPERATIONS = {
  getObject: { action: 's3:GetObject', count: 'gets' },
  headObject: { action: 's3:GetObject', count: 'heads' },
  listObjectsV2: { action: 's3:ListBucket', count: 'lists' },
  putObject: { action: 's3:PutObject', count: 'puts' },
  createMultipartUpload: { action: 's3:PutObject', count: 'puts' },
  uploadPart: { action: 's3:PutObject', count: 'puts' },
  completeMultipartUpload: { action: 's3:PutObject', count: 'puts' },
  abortMultipartUpload: { action: 's3:AbortMultipartUpload', count: 'deletes' },
  deleteObject: { action: 's3:DeleteObject', count: 'deletes' },
  getBucketInventoryConfiguration: { action: 's3:GetInventoryConfiguration', count: 'gets' },
  listBucketInventoryConfigurations: { action: 's3:GetInventoryConfiguration', count: 'lists' },
  putBucketInventoryConfiguration: { action: 's3:PutInventoryConfiguration', count: 'puts' },
  getBucketPolicy: { action: 's3:GetBucketPolicy', count: 'gets' },
  putBucketPolicy: { action: 's3:PutBucketPolicy', count: 'puts' },
  createBucket: { action: 's3:CreateBucket', count: 'puts' },
  getPublicAccessBlock: { action: 's3:GetBucketPublicAccessBlock', count: 'gets' },
  putPublicAccessBlock: { action: 's3:PutBucketPublicAccessBlock', count: 'puts' },
} as const satisfies Record<string, { action: string; count: keyof S3Counts }>

export type S3Operation = keyof typeof OPERATIONS

/** Sends one request with the SDK; the signal must be handed on. */
export type Send<T> = (s3: S3, options: { readonly abortSignal: AbortSignal }) => Promise<T>

/** A client for one bucket that counts what it asks, tries again, and says in our words what went wrong. */
export class S3Connection {
  readonly s3: S3
  readonly bucket: string
  readonly counts: S3Counts
  readonly retries: number
  readonly effects: RetryEffects
  readonly #region: string

  constructor(s3: S3, bucket: string, options: { retries: number; region: string }, effects: RetryEffects) {
    this.s3 = s3
    this.bucket = bucket
    this.counts = { lists: 0, gets: 0, heads: 0, puts: 0, deletes: 0, bytesRead: 0 }
    this.retries = options.retries
    this.effects = effects
    this.#region = options.region
    setMaxListeners(0, effects.signal) // every request under way listens to it
  }

  /** The same client, with counts of its own. */
  countApart(): S3Connection {
    return new S3Connection(this.s3, this.bucket, { retries: this.retries, region: this.#region }, this.effects)
  }

  /**
   * One request.
   * @throws what the SDK throws; the signal's reason once that is raised
   */
  async attempt<T>(operation: S3Operation, send: Send<T>, signal = this.effects.signal): Promise<T> {
    signal.throwIfAborted()
    this.counts[OPERATIONS[operation].count]++
    try {
      return await send(this.s3, { abortSignal: signal })
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  }

  /**
   * A request, sent again where that may help.
   * @param key with the store's prefix; none for a listing
   * @throws one of s3Errors.ts; the signal's reason once that is raised
   */
  async send<T>(
    operation: S3Operation,
    key: string | undefined,
    send: Send<T>,
    signal = this.effects.signal,
  ): Promise<T> {
    try {
      return await this.retry(() => this.attempt(operation, send, signal), signal)
    } catch (error) {
      throw this.explain(error, operation, key)
    }
  }

  /** Tries again what fails in passing. @throws the last failure, as it is */
  retry<T>(attempt: () => Promise<T>, signal = this.effects.signal): Promise<T> {
    return withRetries(attempt, { retries: this.retries, isTransient }, { ...this.effects, signal })
  }

  /** What a failure of the SDK means. */
  explain(error: unknown, operation: S3Operation, key: string | undefined): unknown {
    const asked: S3Subject = {
      bucket: this.bucket,
      ...(key !== undefined && { key }),
      region: this.#region,
      action: OPERATIONS[operation].action,
      resource: `arn:${partitionOf(this.#region)}:s3:::${key === undefined ? this.bucket : `${this.bucket}/${key}`}`,
    }
    return toS3Error(error, asked)
  }
}

export interface ConnectionOptions {
  readonly bucket: string
  readonly aws: AwsConfig
  /** How many times a request that failed in passing is sent again. */
  readonly retries: number
  readonly timeouts: S3Timeouts
}

export interface ConnectionEffects extends RetryEffects {
  readonly credentials: CredentialsSource
}

/**
 * Loads the SDK and makes a client; nothing is asked of S3 yet.
 * @throws {S3RegionError} where neither settings, environment nor profile name a region, and there is no endpoint
 * @throws {S3CredentialsError} where the profile can't be read
 */
export async function openConnection(options: ConnectionOptions, effects: ConnectionEffects): Promise<S3Connection> {
  const { bucket, aws, retries, timeouts } = options
  const { S3 } = await import('@aws-sdk/client-s3')
  const region = aws.region ?? (aws.endpoint === undefined ? undefined : NOWHERE)
  const s3 = new S3({
    ...(region !== undefined && { region }),
    ...(aws.profile !== undefined && { profile: aws.profile }),
    ...(aws.endpoint !== undefined && { endpoint: aws.endpoint }),
    forcePathStyle: aws.pathStyle,
    credentials: effects.credentials,
    maxAttempts: 1, // attempts are counted, so they are made here
    expectContinueHeader: false, // would cost a connection and a round trip for every part
    responseChecksumValidation: 'WHEN_REQUIRED', // the SDK's check is lost where a cut body is resumed; see s3Body.ts
    requestHandler: {
      connectionTimeout: timeouts.connectMs,
      socketTimeout: timeouts.idleMs,
      httpAgent: { maxSockets: MAX_SOCKETS },
      httpsAgent: { maxSockets: MAX_SOCKETS },
    },
  })
  s3.middlewareStack.add(
    (next, { commandName }) =>
      args => {
        if (commandName === 'GetObjectCommand') askForChecksum(args.request)
        return next(args)
      },
    { step: 'build', name: 'askForChecksum' },
  )
  try {
    return new S3Connection(s3, bucket, { retries, region: await s3.config.region() }, effects)
  } catch (error) {
    throw toS3Error(error, { bucket, region: '', action: '', resource: '' })
  }
}

// A request that waits for a free socket counts as one that can't connect: so many are not under way at once.
const MAX_SOCKETS = 256

/** S3 has the checksum of a whole object only. */
function askForChecksum(request: unknown): void {
  const { headers } = request as { headers: Record<string, string> }
  if (headers.range === undefined && headers.Range === undefined) headers['x-amz-checksum-mode'] = 'ENABLED'
}

/** The partition of AWS that a region is in, as ARNs begin: `aws`, `aws-cn`, `aws-us-gov`. */
export function partitionOf(region: string): string {
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}
