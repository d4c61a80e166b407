import type { Config } from '../config/config.js'
import { glueRegion, publishedDatabase } from '../config/publishedDatabase.js'
import type { RemoteEngine, RemoteKind } from '../engine/remoteEngine.js'
import { UsageError } from '../errors.js'
import type { Context } from './globals.js'
import { waitEffects } from './waitEffects.js'

/** Which engine answers. */
export type EngineName = 'duckdb' | RemoteKind

/** What an engine elsewhere is asked by a command. */
export interface EngineArgs {
  readonly engine?: EngineName
  readonly maxScan?: string
}

/** The options of commands that another engine can answer. */
export const engineOptions = {
  engine: {
    choices: ['duckdb', 'athena', 'trino'] as const,
    describe: 'what answers (default: duckdb, in this process); others read what `publish` made known to them',
  },
  'max-scan': {
    type: 'string',
    nargs: 1,
    describe: 'of athena and trino: a query that reads more is ended, 10GB (default: athena.max_scan)',
  },
} as const

/** The engine elsewhere that is asked for; `undefined` for DuckDB. @throws {UsageError} for --max-scan without one */
export function remoteKind({ engine = 'duckdb', maxScan }: EngineArgs): RemoteKind | undefined {
  if (engine !== 'duckdb') return engine
  if (maxScan !== undefined)
    throw new UsageError({ subject: '--max-scan', expected: '--engine athena or trino with it', got: 'duckdb' })
  return undefined
}

type RemoteContext = Pick<Context, 'config' | 'env' | 'signal'>

/**
 * Opens an engine elsewhere, over Glue's database with the lake's tables and views. Nothing is asked of it yet.
 * @throws {UsageError} where the configuration doesn't say where it is, or which database
 */
export async function openRemote(args: EngineArgs, kind: RemoteKind, context: RemoteContext): Promise<RemoteEngine> {
  const database = requireDatabase(context.config, kind)
  const maxScanBytes = await readMaxScan(args)
  return kind === 'trino'
    ? openTrinoOf(database, maxScanBytes, context)
    : openAthenaOf(database, maxScanBytes ?? context.config.athena.maxScanBytes, context)
}

function requireDatabase(config: Config, kind: RemoteKind): string {
  const database = publishedDatabase(config)
  if (database !== undefined) return database
  throw new UsageError({
    subject: `--engine ${kind}`,
    expected: "publish.database: Glue's database with the lake's tables",
    got: 'none in the configuration',
    fix: 'set it, and run `stocktake publish`',
  })
}

async function readMaxScan({ maxScan }: EngineArgs): Promise<number | undefined> {
  if (maxScan === undefined) return undefined
  const { size } = await import('../config/settingTypes.js')
  const parsed = size().safeParse(maxScan)
  if (parsed.success) return parsed.data
  throw new UsageError({ subject: '--max-scan', expected: 'a size such as 10GB', got: JSON.stringify(maxScan) })
}

async function openTrinoOf(
  database: string,
  maxScanBytes: number | undefined,
  { config, env, signal }: RemoteContext,
): Promise<RemoteEngine> {
  const { server, catalog, user } = config.trino
  if (server === undefined)
    throw new UsageError({
      subject: '--engine trino',
      expected: 'trino.server in the configuration',
      got: 'none',
      fix: 'set it to https://host:port, and trino.catalog to what that Trino calls Glue',
    })
  const [{ openTrino }, { userName }] = await Promise.all([
    import('../engine/trinoEngine.js'),
    import('./snapshotSession.js'),
  ])
  const authorization = authorizationOf(server, user ?? userName(), env)
  return openTrino(
    {
      address: { server, user: user ?? userName(), ...(authorization !== undefined && { authorization }) },
      ...{ catalog, schema: database },
      ...(maxScanBytes !== undefined && { maxScanBytes }),
    },
    { ...waitEffects(signal), retries: config.engine.retries },
  )
}

/** Secrets come from the environment alone. @throws {UsageError} for one that would go over the network as it is */
function authorizationOf(server: string, user: string, env: Context['env']): string | undefined {
  const [password, token] = [env.STOCKTAKE_TRINO_PASSWORD || undefined, env.STOCKTAKE_TRINO_TOKEN || undefined]
  if (password === undefined && token === undefined) return undefined
  if (new URL(server).protocol !== 'https:')
    throw new UsageError({
      subject: 'trino.server',
      expected: 'https://…, as STOCKTAKE_TRINO_PASSWORD or STOCKTAKE_TRINO_TOKEN is set',
      got: server,
    })
  if (token !== undefined) return `Bearer ${token}`
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

async function openAthenaOf(
  database: string,
  maxScanBytes: number | undefined,
  { config, signal }: RemoteContext,
): Promise<RemoteEngine> {
  const [{ openAthena }, { findCredentials }] = await Promise.all([
    import('../engine/athenaEngine.js'),
    import('../lake/s3Credentials.js'),
  ])
  const region = glueRegion(config)
  return openAthena(
    {
      ...{ aws: config.aws, retries: config.engine.retries, database },
      ...{ catalog: 'AwsDataCatalog', workgroup: config.athena.workgroup, usdPerTb: config.prices.athena_per_tb },
      ...(region !== undefined && { region }),
      ...(config.athena.output !== undefined && { output: config.athena.output }),
      ...(maxScanBytes !== undefined && { maxScanBytes }),
    },
    { ...waitEffects(signal), credentials: await findCredentials(config.aws) },
  )
}
