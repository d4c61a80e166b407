import type { InventoryConfiguration } from '@aws-sdk/client-s3'
import type { S3Connection, S3Operation, Send } from './s3Connection.js'
import { S3AnswerError } from './s3Errors.js'
import { codeOf } from './s3Faults.js'

/**
 * The inventory configuration of that id, or `undefined` where the bucket has none.
 * @param owner the account that the bucket must be of; S3 denies the request for another's
 * @throws {S3AnswerError} where the server answers something else, because it has no inventory configurations
 */
export async function findInventoryConfiguration(
  connection: S3Connection,
  id: string,
  owner?: string,
): Promise<InventoryConfiguration | undefined> {
  const { bucket } = connection
  const found = await ask(connection, 'getBucketInventoryConfiguration', 'NoSuchConfiguration', (s3, options) =>
    s3.getBucketInventoryConfiguration(
      { Bucket: bucket, Id: id, ...(owner !== undefined && { ExpectedBucketOwner: owner }) },
      options,
    ),
  )
  if (!found) return undefined
  const configuration = found.InventoryConfiguration
  if (configuration?.Id === id && configuration.Destination?.S3BucketDestination) return configuration
  throw new S3AnswerError({
    subject: `s3://${bucket}`,
    expected: `its inventory configuration ${id}`,
    got: 'an answer without one',
    fix: 'not every S3 server has inventory configurations: check aws.endpoint',
  })
}

/** The bucket's inventory configurations, in S3's order. */
export async function* listInventoryConfigurations(connection: S3Connection): AsyncGenerator<InventoryConfiguration> {
  const seen = new Set<string>()
  let token: string | undefined
  do {
    const page = await connection.send('listBucketInventoryConfigurations', undefined, (s3, options) =>
      s3.listBucketInventoryConfigurations({ Bucket: connection.bucket, ContinuationToken: token }, options),
    )
    yield* page.InventoryConfigurationList ?? []
    // Some servers say that there is more and not where, or name the same place again.
    token = page.IsTruncated ? page.NextContinuationToken : undefined
    if (token !== undefined && seen.has(token)) return
    if (token !== undefined) seen.add(token)
  } while (token !== undefined && token !== '')
}

/** Creates or replaces the configuration of its id. */
export async function putInventoryConfiguration(
  connection: S3Connection,
  configuration: InventoryConfiguration,
): Promise<void> {
  await connection.send('putBucketInventoryConfiguration', undefined, (s3, options) =>
    s3.putBucketInventoryConfiguration(
      { Bucket: connection.bucket, Id: configuration.Id, InventoryConfiguration: configuration },
      options,
    ),
  )
}

/** The text of the bucket's policy, or `undefined` where it has none. */
export async function findBucketPolicy(connection: S3Connection): Promise<string | undefined> {
  const found = await ask(connection, 'getBucketPolicy', 'NoSuchBucketPolicy', (s3, options) =>
    s3.getBucketPolicy({ Bucket: connection.bucket }, options),
  )
  return found?.Policy || undefined
}

/**
 * Replaces the bucket's policy as a whole. Asked once: sent again after a while, it would undo what another has put there
 * meanwhile, since S3 has no condition for it.
 */
export async function putBucketPolicy(connection: S3Connection, text: string): Promise<void> {
  try {
    await connection.attempt('putBucketPolicy', (s3, options) =>
      s3.putBucketPolicy({ Bucket: connection.bucket, Policy: text }, options),
    )
  } catch (error) {
    throw connection.explain(error, 'putBucketPolicy', undefined)
  }
}

/** What S3's clock says, by the `Date` of an answer, whether that is a refusal or not. */
export interface ServerTime {
  /** Whole seconds. */
  readonly at: Date
  /** When the request was sent, and when the answer was there, by this machine's clock. */
  readonly sentAt: Date
  readonly gotAt: Date
  /** S3 refused the request as signed at a wrong time. */
  readonly isRefused: boolean
}

/**
 * Asks S3 for its time.
 * @returns `undefined` where its answer has no date that can be read
 * @throws one of s3Errors.ts where there was no answer at all
 */
export async function readServerTime(connection: S3Connection, now: () => Date): Promise<ServerTime | undefined> {
  const { ListObjectsV2Command } = await import('@aws-sdk/client-s3')
  let time: Omit<ServerTime, 'isRefused'> | undefined
  let isRefused = false
  let failure: unknown
  const attempt = async () => {
    const command = new ListObjectsV2Command({ Bucket: connection.bucket, MaxKeys: 1 }) // a HEAD says not why it is refused
    command.middlewareStack.add(
      next => async args => {
        const sentAt = now()
        const result = await next(args)
        const at = new Date(dateOf(result.response) ?? '')
        if (!Number.isNaN(at.getTime())) time ??= { at, sentAt, gotAt: now() }
        return result
      },
      { step: 'deserialize', priority: 'low', name: 'noteDate' },
    )
    try {
      await connection.attempt('listObjectsV2', (s3, options) => s3.send(command, options))
    } catch (error) {
      isRefused ||= codeOf(error) === 'RequestTimeTooSkewed'
      throw error
    }
  }
  try {
    await connection.retry(attempt)
  } catch (error) {
    failure = error
  }
  connection.effects.signal.throwIfAborted()
  if (time) return { ...time, isRefused }
  if (failure !== undefined) throw connection.explain(failure, 'listObjectsV2', undefined)
  return undefined
}

function dateOf(response: unknown): string | undefined {
  const { headers = {} } = response as { headers?: Record<string, string> }
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'date')?.[1]
}

/** A request whose one refusal is an answer: that there is no such thing. */
async function ask<T>(
  connection: S3Connection,
  operation: S3Operation,
  absentCode: string,
  send: Send<T>,
): Promise<T | undefined> {
  try {
    return await connection.retry(() => connection.attempt(operation, send))
  } catch (error) {
    if (codeOf(error) === absentCode) return undefined
    throw connection.explain(error, operation, undefined)
  }
}
