import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ObjectNotFoundError } from '../../src/lake/objectStore.js'
import {
  BucketNotFoundError,
  ObjectChangedError,
  S3AccessDeniedError,
  S3CredentialsError,
  S3RefusedError,
  S3RegionError,
  S3UnavailableError,
  toS3Error,
} from '../../src/lake/s3Errors.js'
import { isTransient } from '../../src/lake/s3Faults.js'

/** An error as the SDK makes it of an answer. */
const answered = (httpStatusCode: number, name: string, message = name, more: object = {}): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode, requestId: 'R1' }, ...more })

const failed = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code })

const timedOut = Object.assign(new Error('@smithy/node-http-handler - slow'), { name: 'TimeoutError' })

const asked = {
  bucket: 'b',
  key: 'k/1',
  region: 'eu-west-1',
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::b/k/1',
}

describe('what may work in a moment', () => {
  test.each<[unknown, boolean]>([
    [answered(503, 'SlowDown'), true],
    [answered(500, 'InternalError'), true],
    [answered(502, 'Unknown'), true],
    [answered(504, 'Unknown'), true],
    [answered(429, 'TooManyRequests'), true],
    [answered(400, 'RequestTimeout'), true],
    [answered(409, 'ConditionalRequestConflict'), true],
    [answered(200, 'InternalError'), true], // told after the status had been sent
    [failed('ECONNRESET'), true],
    [failed('EPIPE'), true],
    [failed('EAI_AGAIN'), true],
    [timedOut, true],
    [answered(400, 'InvalidArgument'), false],
    [answered(403, 'AccessDenied'), false],
    [answered(404, 'NoSuchKey'), false],
    [answered(409, 'BucketAlreadyExists'), false],
    [answered(412, 'PreconditionFailed'), false],
    [answered(501, 'NotImplemented'), false],
    [answered(403, 'RequestTimeTooSkewed'), false],
    [failed('CERT_HAS_EXPIRED'), false],
    [new TypeError('a mistake of ours'), false],
    ['no error', false],
  ])('%s: %s', (error, transient) => expect(isTransient(error)).toBe(transient))

  test('also a request signed at a wrong time, once the clock is corrected', () => {
    const error = answered(403, 'RequestTimeTooSkewed')
    Object.assign(error, { $metadata: { httpStatusCode: 403, clockSkewCorrected: true } })
    expect(isTransient(error)).toBe(true)
  })
})

test.each<[Error, new (...args: never[]) => Error, string]>([
  [answered(404, 'NoSuchKey'), ObjectNotFoundError, 's3://b/k/1: no such object'],
  [
    answered(404, 'NoSuchBucket'),
    BucketNotFoundError,
    's3://b: expected a bucket, got 404 NoSuchBucket: NoSuchBucket; check its name and aws.endpoint',
  ],
  [
    answered(403, 'AccessDenied', 'Access Denied'),
    S3AccessDeniedError,
    's3://b/k/1: expected leave for s3:GetObject on arn:aws:s3:::b/k/1, got 403 AccessDenied: Access Denied; ' +
      'allow s3:GetObject on arn:aws:s3:::b/k/1, and s3:ListBucket, without which absent objects are denied, too',
  ],
  [
    answered(
      403,
      'AccessDenied',
      'User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/2 because no policy allows it',
    ),
    S3AccessDeniedError,
    'allow kms:Decrypt on arn:aws:kms:eu-west-1:1:key/2',
  ],
  [answered(400, 'ExpiredToken'), S3CredentialsError, 'get new credentials where they have expired'],
  [answered(403, 'RequestTimeTooSkewed'), S3CredentialsError, "set this machine's clock"],
  [
    answered(301, 'PermanentRedirect', 'go', { $response: { headers: { 'x-amz-bucket-region': 'eu-west-3' } } }),
    S3RegionError,
    "expected the bucket's own region, got a bucket in eu-west-3; set aws.region to eu-west-3",
  ],
  [answered(400, 'AuthorizationHeaderMalformed', 'no', { Region: 'eu-west-3' }), S3RegionError, 'eu-west-3'],
  [answered(400, 'AuthorizationHeaderMalformed', 'no', { Region: 'eu-west-1' }), S3CredentialsError, 'no'],
  [answered(503, 'SlowDown'), S3UnavailableError, 'raise engine.retries'],
  [failed('ECONNRESET'), S3UnavailableError, 'check the network'],
  [failed('CERT_HAS_EXPIRED'), S3RefusedError, 'expected an answer of S3, got connect CERT_HAS_EXPIRED'],
  [answered(400, 'InvalidBucketName'), S3RefusedError, '400 InvalidBucketName'],
])('%s becomes one of ours', (error, expected, message) => {
  const made = toS3Error(error, asked)
  expect(made).toBeInstanceOf(expected)
  expect(String(made)).toContain(message)
})

test('a mistake of ours, and what is told already, are left as they are', () => {
  const mistake = new TypeError('x is not a function')
  const told = new ObjectChangedError({ subject: 's3://b/k' })
  expect(toS3Error(mistake, asked)).toBe(mistake)
  expect(toS3Error(told, asked)).toBe(told)
})

test('what S3 tells of a request, a session token among it, is not kept', () => {
  const more = { CanonicalRequest: 'x-amz-security-token:the-token', $response: { headers: { auth: 'the-token' } } }
  const made = toS3Error(answered(403, 'SignatureDoesNotMatch', 'does not match', more), asked)
  expect(inspect(made, { depth: 10, showHidden: true })).not.toContain('the-token')
  expect(inspect(made)).toContain('request R1')
})
