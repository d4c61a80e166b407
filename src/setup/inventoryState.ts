import type { InventoryConfiguration } from '@aws-sdk/client-s3'
import { formatErrorFacts, type StocktakeError } from '../errors.js'
import { findInventoryConfiguration } from '../lake/s3BucketSettings.js'
import type { S3Connection } from '../lake/s3Connection.js'
import { S3AccessDeniedError, S3AnswerError, S3RefusedError } from '../lake/s3Errors.js'

/** What can be known about the inventory configuration at the source. */
export type InventoryState =
  | { readonly kind: 'present'; readonly configuration: InventoryConfiguration }
  /** The bucket has none of that id. */
  | { readonly kind: 'absent' }
  /** Who asks may not see it. */
  | { readonly kind: 'denied'; readonly action: string; readonly resource: string }
  /** The server has no such thing, or the source is a folder. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** @throws one of s3Errors.ts for what says nothing about the configuration: no such bucket, no network */
export async function readInventoryState(source: S3Connection, id: string): Promise<InventoryState> {
  try {
    const configuration = await findInventoryConfiguration(source, id)
    return configuration ? { kind: 'present', configuration } : { kind: 'absent' }
  } catch (error) {
    if (error instanceof S3AccessDeniedError) return { kind: 'denied', action: error.action, resource: error.resource }
    if (error instanceof S3AnswerError || error instanceof S3RefusedError)
      return { kind: 'unknown', reason: reasonOf(error) }
    throw error
  }
}

function reasonOf({ facts }: StocktakeError): string {
  const { fix: _, ...rest } = facts
  return formatErrorFacts(rest)
}
