import type { CallerIdentity } from '../lake/callerIdentity.js'
import type { S3Connection } from '../lake/s3Connection.js'
import type { Context } from './globals.js'
import { waitEffects } from './waitEffects.js'

/** A connection to a bucket itself, by the configuration's `aws`: for its settings, which no store knows. */
export async function openBucketConnection(
  bucket: string,
  { config, signal }: Pick<Context, 'config' | 'signal'>,
): Promise<S3Connection> {
  const [{ openConnection }, { findCredentials }, { S3_TIMEOUTS }] = await Promise.all([
    import('../lake/s3Connection.js'),
    import('../lake/s3Credentials.js'),
    import('../lake/s3Store.js'),
  ])
  return openConnection(
    { bucket, aws: config.aws, retries: config.engine.retries, timeouts: S3_TIMEOUTS },
    { ...waitEffects(signal), credentials: await findCredentials(config.aws) },
  )
}

/**
 * The region by the configuration, the environment or the profile; `undefined` where none of them says, and there is no
 * endpoint.
 */
export async function findRegion(context: Pick<Context, 'config' | 'signal'>): Promise<string | undefined> {
  const { S3RegionError } = await import('../lake/s3Errors.js')
  try {
    return await (await openBucketConnection('any', context)).s3.config.region()
  } catch (error) {
    if (error instanceof S3RegionError) return undefined
    throw error
  }
}

/** Who the credentials are, by STS. @throws {CallerUnknownError} @throws {S3CredentialsError} */
export async function askCaller(context: Pick<Context, 'config' | 'signal'>): Promise<CallerIdentity> {
  const [{ askCallerIdentity }, { findCredentials }] = await Promise.all([
    import('../lake/callerIdentity.js'),
    import('../lake/s3Credentials.js'),
  ])
  const { config, signal } = context
  const region = await findRegion(context)
  const credentials = await findCredentials(config.aws)
  return askCallerIdentity({ ...config.aws, ...(region !== undefined && { region }) }, { credentials, signal })
}
