import type { AwsConfig } from '../config/config.js'
import { type CallerIdentity, CallerUnknownError } from '../lake/callerIdentity.js'
import type { ServerTime } from '../lake/s3BucketSettings.js'
import type { S3Credentials } from '../lake/s3Credentials.js'
import { formatDuration } from '../output/quantities.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { explainError, isFinding } from './attempt.js'

const MINUTE_MS = 60_000

/** An import may take so long. */
const SHORT_MS = 15 * MINUTE_MS

/** Who asks, and for how long that is good; nothing secret is in it. */
export async function checkCaller(
  credentials: S3Credentials,
  askCaller: () => Promise<CallerIdentity>,
  aws: AwsConfig,
  now: Date,
): Promise<Check> {
  const check = 'credentials'
  const { expiration } = credentials
  const leftMs = expiration && expiration.getTime() - now.getTime()
  const origin = `${aws.roleArn === undefined ? '' : ` as ${aws.roleArn}`}${aws.profile === undefined ? '' : ` by profile ${aws.profile}`}`
  let who: string
  try {
    who = `${nameCaller(await askCaller())}${origin}`
  } catch (error) {
    if (!isFinding(error)) throw error
    if (!(error instanceof CallerUnknownError)) return { status: 'fail', check, ...explainError(error) }
    who = `found${origin}; whose they are isn't known (${error.facts.subject}: ${error.facts.got ?? 'no answer'})`
  }
  if (leftMs === undefined) return { status: 'ok', check, found: who, fix: null }
  if (leftMs <= 0) return { status: 'fail', check, found: `${who}, expired`, fix: 'get new ones: `aws sso login`' }
  const found = `${who}, valid ${formatDuration(leftMs)}`
  if (leftMs >= SHORT_MS) return { status: 'ok', check, found, fix: null }
  return { status: 'warn', check, found, fix: 'get new ones before a long import' }
}

/** `role/reader` of `arn:aws:sts::123456789012:assumed-role/reader/session`; `user/jo`; `root`; with the account. */
function nameCaller({ arn, account }: CallerIdentity): string {
  const name = arn.split(':').slice(5).join(':')
  const [, role] = /^assumed-role\/(.+)\/[^/]*$/.exec(name) ?? []
  return `${role === undefined ? name : `role/${role}`} of account ${account}`
}

const WARN_SKEW_MS = MINUTE_MS
const FAIL_SKEW_MS = 15 * MINUTE_MS

/** How far this machine's clock is from S3's, which refuses what is signed 15 minutes off. */
export function judgeClock(time: ServerTime | undefined): Check {
  const check = 'clock'
  if (!time) return { status: 'warn', check, found: "S3's answer has no date to compare with", fix: null }
  // The answer was made at some moment between the two, and its date is cut to the second.
  const aheadMs = Math.max(0, time.sentAt.getTime() - (time.at.getTime() + 1000))
  const behindMs = Math.max(0, time.at.getTime() - time.gotAt.getTime())
  const skewMs = Math.max(aheadMs, behindMs)
  const by = `${formatDuration(skewMs)} ${aheadMs > 0 ? 'ahead of' : 'behind'} S3's`
  const fix = "set this machine's clock: `timedatectl set-ntp true`"
  if (time.isRefused && skewMs <= FAIL_SKEW_MS)
    return { status: 'fail', check, found: 'S3 refuses what is signed here: RequestTimeTooSkewed', fix }
  if (skewMs > FAIL_SKEW_MS) return { status: 'fail', check, found: `${by}: requests are refused`, fix }
  if (skewMs > WARN_SKEW_MS) return { status: 'warn', check, found: `${by}; from 15 min on requests are refused`, fix }
  return { status: 'ok', check, found: "agrees with S3's", fix: null }
}
