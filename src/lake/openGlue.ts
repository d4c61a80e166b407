import { setMaxListeners } from 'node:events'
import type { Glue as Client } from '@aws-sdk/client-glue'
import type { AwsConfig } from '../config/config.js'
import { type Glue, GlueConflictError, type GlueTable } from './glue.js'
import { toGlueDatabase, toGlueTable } from './glueAnswers.js'
import { isThrottled, isTransientInGlue, toGlueError } from './glueErrors.js'
import { type RetryEffects, waitAfter } from './retry.js'
import { type CredentialsSource, NOWHERE, serviceEndpoint } from './s3Credentials.js'
import { codeOf } from './s3Faults.js'

export interface GlueOptions {
  readonly aws: AwsConfig
  /** Instead of the one in `aws`. */
  readonly region?: string
  /** How many times a request that failed in passing is sent again. */
  readonly retries: number
  readonly timeouts?: GlueTimeouts
}

export interface GlueTimeouts {
  /** For a connection to be there. */
  readonly connectMs: number
  /** Between any two bytes of a request or its answer, and before the first. */
  readonly idleMs: number
}

export interface GlueEffects extends RetryEffects {
  readonly credentials: CredentialsSource
}

/**
 * Loads the SDK and makes a client; nothing is asked of Glue yet.
 * @throws {GlueCredentialsError} where nothing names a region, or the profile can't be read
 */
export async function openGlue(options: GlueOptions, effects: GlueEffects): Promise<Glue> {
  const { aws, retries, timeouts = GLUE_TIMEOUTS } = options
  const sdk = await import('@aws-sdk/client-glue')
  const endpoint = serviceEndpoint(aws.glueEndpoint, aws.endpoint)
  const region = options.region ?? aws.region ?? (endpoint === undefined ? undefined : NOWHERE)
  const client = new sdk.Glue({
    ...(region !== undefined && { region }),
    ...(aws.profile !== undefined && { profile: aws.profile }),
    ...(endpoint !== undefined && { endpoint }),
    credentials: effects.credentials,
    maxAttempts: 1, // what an attempt that failed may have done is told here
    requestHandler: { connectionTimeout: timeouts.connectMs, socketTimeout: timeouts.idleMs },
  })
  setMaxListeners(0, effects.signal) // every request under way listens to it
  try {
    const place = endpoint === undefined ? `Glue in ${await client.config.region()}` : `Glue at ${endpoint}`
    return glueOf({ client, place, retries }, effects)
  } catch (error) {
    throw toGlueError(error, { subject: 'Glue', action: '' })
  }
}

/** An update of a large table takes Glue some seconds. */
const GLUE_TIMEOUTS: GlueTimeouts = { connectMs: 10_000, idleMs: 60_000 }

interface Connection {
  readonly client: Client
  readonly place: string
  readonly retries: number
}

/** What is asked: the operation as IAM calls it, and about what. */
interface Asked {
  readonly operation: string
  readonly about: string
}

/** Sends one request. @param mayBeDone whether an earlier try of it may have got through */
type Send<T> = (client: Client, options: { readonly abortSignal: AbortSignal }, mayBeDone: boolean) => Promise<T>

function glueOf(connection: Connection, effects: RetryEffects): Glue {
  const send = <T>(operation: string, about: string, call: Send<T>): Promise<T> =>
    sendRetried(connection, { operation, about }, call, effects)

  const findTable = (database: string, name: string): Promise<GlueTable | undefined> =>
    send('GetTable', `table ${database}.${name}`, async (client, options) => {
      const found = await orAbsent(client.getTable({ DatabaseName: database, Name: name }, options))
      return found?.Table && toGlueTable(found.Table, database)
    })

  return {
    place: connection.place,

    findDatabase: name =>
      send('GetDatabase', `database ${name}`, async (client, options) => {
        const found = await orAbsent(client.getDatabase({ Name: name }, options))
        return found?.Database && toGlueDatabase(found.Database, name)
      }),

    createDatabase: input =>
      send('CreateDatabase', `database ${input.Name}`, (client, options) =>
        orExisting(client.createDatabase({ DatabaseInput: input }, options)),
      ),

    findTable,

    createTable: (database, input) =>
      send('CreateTable', `table ${database}.${input.Name}`, (client, options) =>
        orExisting(client.createTable({ DatabaseName: database, TableInput: input }, options)),
      ),

    async updateTable(database, input, versionId) {
      const request = {
        DatabaseName: database,
        TableInput: input,
        SkipArchive: true, // Glue keeps an old version of a table for each update else, up to a limit
        ...(versionId !== undefined && { VersionId: versionId }),
      }
      await send('UpdateTable', `table ${database}.${input.Name}`, async (client, options, mayBeDone) => {
        try {
          await client.updateTable(request, options)
        } catch (error) {
          if (!CONFLICT_CODES.has(codeOf(error))) throw error
          const subject = `${connection.place}, table ${database}.${input.Name}`
          throw new GlueConflictError(subject, 'another, by another writer', mayBeDone, error)
        }
      })
    },

    deleteTable: (database, name, isMeant) =>
      send('DeleteTable', `table ${database}.${name}`, async (client, options) => {
        const found = isMeant && (await findTable(database, name))
        if (isMeant && !found) return true
        if (isMeant && found && !isMeant(found)) return false
        await orAbsent(client.deleteTable({ DatabaseName: database, Name: name }, options))
        return true
      }),

    async *listTables(database) {
      for (let token: string | undefined; ; ) {
        const page = await send('GetTables', `database ${database}`, (client, options) =>
          client.getTables({ DatabaseName: database, ...(token !== undefined && { NextToken: token }) }, options),
        )
        for (const table of page.TableList ?? []) yield toGlueTable(table, database)
        token = page.NextToken || undefined
        if (token === undefined) return
      }
    },
  }
}

async function sendRetried<T>(
  { client, place, retries }: Connection,
  { operation, about }: Asked,
  call: Send<T>,
  effects: RetryEffects,
): Promise<T> {
  const { signal } = effects
  let mayBeDone = false
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted()
    try {
      return await call(client, { abortSignal: signal }, mayBeDone)
    } catch (error) {
      signal.throwIfAborted()
      if (failures > retries || !isTransientInGlue(error))
        throw toGlueError(error, { subject: `${place}, ${about}`, action: `glue:${operation}` })
      mayBeDone ||= !isThrottled(error)
      await waitAfter(failures, effects)
    }
  }
}

const CONFLICT_CODES = new Set([
  'ConcurrentModificationException',
  'VersionMismatchException',
  'EntityNotFoundException', // dropped meanwhile
])

async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (codeOf(error) === 'EntityNotFoundException') return undefined
    throw error
  }
}

async function orExisting(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked
    return true
  } catch (error) {
    if (codeOf(error) === 'AlreadyExistsException') return false
    throw error
  }
}
