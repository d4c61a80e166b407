import { NotFoundError, StocktakeError } from '../errors.js'
import { badCredentialsFacts, noCredentialsFacts } from './credentialsFacts.js'
import { describeAnswer, missingPermission, withoutRequest } from './s3Errors.js'
import { codeOf, isTransient, statusOf } from './s3Faults.js'

/** Who asks may not: by a policy of IAM, or by Lake Formation. */
export class GlueAccessDeniedError extends StocktakeError {}

/** No credentials, or some that Glue doesn't know, or no longer; or no region. */
export class GlueCredentialsError extends StocktakeError {}

/** There is no such database, or no such table in it. */
export class GlueNotFoundError extends NotFoundError {}

/** Glue didn't answer, or was too busy, however often it was asked. */
export class GlueUnavailableError extends StocktakeError {}

/** Glue refused what was asked, for a reason that has no class of its own. */
export class GlueRefusedError extends StocktakeError {}

/** What was asked for, when Glue refused it. */
export interface GlueSubject {
  /** `Glue in eu-west-1, table shop.sales` */
  readonly subject: string
  /** As in a policy: `glue:UpdateTable`. */
  readonly action: string
}

/**
 * What an error of the SDK means, with the fix. Nothing of the request is kept, as its headers hold a session's token.
 * An error of our own, and one that the SDK knows nothing of, is given back as it is.
 */
export function toGlueError(error: unknown, { subject, action }: GlueSubject): unknown {
  if (error instanceof StocktakeError || !(error instanceof Error)) return error
  const code = codeOf(error)
  const got = describeAnswer(error)
  const cause = withoutRequest(error, got)
  if (code === 'CredentialsProviderError') return new GlueCredentialsError(noCredentialsFacts(subject, got, cause))
  if (error.message === 'Region is missing') return noRegion(subject, cause)
  if (isTransientInGlue(error)) return unavailable(subject, statusOf(error), got, cause)
  if (statusOf(error) === undefined) return 'code' in error ? refused(subject, got, cause) : error
  if (CREDENTIALS_CODES.has(code)) return new GlueCredentialsError(badCredentialsFacts('Glue', subject, got, cause))
  if (code === 'AccessDeniedException') return denied(subject, action, error.message, { got, cause })
  if (code === 'EntityNotFoundException') return notFound(subject, got, cause)
  return refused(subject, got, cause)
}

/** Whether the same request may well be answered in a moment. */
export const isTransientInGlue = (error: unknown): boolean =>
  isTransient(error) || isThrottled(error) || TRANSIENT_CODES.has(codeOf(error))

/** Refused for coming too often: nothing was done. Glue says so with a status of 400. */
export const isThrottled = (error: unknown): boolean => THROTTLED_CODES.has(codeOf(error)) || statusOf(error) === 429

const THROTTLED_CODES = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottledException',
])

const TRANSIENT_CODES = new Set(['InternalServiceException', 'OperationTimeoutException', 'ResourceNotReadyException'])

const CREDENTIALS_CODES = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'MissingAuthenticationTokenException',
  'ExpiredTokenException',
  'ExpiredToken',
  'InvalidTokenException',
])

interface Answer {
  readonly got: string
  readonly cause: unknown
}

function denied(subject: string, action: string, message: string, { got, cause }: Answer): GlueAccessDeniedError {
  const isLakeFormation = /lake ?formation/i.test(message)
  const missing = missingPermission(message) ?? { action, resource: 'its catalog, database and table' }
  return new GlueAccessDeniedError({
    subject,
    expected: isLakeFormation ? "Lake Formation's leave" : `leave for ${missing.action}`,
    got,
    fix: isLakeFormation
      ? "grant what it says to this role in Lake Formation, or give the database back to IAM's policies there"
      : `allow ${missing.action} on ${missing.resource}`,
    cause,
  })
}

const notFound = (subject: string, got: string, cause: unknown) =>
  new GlueNotFoundError({
    subject,
    got,
    fix: "check catalog.database and catalog.region; `stocktake init` creates the lake's database",
    cause,
  })

const noRegion = (subject: string, cause: unknown) =>
  new GlueCredentialsError({
    subject,
    expected: 'a region',
    got: 'none',
    fix: "set catalog.region, aws.region, AWS_REGION, or the profile's region",
    cause,
  })

const unavailable = (subject: string, status: number | undefined, got: string, cause: unknown) =>
  new GlueUnavailableError({
    subject,
    expected: 'an answer of Glue',
    got,
    fix:
      status === undefined
        ? 'check the network, catalog.region and aws.endpoint, or try again later'
        : 'try again later; raise engine.retries if it happens often',
    cause,
  })

const refused = (subject: string, got: string, cause: unknown) =>
  new GlueRefusedError({ subject, expected: 'an answer of Glue', got, cause })
