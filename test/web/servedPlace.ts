import { tmpdir } from 'node:os'
import { watchExpectations } from '../../src/commands/expectationsSession.js'
import { findDataset } from '../../src/commands/gapExplain.js'
import { openContext, type World } from '../../src/commands/globals.js'
import { openBucket, withLake } from '../../src/commands/lakeSession.js'
import { openQueryProcess } from '../../src/commands/serveQueries.js'
import { tableViewsOf } from '../../src/commands/tableViewsOf.js'
import { documentEffects } from '../../src/commands/tasksOfLake.js'
import type { Catalog } from '../../src/iceberg/catalog.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { noLog } from '../../src/output/log.js'
import { createApp } from '../../src/web/createApp.js'
import { openFolderIndexes } from '../../src/web/folderIndexes.js'
import { openLakeReader } from '../../src/web/openLakeReader.js'
import { QUERY_LIMITS, type QueryLimits } from '../../src/web/queryProcess.js'
import type { WebApp } from '../../src/web/webApp.js'
import type { WebWorld } from '../../src/web/webWorld.js'
import { PROGRAM } from '../commands/agentPlace.js'
import { TextSink } from '../output/textSink.js'

/** The API over a place with a lake, without a port; queries run in real processes. */
export interface ServedPlace {
  readonly world: WebWorld
  /** Asks as a program on this machine does. */
  ask(path: string, init?: RequestInit): Promise<Response>
  /** A GET's JSON. @throws for another status than 200 */
  get<T>(path: string): Promise<T>
  readonly app: WebApp
  /** Runs SQL. */
  query(sql: string, more?: object, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

export interface ServedOptions {
  readonly limits?: Partial<QueryLimits>
  readonly env?: World['env']
  readonly now?: () => Date
  readonly args?: { readonly lake?: string }
}

/** @param folder with stocktake.yaml, and a lake */
export async function servePlace(folder: string, options: ServedOptions = {}): Promise<ServedPlace> {
  const stop = new AbortController()
  const { now = () => new Date('2026-01-22T01:00:00Z'), env = {} } = options
  const outside = { ...{ stdout: new TextSink(), stderr: new TextSink(), cwd: folder, env, now }, signal: stop.signal }
  const context = await openContext({ ...options.args, world: { ...outside, program: PROGRAM } })
  const { config, log, signal } = context
  let closed: Promise<void> = Promise.resolve()
  const world = await new Promise<WebWorld>((resolve, reject) => {
    const open = async (session: Parameters<Parameters<typeof withLake>[1]>[0]): Promise<void> => {
      const { place, store, engine } = session
      const declared = config.connectors.filter(({ declaredAt }) => declaredAt !== undefined)
      const openCatalog = (each: typeof store) => filesCatalog(each, context)
      const reader = openLakeReader({ store, engine, declared, now: () => new Date(), openCatalog })
      const moreViews = (catalog: Catalog) => tableViewsOf(catalog, { ...context, log: noLog })
      resolve({
        ...documentEffects(context),
        folders: openFolderIndexes({ reader, log, signal }),
        ...{
          place,
          store,
          catalog: session.catalog,
          declared,
          log,
          signal,
          reader,
          prices: config.prices,
          streams: config.streams,
          allowsFolders: true,
        },
        ...{ tempFolder: engine.tempFolder, configFolder: config.folder, limits: session.limits },
        findDataset: async (connector, dataset) => findDataset({ connector, dataset }, context),
        expectations: watchExpectations(config.expectations, async () => context),
        openBucket: bucket => openBucket(bucket, context),
        moreViews,
        queryProcess: openQueryProcess(reader, session, moreViews, context, { ...QUERY_LIMITS, ...options.limits }),
        ...{ user: 'tester', host: 'here', runsJobs: false, version: '0' },
      })
      await new Promise(done => stop.signal.addEventListener('abort', done))
      await reader.close()
    }
    closed = withLake({ ...context, signal: new AbortController().signal }, open, { use: 'comparison' })
    closed.catch(reject)
  })
  const app = createApp(world, { access: { needsToken: false, hosts: [] }, pageFolder: tmpdir() })
  const ask = async (path: string, { headers, ...init }: RequestInit = {}): Promise<Response> =>
    app.request(path, { ...init, headers: { host: 'localhost', ...(headers as Record<string, string>) } })
  return {
    ...{ world, app },
    ask,
    async get(path) {
      const answer = await ask(path)
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
      return (await answer.json()) as never
    },
    query: (sql, more = {}, init = {}) =>
      ask('/api/query', {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        ...{ body: JSON.stringify({ sql, ...more }), ...init },
      }),
    async close() {
      stop.abort()
      await closed
    },
  }
}
