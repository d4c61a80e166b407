import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../errors.js'
import { type Channel, toChannel } from './channel.js'
import { type Connector, toConnector } from './connector.js'
import type { Prices } from './prices.js'
import { type ConfigSettings, configSchema, isLake, isStage, STAGE_RULE } from './schema.js'
import { parseSettings } from './settingsIssues.js'
import { type Stream, toStream } from './stream.js'
import { parseYaml, type YamlFile } from './yamlFile.js'

/** The name of the configuration file, looked for from the working folder upward. */
export const CONFIG_NAME = 'stocktake.yaml'

/** The configuration: flags over environment over file over defaults; all paths absolute. */
export interface Config {
  /** The file's path; `undefined` where there is none, and everything is a default. */
  readonly file?: string
  /** What relative paths are resolved against: the file's folder, or else the working folder. */
  readonly folder: string
  /** A path or `s3://bucket/prefix`; `undefined` where neither flag, environment nor file says. */
  readonly lake?: string
  readonly catalog:
    | { readonly type: 'files' }
    | { readonly type: 'glue'; readonly database: string; readonly region?: string }
  readonly engine: EngineConfig
  /** Those that the file declares, in its order; then those of the lake, where a command has asked for them. */
  readonly connectors: readonly Connector[]
  readonly aws: AwsConfig
  /** The path of the file that says what should be there, whether there is one or not. */
  readonly expectations: string
  /** USD: the dated defaults, where the file doesn't say otherwise. */
  readonly prices: Prices
  /** How many daily, weekly and monthly snapshots stay. */
  readonly keep: { readonly daily: number; readonly weekly: number; readonly monthly: number }
  readonly daemon: {
    readonly port: number
    readonly reconcile: boolean
    readonly intervalMs: number
    readonly afterCycle?: string
  }
  /** Who is told what has changed, in the file's order. */
  readonly notify: readonly Channel[]
  readonly athena: AthenaConfig
  readonly trino: { readonly server?: string; readonly catalog: string; readonly user?: string }
  readonly publish: PublishConfig
  /** In the file's order. */
  readonly streams: readonly Stream[]
  readonly tables: TablesConfig
}

export interface AthenaConfig {
  readonly workgroup: string
  /** `s3://bucket/prefix`, where the workgroup doesn't say it. */
  readonly output?: string
  /** Bytes. */
  readonly maxScanBytes?: number
}

/** What other engines see of the lake, by Glue's catalog. */
export interface PublishConfig {
  /** Glue's database, where the file says; see publishedDatabase.ts. */
  readonly database?: string
  readonly region?: string
  /** What engines call Glue's catalog. */
  readonly catalog: string
  readonly afterImport: boolean
}

/** The lake's own declared tables. */
export interface TablesConfig {
  /** What `{stage}` in their files stands for: of STOCKTAKE_STAGE, else of the file. */
  readonly stage: string
  /** Queries that take longer are logged and counted. */
  readonly slowQueryMs: number
  /** How many are expected in a month, for what a table costs. */
  readonly queriesPerMonth: number
}

export interface EngineConfig {
  /** For the whole process. */
  readonly memoryBytes: number
  readonly threads: number
  readonly transport: 'auto' | 'httpfs' | 'staged'
  /** A folder for what does not fit into memory. */
  readonly temp?: string
  /** A folder with DuckDB's extensions. */
  readonly extensions?: string
  readonly retries: number
}

export interface AwsConfig {
  readonly region?: string
  readonly profile?: string
  readonly roleArn?: string
  readonly endpoint?: string
  /** Of Glue, where it is another than S3's. */
  readonly glueEndpoint?: string
  /** Of Athena, where it is another than S3's. */
  readonly athenaEndpoint?: string
  readonly pathStyle: boolean
}

/** What the command line says: `--config` and `--lake`, relative to the working folder. */
export interface ConfigOptions {
  readonly config?: string
  readonly lake?: string
}

export interface ConfigEffects {
  /** The working folder. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** A file's text; `undefined` where there is no such file. */
  readonly readText: (path: string) => Promise<string | undefined>
}

/**
 * Finds, reads and checks the configuration. That there is no file is no error, unless one was named.
 * @throws {UsageError} with a line `stocktake.yaml:12:5: …` for each mistake in the file
 */
export async function loadConfig(options: ConfigOptions, effects: ConfigEffects): Promise<Config> {
  const found = await findFile(options, effects)
  const folder = found ? dirname(found.path) : effects.cwd
  const { settings, yaml } = parseFile(found?.text, found ? relative(effects.cwd, found.path) : '')
  return {
    ...toConfig(settings, folder, yaml),
    file: found?.path,
    lake: resolveLake(options, effects) ?? (found && resolveLakeIn(folder, settings.lake)),
    aws: resolveAws(settings, effects.env),
    tables: resolveTables(settings, effects.env),
  }
}

/** The lake's path or URL. @throws {UsageError} where nothing says where it is */
export function getLakePlace(config: Config): string {
  if (config.lake !== undefined) return config.lake
  throw new UsageError({
    subject: 'lake',
    expected: `${CONFIG_NAME} here or in a folder above, or --lake`,
    got: 'neither',
    fix: '`stocktake init` makes both',
  })
}

async function findFile(options: ConfigOptions, effects: ConfigEffects) {
  const named = options.config ?? variable(effects.env, 'STOCKTAKE_CONFIG')
  if (named !== undefined) {
    const path = resolve(effects.cwd, named)
    const text = await effects.readText(path)
    if (text === undefined) throw new UsageError({ subject: path, got: 'no such file', fix: 'see --config' })
    return { path, text }
  }
  for (let folder = resolve(effects.cwd); ; folder = dirname(folder)) {
    const path = join(folder, CONFIG_NAME)
    const text = await effects.readText(path)
    if (text !== undefined) return { path, text }
    if (dirname(folder) === folder) return undefined
  }
}

function parseFile(text: string | undefined, name: string): { settings: ConfigSettings; yaml?: YamlFile } {
  if (text === undefined) return { settings: configSchema.parse({}) }
  const yaml = parseYaml(text, name)
  return { settings: parseSettings(configSchema, yaml), yaml }
}

function toConfig(
  settings: ConfigSettings,
  folder: string,
  yaml: YamlFile | undefined,
): Omit<Config, 'aws' | 'tables'> {
  const { engine, daemon } = settings
  const place = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path))
  return {
    folder,
    catalog: settings.catalog,
    engine: {
      memoryBytes: engine.memory,
      threads: engine.threads,
      transport: engine.transport,
      temp: place(engine.temp),
      extensions: place(engine.extensions),
      retries: engine.retries,
    },
    connectors: Object.entries(settings.connectors).map(([name, connector]) =>
      toConnector(name, connector, folder, yaml?.locate(['connectors', name], true)),
    ),
    expectations: resolve(folder, settings.expectations),
    prices: settings.prices,
    keep: settings.keep,
    daemon: {
      port: daemon.port,
      reconcile: daemon.reconcile,
      intervalMs: daemon.interval_hours * 3_600_000,
      afterCycle: daemon.after_cycle,
    },
    notify: settings.notify.map(toChannel),
    athena: {
      workgroup: settings.athena.workgroup,
      output: settings.athena.output,
      maxScanBytes: settings.athena.max_scan,
    },
    trino: settings.trino,
    publish: {
      database: settings.publish.database,
      region: settings.publish.region,
      catalog: settings.publish.catalog,
      afterImport: settings.publish.after_import,
    },
    streams: Object.entries(settings.streams).map(([name, stream]) =>
      toStream(name, stream, yaml?.locate(['streams', name], true)),
    ),
  }
}

function resolveLake(options: ConfigOptions, { cwd, env }: ConfigEffects): string | undefined {
  const given = options.lake ?? variable(env, 'STOCKTAKE_LAKE')
  if (given === undefined) return undefined
  if (!isLake(given))
    throw new UsageError({ subject: 'lake', expected: 'a folder such as ./lake, or s3://bucket/prefix', got: given })
  return resolveLakeIn(cwd, given)
}

function resolveLakeIn(folder: string, lake: string): string {
  if (lake.startsWith('s3://')) return lake.replace(/\/+$/, '')
  return lake.startsWith('file://') ? fileURLToPath(lake) : resolve(folder, lake)
}

/** AWS's own variables go over the file, as they do in AWS's own tools. */
function resolveAws({ aws }: ConfigSettings, env: ConfigEffects['env']): AwsConfig {
  return {
    region: variable(env, 'AWS_REGION') ?? variable(env, 'AWS_DEFAULT_REGION') ?? aws.region,
    profile: variable(env, 'AWS_PROFILE') ?? aws.profile,
    roleArn: aws.role_arn,
    endpoint: variable(env, 'AWS_ENDPOINT_URL_S3') ?? variable(env, 'AWS_ENDPOINT_URL') ?? aws.endpoint,
    glueEndpoint: variable(env, 'AWS_ENDPOINT_URL_GLUE'),
    athenaEndpoint: variable(env, 'AWS_ENDPOINT_URL_ATHENA'),
    pathStyle: aws.path_style,
  }
}

function resolveTables({ tables }: ConfigSettings, env: ConfigEffects['env']): TablesConfig {
  const stage = variable(env, 'STOCKTAKE_STAGE') ?? tables.stage
  if (isStage(stage)) return { stage, slowQueryMs: tables.slow_query, queriesPerMonth: tables.queries_per_month }
  throw new UsageError({ subject: 'STOCKTAKE_STAGE', expected: STAGE_RULE, got: JSON.stringify(stage) })
}

/** A variable of the environment; an empty one is as good as none. */
const variable = (env: ConfigEffects['env'], name: string): string | undefined => env[name] || undefined
