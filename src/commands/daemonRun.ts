import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import type { Config } from '../config/config.js'
import { NotFoundError, StocktakeError, UsageError } from '../errors.js'
import { formatCycle, runAfterCycle } from '../jobs/afterCycle.js'
import type { ChainSpec } from '../jobs/chain.js'
import { runDaemon } from '../jobs/daemon.js'
import type { DaemonEffects, DaemonEvent } from '../jobs/daemonEffects.js'
import { runOnce, worstExitCode } from '../jobs/daemonOnce.js'
import { planDaemon } from '../jobs/daemonPlan.js'
import { newDaemonState, readiness } from '../jobs/daemonState.js'
import { startHealth } from '../jobs/health.js'
import type { Job } from '../jobs/job.js'
import { notifyChanges } from '../jobs/notify.js'
import { networkSender } from '../jobs/notifySend.js'
import { createMetrics, type Metrics } from '../jobs/prometheus.js'
import { LAKE_FACTS_MS, startLakeFacts } from '../jobs/startLakeFacts.js'
import { type StreamWork, startStreamProcess, streamWorkName } from '../jobs/streamProcess.js'
import { RECONCILE_CHAIN, wantedChains } from '../jobs/wantedChains.js'
import { requireSameLake } from '../lake/lake.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { countText } from '../output/quantities.js'
import { packageVersion } from '../packageFolder.js'
import { loadStreamStatus } from '../streams/streamStatus.js'
import { agentEffects, IDLE_MS, passedOn } from './agentRun.js'
import { withLakeConnectors } from './connectorContext.js'
import { daemonTeller, planColumns } from './daemonScreen.js'
import type { Context, GlobalArgs } from './globals.js'
import { describeJob, outcomeText } from './jobScreen.js'
import { openCatalog } from './lakeCatalog.js'
import { openLakeStore } from './lakeSession.js'
import { makeLake } from './snapshotSession.js'
import { listDeclared } from './tableViewsOf.js'
import { documentEffects } from './tasksOfLake.js'

interface DaemonFlags extends Pick<GlobalArgs, 'config' | 'lake' | 'quiet' | 'verbose'> {
  readonly intervalHours?: number
  readonly runOnce?: boolean
  readonly dryRun?: boolean
}

/** How long running jobs may go on after the signal; with KILL_MS, what a stop should be given, and no more than 30 s. */
const GRACE_MS = 20_000
const KILL_MS = 8_000
/** Each in a process of its own: so that a long import doesn't hold up what is quick. */
const PARALLEL = 2
/** How long `daemon.after_cycle` may take. */
const AFTER_CYCLE_MS = 5 * 60_000

const OPTIONS = { parallel: PARALLEL, idleMs: IDLE_MS, graceMs: GRACE_MS, killMs: KILL_MS }

/** Runs a lake until the signal; or one cycle of it; or tells what would be done. */
export async function runDaemonHere(flags: DaemonFlags, context: Context): Promise<void> {
  const intervalMs = intervalOf(flags, context.config)
  if (flags.dryRun) return showPlan(flags, createWanted(intervalMs, context), context)
  const { lake } = await makeLake(context)
  const metrics = createMetrics({
    ...{ version: packageVersion(), prices: context.config.prices, startedAt: context.now() },
    tables: (await listDeclared(context)).map(({ table }) => table),
  })
  const effects = await openEffects(flags, { intervalMs, lakeId: lake.id }, metrics, context)
  if (flags.runOnce) return requireSuccess(await runOnce(OPTIONS, effects))
  await serveLake(effects, metrics, context)
}

async function serveLake(effects: DaemonEffects, metrics: Metrics, context: Context): Promise<void> {
  const { config, log, now, signal } = context
  const state = newDaemonState()
  const ready = () => readiness(state, now())
  const health = await startHealth({ port: config.daemon.port, host: '127.0.0.1' }, { ready, metrics })
  log.notice(`serving    http://127.0.0.1:${health.port}: /healthz, /readyz, /metrics`)
  signal.addEventListener('abort', () => effects.told({ kind: 'stopping' }), { once: true })
  try {
    await runDaemon(OPTIONS, state, effects)
  } finally {
    await health.close()
  }
  log.notice('stopped')
}

/** @throws {UsageError} */
function intervalOf({ intervalHours }: DaemonFlags, { daemon }: Config): number {
  if (intervalHours === undefined) return daemon.intervalMs
  if (intervalHours > 0 && Number.isFinite(intervalHours)) return intervalHours * 3_600_000
  throw new UsageError({ subject: '--interval-hours', expected: 'a number above 0', got: String(intervalHours) })
}

/**
 * Lists the chains that are wanted now: connectors of the lake come and go, and so does the file of expectations. What is
 * wrong with a connector is told once.
 * @param store the lake's, where it is open
 */
function createWanted(intervalMs: number, context: Context, store?: ObjectStore): DaemonEffects['wanted'] {
  const warned = new Set<string>()
  const warn = (text: string): void => {
    if (!warned.has(text)) context.log.warn(text)
    warned.add(text)
  }
  const quiet = { ...context, log: { ...context.log, warn } }
  let hasExpectations = true // until it is known: a reconciliation without them fails, and says why
  return async failed => {
    const { config } = await withLakeConnectors(quiet, undefined, store)
    try {
      hasExpectations = await isThere(config.expectations)
    } catch (error) {
      if (!failed) throw error
      failed(error)
    }
    const isEnabled = config.daemon.reconcile && hasExpectations
    const publish = config.publish.afterImport ? { intervalMs } : undefined
    return wantedChains({
      connectors: config.connectors,
      reconcile: { isEnabled, intervalMs },
      ...(publish && { publish }),
    })
  }
}

/** @throws {StocktakeError} where that can't be found out, which doesn't mean that it isn't there */
async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause
    if (cause.code === 'ENOENT') return false
    throw new StocktakeError({ subject: path, got: cause.message, fix: 'let the daemon read it', cause })
  }
}

async function openEffects(
  flags: DaemonFlags,
  { intervalMs, lakeId }: { readonly intervalMs: number; readonly lakeId: string },
  metrics: Metrics,
  context: Context,
): Promise<DaemonEffects> {
  const told: (event: DaemonEvent) => void = daemonTeller(context, GRACE_MS)
  const { told: _, ...agent } = await agentEffects(flags, context, () => {})
  const send = networkSender(context)
  const sameLake = () => requireSameLake({ store: agent.store, id: lakeId })
  return {
    ...agent,
    ...{ metrics, told },
    requireSameLake: sameLake,
    wanted: createWanted(intervalMs, context, agent.store),
    readFacts: () => sameLake().then(() => readFacts(flags, context)),
    readStreams: () => readStreams(agent.store, context),
    streams: {
      works: listStreamWorks(context.config),
      start: work => startStream(work, flags, context),
    },
    notify: facts =>
      notifyChanges(facts, context.config.notify, { ...documentEffects(context), store: agent.store, send }),
    afterCycle: afterCycleOf(context),
  }
}

function readFacts(flags: DaemonFlags, { program = [''], cwd, env, signal }: Context) {
  const [first, ...args] = program
  const start = () =>
    spawn(first, [...args, 'lake-facts', ...passedOn(flags)], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  return startLakeFacts({ timeoutMs: LAKE_FACTS_MS }, { spawn: start, signal })
}

async function readStreams(store: ObjectStore, context: Context) {
  const { config, now } = context
  if (config.streams.length === 0) return []
  const effects = { store, catalog: await openCatalog(store, context), now }
  return Promise.all(config.streams.map(stream => loadStreamStatus(stream, effects)))
}

/** What is to go on of streams: those without a source get their records from elsewhere. */
const listStreamWorks = ({ streams }: Config): StreamWork[] =>
  streams
    .filter(({ isDaemon }) => isDaemon)
    .flatMap(({ name, url }): StreamWork[] => [
      ...(url === undefined ? [] : [{ stream: name, what: 'ingest' } as const]),
      { stream: name, what: 'etl' },
    ])

function startStream(work: StreamWork, flags: DaemonFlags, { program = [''], cwd, env, log }: Context) {
  const [first, ...args] = program
  const command = [first, ...args, 'run-stream', work.what, work.stream, ...passedOn(flags)] as const
  return startStreamProcess({ command, cwd, env }, line => log.notice(`${streamWorkName(work)}: ${line}`))
}

function afterCycleOf({ config, env, log, signal }: Context): DaemonEffects['afterCycle'] {
  const command = config.daemon.afterCycle
  if (command === undefined) return undefined
  const said = (line: string): void => log.notice(`after_cycle: ${line}`)
  const options = { command, env, cwd: config.folder, timeoutMs: AFTER_CYCLE_MS }
  return (job: Job) => runAfterCycle(formatCycle(job), options, { said, signal })
}

/** @throws {StocktakeError} with the exit code of the worst job */
function requireSuccess(jobs: readonly Job[]): void {
  const exitCode = worstExitCode(jobs)
  if (exitCode === 0) return
  const bad = jobs.filter(job => worstExitCode([job]) !== 0)
  const [first] = bad.filter(job => worstExitCode([job]) === exitCode)
  throw new CycleError(exitCode, {
    subject: `${bad.length} of ${countText(jobs.length, 'job')}`,
    got: first ? `${describeJob(first)}: ${outcomeText(first) ?? 'failed'}` : 'failed',
    fix: 'stocktake jobs has them all',
  })
}

/** Jobs of a cycle failed; the exit code is the worst one's. */
class CycleError extends StocktakeError {
  override readonly exitCode: number

  constructor(exitCode: number, facts: ConstructorParameters<typeof StocktakeError>[0]) {
    super(facts)
    this.exitCode = exitCode
  }
}

async function showPlan(
  { runOnce: isOnce }: DaemonFlags,
  wanted: DaemonEffects['wanted'],
  context: Context,
): Promise<void> {
  const { format, log, now } = context
  const asked = (spec: ChainSpec): ChainSpec =>
    isOnce && spec.name === RECONCILE_CHAIN ? { ...spec, isWantedNow: true } : spec
  const planned = await planDaemon((await wanted()).map(asked), await findStore(context), now())
  await context.write(planned, planColumns(format, now()))
  for (const work of listStreamWorks(context.config)) log.notice(`and it keeps going: ${streamWorkName(work)}`)
  if (planned.some(({ type, next }) => type === 'reconcile' && next !== 'off'))
    log.notice('what a reconciliation would find: stocktake reconcile --dry-run')
}

/** The lake's store; nothing where there is no lake yet. */
async function findStore(context: Context): Promise<ObjectStore | undefined> {
  try {
    return await openLakeStore(context)
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}
