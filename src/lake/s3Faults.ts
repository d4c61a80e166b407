/** The status of S3's answer; `undefined` where there was none. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined
  const status = (error.$metadata as { httpStatusCode?: unknown } | undefined)?.httpStatusCode
  return typeof status === 'number' ? status : undefined
}

/** S3's code of an error, which the SDK makes its name; without an answer that of the network, or the error's name. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return statusOf(error) === undefined && 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** Whether the same request may well be answered in a moment. A refusal (400, 403, 404, 412) is not taken back. */
export function isTransient(error: unknown): boolean {
  const status = statusOf(error)
  if (status === undefined) return NETWORK_CODES.has(codeOf(error)) || nameOf(error) === 'TimeoutError'
  return TRANSIENT_STATUSES.has(status) || TRANSIENT_CODES.has(codeOf(error)) || isClockCorrected(error)
}

const TRANSIENT_STATUSES = new Set([429, 500, 502, 503, 504])

// By their codes: a 200 that turns into an error while it is sent, a 400 for a body that came too slowly, and a 409 for a
// conditional write that met another one in flight.
const TRANSIENT_CODES = new Set(['InternalError', 'SlowDown', 'RequestTimeout', 'ConditionalRequestConflict'])

const NETWORK_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND', // what some resolvers say for a moment
])

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')

/** S3 refused a request as signed at a wrong time, and the SDK has since set its clock by the answer. */
function isClockCorrected(error: unknown): boolean {
  return error instanceof Error && '$metadata' in error
    ? (error.$metadata as { clockSkewCorrected?: unknown }).clockSkewCorrected === true
    : false
}
