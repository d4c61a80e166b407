import { StocktakeError } from '../errors.js'
import { noCredentialsFacts } from '../lake/credentialsFacts.js'
import { isTransientInGlue } from '../lake/glueErrors.js'
import { describeAnswer, withoutRequest } from '../lake/s3Errors.js'
import { codeOf, statusOf } from '../lake/s3Faults.js'
import { RemoteRefusedError, RemoteUnavailableError } from './remoteErrors.js'

/** Whether the same request may well be answered in a moment. */
export const isTransientInAthena = (error: unknown): boolean =>
  isTransientInGlue(error) || codeOf(error) === 'InternalServerException'

/**
 * What an error of the SDK means, with the fix. Nothing of the request is kept, as its headers hold a session's token.
 * @param operation as IAM calls it: `StartQueryExecution`
 */
export function toAthenaError(error: unknown, operation: string, place: string): unknown {
  if (error instanceof StocktakeError || !(error instanceof Error)) return error
  const code = codeOf(error)
  const got = describeAnswer(error)
  const facts = { subject: place, got, cause: withoutRequest(error, got) }
  if (code === 'CredentialsProviderError') return new RemoteRefusedError(noCredentialsFacts(place, got, facts.cause))
  if (error.message === 'Region is missing')
    return new RemoteRefusedError({ ...facts, expected: 'a region', got: 'none', fix: 'set aws.region or AWS_REGION' })
  if (isTransientInAthena(error))
    return new RemoteUnavailableError({
      ...facts,
      expected: 'an answer of Athena',
      fix: 'try again later; raise engine.retries if it happens often',
    })
  if (code === 'AccessDeniedException')
    return new RemoteRefusedError({
      ...facts,
      expected: `leave for athena:${operation}`,
      fix: '`stocktake setup CONNECTOR --publish` prints the policy of an analyst',
    })
  if (/output location/i.test(error.message))
    return new RemoteRefusedError({
      ...facts,
      expected: 'a place for results',
      fix: 'set athena.output to s3://bucket/prefix',
    })
  if (/workgroup/i.test(error.message)) return new RemoteRefusedError({ ...facts, fix: 'check athena.workgroup' })
  return statusOf(error) === undefined && !('code' in error) ? error : new RemoteRefusedError(facts)
}
