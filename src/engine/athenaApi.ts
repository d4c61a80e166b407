import { setMaxListeners } from 'node:events'
import type {
  Athena as Client,
  GetQueryResultsOutput,
  QueryExecution,
  StartQueryExecutionInput,
} from '@aws-sdk/client-athena'
import type { AwsConfig } from '../config/config.js'
import { type RetryEffects, withRetries } from '../lake/retry.js'
import { type CredentialsSource, NOWHERE, serviceEndpoint } from '../lake/s3Credentials.js'
import { isTransientInAthena, toAthenaError } from './athenaErrors.js'

/** What Athena can be asked. A request that fails in passing is sent again. */
export interface AthenaApi {
  /** `Athena in eu-west-1` */
  readonly place: string
  /** @returns the query's id; the same for the same ClientRequestToken */
  start(input: StartQueryExecutionInput): Promise<string>
  find(id: string): Promise<QueryExecution>
  /** Tells Athena to end it, once; whatever comes of that. */
  stop(id: string): Promise<void>
  results(id: string, token?: string): Promise<GetQueryResultsOutput>
}

export interface AthenaApiOptions {
  readonly aws: AwsConfig
  /** Instead of the one in `aws`. */
  readonly region?: string
  /** How many times a request that failed in passing is sent again. */
  readonly retries: number
}

export interface AthenaApiEffects extends RetryEffects {
  readonly credentials: CredentialsSource
}

/**
 * Loads the SDK and makes a client; nothing is asked of Athena yet.
 * @throws {RemoteRefusedError} where nothing names a region
 */
export async function openAthenaApi(options: AthenaApiOptions, effects: AthenaApiEffects): Promise<AthenaApi> {
  const { aws, retries } = options
  const { signal } = effects
  const { Athena } = await import('@aws-sdk/client-athena')
  const endpoint = serviceEndpoint(aws.athenaEndpoint, aws.endpoint)
  const region = options.region ?? aws.region ?? (endpoint === undefined ? undefined : NOWHERE)
  const client = new Athena({
    ...(region !== undefined && { region }),
    ...(aws.profile !== undefined && { profile: aws.profile }),
    ...(endpoint !== undefined && { endpoint }),
    credentials: effects.credentials,
    maxAttempts: 1, // attempts are made here, by engine.retries
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS },
  })
  setMaxListeners(0, signal)
  const place = await placeOf(client, endpoint)
  const send = async <T>(operation: string, call: (client: Client) => Promise<T>): Promise<T> => {
    try {
      return await withRetries(() => call(client), { retries, isTransient: isTransientInAthena }, effects)
    } catch (error) {
      signal.throwIfAborted()
      throw toAthenaError(error, operation, place)
    }
  }
  const abortable = { abortSignal: signal }
  return {
    place,
    start: input =>
      send('StartQueryExecution', async client =>
        required((await client.startQueryExecution(input, abortable)).QueryExecutionId),
      ),
    find: id =>
      send('GetQueryExecution', async client =>
        required((await client.getQueryExecution({ QueryExecutionId: id }, abortable)).QueryExecution),
      ),
    results: (id, token) =>
      send('GetQueryResults', client =>
        client.getQueryResults(
          { QueryExecutionId: id, MaxResults: PAGE_ROWS, ...(token !== undefined && { NextToken: token }) },
          abortable,
        ),
      ),
    // Not with the signal, which is what it is stopped for.
    stop: id =>
      client.stopQueryExecution({ QueryExecutionId: id }, { abortSignal: AbortSignal.timeout(STOP_MS) }).then(
        () => {},
        () => {},
      ),
  }
}

/** The most that Athena gives at once. */
const PAGE_ROWS = 1000

const CONNECT_MS = 10_000
const IDLE_MS = 60_000
const STOP_MS = 5000

async function placeOf(client: Client, endpoint: string | undefined): Promise<string> {
  try {
    return endpoint === undefined ? `Athena in ${await client.config.region()}` : `Athena at ${endpoint}`
  } catch (error) {
    throw toAthenaError(error, '', 'Athena')
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an answer of Athena without what was asked for')
  return value
}
