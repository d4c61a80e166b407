import type { Connector } from '../config/connector.js'
import { formatErrorFacts, InterruptedError, StocktakeError } from '../errors.js'
import { S3AccessDeniedError } from '../lake/s3Errors.js'
import type { Check } from '../snapshot/connectorChecks.js'

/** A step that fails for a known reason is a finding. */
export async function attempt(
  check: string,
  act: () => Promise<Check>,
  explain: (error: StocktakeError) => Pick<Check, 'found' | 'fix'> = explainError,
): Promise<Check> {
  try {
    return await act()
  } catch (error) {
    if (!isFinding(error)) throw error
    return { status: 'fail', check, ...explain(error) }
  }
}

/** Whether an error says something about what was looked at: not a mistake of ours, nor that somebody stopped it. */
export const isFinding = (error: unknown): error is StocktakeError =>
  error instanceof StocktakeError && !(error instanceof InterruptedError)

/** What an error says, and its fix apart. */
export function explainError({ facts }: StocktakeError): Pick<Check, 'found' | 'fix'> {
  const { fix = null, ...rest } = facts
  return { found: formatErrorFacts(rest), fix }
}

/** As {@link explainError}; what was denied is named as a policy would, with where to get that policy. */
export function explainDenied(error: StocktakeError, { name }: Connector): Pick<Check, 'found' | 'fix'> {
  if (!(error instanceof S3AccessDeniedError)) return explainError(error)
  const { action, resource, facts } = error
  const found = `${action} denied on ${resource}${facts.subject.startsWith('s3://') ? ` (${facts.subject})` : ''}`
  if (action.startsWith('kms:'))
    return { found, fix: `allow ${action} on that key in the reader's IAM policy, and in the policy of the key itself` }
  return { found, fix: `stocktake setup ${name} prints the policy that allows it` }
}
