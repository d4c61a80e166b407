import { NotFoundError, StocktakeError } from '../errors.js'
import { badCredentialsFacts, noCredentialsFacts } from './credentialsFacts.js'
import { ObjectNotFoundError } from './objectStore.js'
import { codeOf, isTransient, statusOf } from './s3Faults.js'

/** Who asks may not. What is missing is in `action` and `resource`, as a policy would name them. */
export class S3AccessDeniedError extends StocktakeError {
  readonly action: string
  readonly resource: string

  constructor(subject: string, { action, resource }: Permission, got: string, cause: unknown) {
    const isRead = action === 's3:GetObject'
    super({
      subject,
      expected: `leave for ${action} on ${resource}`,
      got,
      fix: `allow ${action} on ${resource}${isRead ? ', and s3:ListBucket, without which absent objects are denied, too' : ''}`,
      cause,
    })
    this.action = action
    this.resource = resource
  }
}

/** No credentials, or some that S3 doesn't know, or no longer. */
export class S3CredentialsError extends StocktakeError {}

/** There is no such bucket. */
export class BucketNotFoundError extends NotFoundError {}

/** The bucket is in another region than the one that was asked, or no region is known. */
export class S3RegionError extends StocktakeError {}

/** S3 didn't answer, or was too busy, however often it was asked. */
export class S3UnavailableError extends StocktakeError {}

/** The object was replaced or removed while it was read. */
export class ObjectChangedError extends StocktakeError {}

/** The bytes that came are not those that were stored. */
export class ObjectCorruptError extends StocktakeError {}

/** An answer of S3 that makes no sense. */
export class S3AnswerError extends StocktakeError {}

/** S3 refused what was asked, for a reason that has no class of its own. */
export class S3RefusedError extends StocktakeError {
  /** S3's own: `PreconditionFailed`, `InvalidRange`, `NoSuchUpload`. */
  readonly code: string

  constructor(subject: string, code: string, got: string, cause: unknown) {
    super({ subject, expected: 'an answer of S3', got, cause })
    this.code = code
  }
}

export interface Permission {
  /** As in a policy: `s3:GetObject`. */
  readonly action: string
  /** Its ARN. */
  readonly resource: string
}

/** What was asked for, when S3 refused it. */
export interface S3Subject extends Permission {
  readonly bucket: string
  /** The one that was asked. */
  readonly region: string
  /** Of an object, with the store's prefix; none for a listing. */
  readonly key?: string
}

/**
 * What an error of the SDK means, with the fix. Nothing of the request is kept, as its headers hold a session's token.
 * An error of our own, and one that the SDK knows nothing of, is given back as it is.
 */
export function toS3Error(error: unknown, asked: S3Subject): unknown {
  if (error instanceof StocktakeError || !(error instanceof Error)) return error
  const subject = asked.key === undefined ? `s3://${asked.bucket}` : `s3://${asked.bucket}/${asked.key}`
  const code = codeOf(error)
  const got = describeAnswer(error)
  const cause = withoutRequest(error, got)
  if (code === 'CredentialsProviderError') return new S3CredentialsError(noCredentialsFacts(subject, got, cause))
  if (error.message === 'Region is missing') return regionUnknown(subject, cause)
  const status = statusOf(error)
  if (isTransient(error)) return unavailable(subject, status, got, cause)
  if (status === undefined) return hasCode(error) ? new S3RefusedError(subject, code, got, cause) : error
  const region = regionOf(error)
  const isElsewhere = region !== undefined && region !== asked.region
  if (REGION_CODES.has(code) || status === 301 || (isElsewhere && REGION_STATUSES.has(status)))
    return otherRegion(subject, region, got, cause)
  if (code === 'NoSuchBucket' || (status === 404 && asked.key === undefined)) return noBucket(asked.bucket, got, cause)
  if (CREDENTIALS_CODES.has(code)) return new S3CredentialsError(badCredentialsFacts('S3', subject, got, cause))
  if (code === 'RequestTimeTooSkewed') return skewed(subject, got, cause)
  if (status === 403) return new S3AccessDeniedError(subject, missingPermission(error.message) ?? asked, got, cause)
  if (code === 'NoSuchKey' || code === 'NotFound')
    return new ObjectNotFoundError({ subject, got: 'no such object', cause })
  return new S3RefusedError(subject, code, got, cause)
}

/** A fault of the system or of TLS has a code; a mistake of ours has none. */
const hasCode = (error: Error): boolean => 'code' in error && typeof error.code === 'string'

const REGION_CODES = new Set(['PermanentRedirect', 'TemporaryRedirect', 'IllegalLocationConstraintException'])

// A HEAD has no body and so no code, but the bucket's region is in the header of each answer.
const REGION_STATUSES = new Set([307, 400])

const CREDENTIALS_CODES = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AuthorizationHeaderMalformed',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'TokenRefreshRequired',
  'InvalidClientTokenId',
  'XAdminUserNotFound', // versitygw's
])

const regionUnknown = (subject: string, cause: unknown) =>
  new S3RegionError({
    subject,
    expected: 'a region',
    got: 'none',
    fix: "set aws.region, AWS_REGION, or the profile's region",
    cause,
  })

const otherRegion = (subject: string, region: string | undefined, got: string, cause: unknown) =>
  new S3RegionError({
    subject,
    expected: "the bucket's own region",
    got: region === undefined ? got : `a bucket in ${region}`,
    fix: region === undefined ? 'check aws.region and aws.endpoint' : `set aws.region to ${region}`,
    cause,
  })

const noBucket = (bucket: string, got: string, cause: unknown) =>
  new BucketNotFoundError({
    subject: `s3://${bucket}`,
    expected: 'a bucket',
    got,
    fix: 'check its name and aws.endpoint',
    cause,
  })

const skewed = (subject: string, got: string, cause: unknown) =>
  new S3CredentialsError({
    subject,
    expected: "a clock within 15 minutes of S3's",
    got,
    fix: "set this machine's clock",
    cause,
  })

const unavailable = (subject: string, status: number | undefined, got: string, cause: unknown) =>
  new S3UnavailableError({
    subject,
    expected: 'an answer of S3',
    got,
    fix:
      status === undefined
        ? 'check the network, aws.region and aws.endpoint, or try again later'
        : 'try again later; raise engine.retries if it happens often',
    cause,
  })

/** What AWS says is missing where it does, which may be another service's: `kms:Decrypt` on a key. */
export function missingPermission(message: string): Permission | undefined {
  const [, action, resource] = /not authorized to perform: ([\w:*]+) on resource: "?([^"\s]+)/.exec(message) ?? []
  return action === undefined || resource === undefined ? undefined : { action, resource }
}

const LONGEST_MESSAGE = 400

/** `403 AccessDenied: what S3 says`. HEAD has no body, and the SDK then has no more than the status. */
export function describeAnswer(error: Error): string {
  const status = statusOf(error)
  const code = codeOf(error)
  const message = error.message
    .slice(0, LONGEST_MESSAGE)
    .replace(/^@smithy\/\S+ - (the request )?| \(configured by .*/g, '') // how the SDK opens and ends its own
    .replace(/\s+/g, ' ')
    .replace(/\.$/, '')
  if (message === 'aborted') return 'a connection that ended in the middle of the body' // Node's word for it
  if (status === undefined) return message === '' ? code : message
  if (message === 'UnknownError') return code === 'Unknown' ? `status ${status}` : `${status} ${code}`
  return `${status} ${code}: ${message}`
}

/** The cause to keep: nothing of the request, as its headers hold a session's token. */
export function withoutRequest(error: Error, text: string): Error {
  const status = statusOf(error)
  if (status === undefined) return error
  const id = '$metadata' in error ? (error.$metadata as { requestId?: unknown }).requestId : undefined
  return new Error(typeof id === 'string' ? `${text} (request ${id})` : text)
}

function regionOf(error: Error): string | undefined {
  const { Region, $response } = error as { Region?: unknown; $response?: { headers?: Record<string, string> } }
  return $response?.headers?.['x-amz-bucket-region'] ?? (typeof Region === 'string' ? Region : undefined)
}
