import type { AwsConfig } from '../config/config.js'
import { StocktakeError } from '../errors.js'
import { type CredentialsSource, isOfAws, NOWHERE, type S3Credentials } from './s3Credentials.js'
import { S3CredentialsError } from './s3Errors.js'
import { statusOf } from './s3Faults.js'

/** Whose credentials they are. */
export interface CallerIdentity {
  /** Twelve digits. */
  readonly account: string
  /** `arn:aws:sts::123456789012:assumed-role/reader/session` */
  readonly arn: string
}

export interface CallerEffects {
  readonly credentials: CredentialsSource
  readonly signal: AbortSignal
}

/** STS can't be asked from here, or isn't where the endpoint is. It says nothing about the credentials. */
export class CallerUnknownError extends StocktakeError {}

/** An answer is awaited for so long: it is one small request, and much can be done without it. */
const ANSWER_MS = 10_000

/**
 * Asks STS who asks (GetCallerIdentity, which nobody can be denied).
 * @throws {CallerUnknownError} where there is no STS, or no way to it
 * @throws {S3CredentialsError} where there are no credentials; where AWS doesn't know them, or no longer
 */
export async function askCallerIdentity(aws: AwsConfig, effects: CallerEffects): Promise<CallerIdentity> {
  const isAws = aws.endpoint === undefined || isOfAws(aws.endpoint)
  const credentials = await resolveCredentials(effects.credentials)
  const { STS } = await import('@aws-sdk/client-sts')
  const sts = new STS({
    region: aws.region ?? NOWHERE,
    ...(!isAws && aws.endpoint !== undefined && { endpoint: aws.endpoint }),
    credentials,
    maxAttempts: 1,
  })
  const subject = isAws ? 'STS' : `STS at ${aws.endpoint}`
  try {
    const abortSignal = AbortSignal.any([effects.signal, AbortSignal.timeout(ANSWER_MS)])
    const { Account: account, Arn: arn } = await sts.getCallerIdentity({}, { abortSignal })
    if (account !== undefined && arn !== undefined) return { account, arn }
  } catch (error) {
    effects.signal.throwIfAborted()
    throw toCallerError(error, subject, isAws)
  } finally {
    sts.destroy()
  }
  throw new CallerUnknownError({ subject, got: ONLY_S3 })
}

const ONLY_S3 = 'no answer of STS: it can be only S3 that is there'

/** What AWS says of credentials is about them; what another server says may be about a service that it hasn't. */
function toCallerError(error: unknown, subject: string, isAws: boolean): Error {
  const status = statusOf(error)
  const got = describe(error)
  if (status === undefined) return new CallerUnknownError({ subject, expected: 'an answer of STS', got })
  if (!isAws || status >= 500) return new CallerUnknownError({ subject, got: ONLY_S3 })
  return new S3CredentialsError({
    subject,
    expected: 'credentials that AWS takes',
    got,
    fix: 'check aws.profile and the AWS_ variables, or get new credentials where they have expired',
  })
}

/** The credentials, or why there are none. @throws {S3CredentialsError} */
export async function resolveCredentials(source: CredentialsSource): Promise<S3Credentials> {
  try {
    return await source()
  } catch (error) {
    throw new S3CredentialsError({
      subject: 'credentials',
      expected: "some of AWS's chain",
      got: describe(error),
      fix: 'set aws.profile, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; or sign in with `aws sso login`',
    })
  }
}

const LONGEST_MESSAGE = 400

const describe = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, LONGEST_MESSAGE)
