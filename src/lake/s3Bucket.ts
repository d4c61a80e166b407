import type { PublicAccessBlockConfiguration } from '@aws-sdk/client-s3'
import { ConflictError, StocktakeError } from '../errors.js'
import type { S3Connection } from './s3Connection.js'
import { BucketNotFoundError } from './s3Errors.js'
import { codeOf } from './s3Faults.js'

/** Whether there is such a bucket, and who asks may list it. @throws one of s3Errors.ts, if it can't be told */
export async function bucketExists(connection: S3Connection): Promise<boolean> {
  try {
    await connection.send('listObjectsV2', undefined, (s3, options) =>
      s3.listObjectsV2({ Bucket: connection.bucket, MaxKeys: 1 }, options),
    )
    return true
  } catch (error) {
    if (error instanceof BucketNotFoundError) return false
    throw error
  }
}

/**
 * Creates the bucket in the connection's region, and has S3 refuse whatever would make it public. Of two at once one creates
 * it, and both go on.
 * @returns whether this call created it; one that was there is left as it is
 * @throws {ConflictError} where another account has a bucket of that name
 * @throws {BucketOpenError} where it is created, and public access to it couldn't be blocked
 */
export async function createPrivateBucket(connection: S3Connection): Promise<boolean> {
  const { bucket } = connection
  if (!(await create(connection))) return false
  try {
    await connection.send('putPublicAccessBlock', undefined, (s3, options) =>
      s3.putPublicAccessBlock({ Bucket: bucket, PublicAccessBlockConfiguration: BLOCKED }, options),
    )
    return true
  } catch (cause) {
    if (!(cause instanceof StocktakeError)) throw cause
    throw new BucketOpenError({
      subject: `s3://${bucket}`,
      expected: 'public access to be blocked',
      got: `a new bucket where it could not be: ${cause.message}`,
      fix: `block it: ${blockCommand(bucket)}`,
      cause,
    })
  }
}

/** A bucket is there that may become public. */
export class BucketOpenError extends StocktakeError {}

/** Whether S3 refuses whatever would make the bucket public; `undefined` where the server, or who asks, can't tell. */
export async function isPublicAccessBlocked(connection: S3Connection): Promise<boolean | undefined> {
  try {
    const found = await connection.retry(() =>
      connection.attempt('getPublicAccessBlock', (s3, options) =>
        s3.getPublicAccessBlock({ Bucket: connection.bucket }, options),
      ),
    )
    const blocked: PublicAccessBlockConfiguration = found.PublicAccessBlockConfiguration ?? {}
    return SETTINGS.every(name => blocked[name] === true)
  } catch (error) {
    connection.effects.signal.throwIfAborted()
    return codeOf(error) === 'NoSuchPublicAccessBlockConfiguration' ? false : undefined
  }
}

/** What a person can type to block it. */
export const blockCommand = (bucket: string): string =>
  `aws s3api put-public-access-block --bucket ${bucket} --public-access-block-configuration ${SETTINGS.map(name => `${name}=true`).join(',')}`

const SETTINGS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const

const BLOCKED: PublicAccessBlockConfiguration = Object.fromEntries(SETTINGS.map(name => [name, true]))

/** @returns whether this call created it */
async function create(connection: S3Connection): Promise<boolean> {
  const { bucket } = connection
  const region = await connection.s3.config.region()
  try {
    await connection.retry(() =>
      connection.attempt('createBucket', (s3, options) =>
        s3.createBucket(
          {
            Bucket: bucket,
            ...(region !== HOME_REGION && { CreateBucketConfiguration: { LocationConstraint: region as never } }),
          },
          options,
        ),
      ),
    )
    return true
  } catch (error) {
    const code = codeOf(error)
    if (code === 'BucketAlreadyOwnedByYou') return false
    if (code === 'BucketAlreadyExists')
      throw new ConflictError({
        subject: `s3://${bucket}`,
        expected: 'a name that no bucket has, in any account',
        got: 'a bucket of somebody else',
        fix: 'choose another name for lake',
      })
    throw connection.explain(error, 'createBucket', undefined)
  }
}

/** S3 refuses to be told this one (API Reference, "CreateBucket"). */
const HOME_REGION = 'us-east-1'
