import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { getLakePlace } from '../config/config.js'
import { UsageError } from '../errors.js'
import type { Catalog } from '../iceberg/catalog.js'
import { runAgent } from '../jobs/agent.js'
import { listTokens, tokenState } from '../lake/tokens.js'
import { noLog } from '../output/log.js'
import { packageFolder, packageVersion } from '../packageFolder.js'
import type { Access } from '../web/access.js'
import { createApp } from '../web/createApp.js'
import { openFolderIndexes } from '../web/folderIndexes.js'
import { keepFoldersReady } from '../web/keepFoldersReady.js'
import { openLakeReader } from '../web/openLakeReader.js'
import { startServer } from '../web/startServer.js'
import type { WebWorld } from '../web/webWorld.js'
import { agentEffects, GRACE_MS, IDLE_MS, KILL_MS } from './agentRun.js'
import { agentTeller } from './agentScreen.js'
import { withLakeConnectors } from './connectorContext.js'
import { watchExpectations } from './expectationsSession.js'
import { findDataset } from './gapExplain.js'
import type { Context, GlobalArgs } from './globals.js'
import { openCatalogs } from './lakeCatalog.js'
import { type LakeSession, openBucket, withLake } from './lakeSession.js'
import { openQueryProcess } from './serveQueries.js'
import { makeLake, userName } from './snapshotSession.js'
import { tableViewsOf } from './tableViewsOf.js'
import { documentEffects } from './tasksOfLake.js'

interface ServeFlags extends Pick<GlobalArgs, 'config' | 'lake' | 'quiet' | 'verbose'> {
  readonly port: number
  readonly host: string
  readonly allowHost?: readonly string[]
  readonly agent: boolean
  readonly requireToken?: boolean
}

/** How often the agent inside looks for jobs: somebody waits in front of the page. */
const LOCAL_IDLE_MS = 1_000

/** Serves the page and the API, and runs jobs beside, until the signal. */
export async function serveHere(flags: ServeFlags, context: Context): Promise<void> {
  const { log } = context
  const port = portOf(flags)
  const address = await addressOf(flags.host)
  await makeLake(context)
  // What was begun is finished and recorded after a signal, too.
  const lasting = { ...context, signal: new AbortController().signal }
  await withLake(lasting, session => serveLake({ ...flags, port }, address, session, context), { use: 'server' })
  log.notice('stopped')
}

async function serveLake(flags: ServeFlags, address: string, session: LakeSession, context: Context): Promise<void> {
  const { log, signal } = context
  const access = accessOf(flags, address)
  const world = { ...(await openWorld(flags, session, context)), allowsFolders: !access.needsToken }
  const app = createApp(world, { access, pageFolder: join(packageFolder(), 'dist', 'ui') })
  if (access.needsToken) await tellTokens(world)
  const server = await startServer({ port: flags.port, host: address }, app)
  const closing = new AbortController()
  try {
    void keepFoldersReady(world.folders, { ...world, signal: AbortSignal.any([signal, closing.signal]) })
    log.notice(`Stocktake on http://${urlHost(flags.host)}:${server.port}  (stop with Ctrl-C)`)
    const ending = AbortSignal.any([signal, session.engine.lost])
    const closed = aborted(ending).then(() => server.close()) // while running jobs are still given their time
    await Promise.all([closed, flags.agent && runAgentBeside(flags, { ...context, signal: ending })])
    if (!signal.aborted) session.engine.lost.throwIfAborted() // whoever keeps it running starts it anew
  } finally {
    closing.abort()
    await server.close()
    await world.reader.close()
  }
}

async function tellTokens({ store, log, now }: WebWorld): Promise<void> {
  const tokens = await listTokens(store, ({ message }) => log.warn(`left out, in the lake: ${message}`))
  if (tokens.some(token => tokenState(token, now()) === 'valid')) return
  log.warn('nobody can use it yet: stocktake token create NAME --role operate')
}

/** Whoever needs no token is at this machine: one that has another name is behind something that others reach. */
const accessOf = ({ host, allowHost = [], requireToken = false }: ServeFlags, address: string): Access => ({
  needsToken: requireToken || allowHost.length > 0 || !isLoopback(address),
  hosts: [urlHost(host), ...allowHost].map(name => name.toLowerCase()),
})

async function openWorld(
  { agent: runsJobs }: ServeFlags,
  { place, store, catalog, engine, limits }: LakeSession,
  context: Context,
): Promise<Omit<WebWorld, 'allowsFolders'>> {
  const { config, log, now, signal } = context
  const declared = config.connectors.filter(({ declaredAt }) => declaredAt !== undefined)
  // What was begun is finished after a signal, too.
  const openCatalog = await openCatalogs({ config, now, signal: new AbortController().signal })
  const reader = openLakeReader({ store, engine, declared, now, openCatalog })
  // Whoever declares a table hears of mistakes from the commands: a page that is looked at isn't the place.
  const moreViews = (catalog: Catalog) => tableViewsOf(catalog, { ...context, log: noLog })
  return {
    ...documentEffects(context),
    ...{ place, store, catalog, declared, log, signal },
    reader,
    folders: openFolderIndexes({ reader, log, signal }),
    prices: config.prices,
    streams: config.streams,
    openBucket: (bucket, asked) =>
      openBucket(bucket, { config, signal: asked ? AbortSignal.any([asked, signal]) : signal }),
    moreViews,
    queryProcess: openQueryProcess(reader, { store, engine }, moreViews, context),
    ...{ tempFolder: engine.tempFolder, configFolder: config.folder, limits },
    findDataset: async (connector, dataset) =>
      findDataset({ connector, dataset }, await withLakeConnectors(context, undefined, store)),
    expectations: watchExpectations(config.expectations, () => withLakeConnectors(context, undefined, store)),
    user: userName(),
    host: hostname(),
    runsJobs,
    version: packageVersion(),
  }
}

async function runAgentBeside(flags: ServeFlags, context: Context): Promise<void> {
  const idleMs = getLakePlace(context.config).startsWith('s3://') ? IDLE_MS : LOCAL_IDLE_MS
  const effects = await agentEffects(flags, context, agentTeller(context))
  await runAgent({ parallel: 1, until: 'stopped', idleMs, graceMs: GRACE_MS, killMs: KILL_MS }, effects)
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** @throws {UsageError} */
function portOf({ port }: ServeFlags): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new UsageError({ subject: '--port', expected: 'a whole number from 0 to 65535', got: String(port) })
}

/** @throws {UsageError} */
async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host)).address
  } catch (cause) {
    throw new UsageError({ subject: '--host', expected: 'an address of this machine', got: host, cause })
  }
}

const isLoopback = (address: string): boolean => /^127\./.test(address) || address === '::1'

/** As a URL has it: an address of IPv6 in brackets. */
const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host)
