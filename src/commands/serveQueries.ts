import { UsageError } from '../errors.js'
import { S3_TIMEOUTS, S3Store } from '../lake/s3Store.js'
import { loadQueryViews } from '../snapshot/lakeQuery.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import type { LakeReader } from '../web/lakeReader.js'
import type { S3Order } from '../web/queryOrder.js'
import { QUERY_LIMITS, type QueryLimits, type QueryProcess } from '../web/queryProcess.js'
import { startQueryProcess } from '../web/startQueryProcess.js'
import type { WebWorld } from '../web/webWorld.js'
import type { Context } from './globals.js'
import type { LakeSession } from './lakeSession.js'

/** What httpfs needs of the environment: where DuckDB keeps its extensions, and the way through a proxy. */
const S3_VARIABLES = ['HOME', 'HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']

/** What runs a person's SQL over the lake, each query in a process of its own. */
export function openQueryProcess(
  reader: LakeReader,
  { store, engine }: Pick<LakeSession, 'store' | 'engine'>,
  moreViews: WebWorld['moreViews'],
  { program, env, config }: Pick<Context, 'program' | 'env' | 'config'>,
  limits: QueryLimits = QUERY_LIMITS,
): QueryProcess {
  if (!program) return { run: noProgram }
  const kept = store instanceof S3Store ? S3_VARIABLES.filter(name => env[name] !== undefined) : []
  return startQueryProcess(
    {
      program,
      env: Object.fromEntries(kept.map(name => [name, env[name]])),
      tempFolder: engine.tempFolder, // which goes with the server
      lakeRoot: store.locate('lake.json').slice(0, -'lake.json'.length),
      limits,
    },
    {
      loadViews: async (sql, signal) => {
        const load = async (effects: LakeEffects) =>
          loadQueryViews(sql, { ...effects, store }, undefined, await moreViews(effects.catalog))
        return (await reader.read(load, signal)).views
      },
      loadS3: async () => (store instanceof S3Store ? s3Order(store, config) : undefined),
    },
  )
}

async function s3Order(store: S3Store, { aws, engine }: Context['config']): Promise<S3Order> {
  const { accessKeyId, secretAccessKey, sessionToken } = await store.resolveCredentials()
  return {
    ...(engine.extensions !== undefined && { extensions: engine.extensions }),
    ...(aws.endpoint !== undefined && { endpoint: aws.endpoint }),
    ...{ region: await store.resolveRegion(), pathStyle: aws.pathStyle },
    ...{ retries: engine.retries, timeoutMs: S3_TIMEOUTS.idleMs },
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
  }
}

async function noProgram(): Promise<never> {
  throw new UsageError({ subject: 'query', got: 'no program to run it by' })
}
