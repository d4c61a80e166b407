import { stat } from 'node:fs/promises'
import type { Config } from '../config/config.js'
import type { Bucket, Connector } from '../config/connector.js'
import type { StocktakeError } from '../errors.js'
import { authorityOf } from '../lake/authority.js'
import { type CallerIdentity, resolveCredentials } from '../lake/callerIdentity.js'
import type { Glue } from '../lake/glue.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { readServerTime } from '../lake/s3BucketSettings.js'
import type { S3Connection } from '../lake/s3Connection.js'
import type { CredentialsSource, S3Credentials } from '../lake/s3Credentials.js'
import { parseS3Url } from '../lake/s3Store.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { attempt, explainDenied, explainError, isFinding } from './attempt.js'
import { checkCaller, judgeClock } from './awsChecks.js'
import { type InventoryState, readInventoryState } from './inventoryState.js'
import { checkLake } from './lakeCheck.js'
import { checkNewestReport } from './reportCheck.js'

/** What came of the search for the extension by which DuckDB reads `s3://`. */
export type HttpfsSearch =
  | { readonly kind: 'loaded'; readonly from: string }
  | { readonly kind: 'absent'; readonly reason: string }

export interface DoctorOptions {
  readonly config: Config
  /** How messages call its file: a path relative to where the person is; `undefined` where there is none. */
  readonly configName: string | undefined
  /** Those to look at. */
  readonly connectors: readonly Connector[]
  /** DuckDB's, `v1.5.5`. */
  readonly engineVersion: string
}

export interface DoctorEffects {
  readonly openPlace: (place: string) => Promise<ObjectStore>
  readonly openBucket: (bucket: Bucket) => Promise<ObjectStore>
  readonly openConnection: (bucket: string) => Promise<S3Connection>
  readonly credentials: CredentialsSource
  readonly askCaller: () => Promise<CallerIdentity>
  readonly findHttpfs: () => Promise<HttpfsSearch>
  /** For a lake whose catalog is Glue. */
  readonly openGlue: () => Promise<Glue>
  readonly now: () => Date
  /** A name that nobody else has. */
  readonly randomName: () => string
}

/**
 * Looks at everything that Stocktake needs, from the configuration to each connector's newest report. A step that fails is
 * a row, and the others go on; without credentials, what is on S3 is left out.
 */
export async function* diagnose(options: DoctorOptions, effects: DoctorEffects): AsyncGenerator<Check> {
  const { config, connectors } = options
  yield checkConfiguration(options)
  const bucket = bucketOnS3(options)
  let isSignedIn = true
  if (bucket !== undefined) {
    const { check, credentials } = await checkCredentials(options, effects)
    yield check
    isSignedIn = credentials !== undefined
    if (isSignedIn) yield* checkClock(bucket, effects)
  }
  if (config.lake === undefined)
    yield { status: 'warn', check: 'lake', found: 'nothing says where it is', fix: '`stocktake init` makes one' }
  else if (isSignedIn || !isOnS3(config.lake)) {
    yield await checkLakeAt(config.lake, options, effects)
    if (config.catalog.type === 'glue') yield await checkDatabase(config.catalog, effects)
  }
  yield await attempt('httpfs', () => checkHttpfs(options, effects))
  for (const connector of connectors) if (isSignedIn || !needsS3(connector)) yield* checkConnector(connector, effects)
}

function checkConfiguration({ config, configName }: DoctorOptions): Check {
  const check = 'configuration'
  const ofLake = config.connectors.filter(({ declaredAt }) => declaredAt === undefined).length
  const count = config.connectors.length - ofLake
  if (configName === undefined)
    return { status: 'warn', check, found: 'no stocktake.yaml here or above', fix: '`stocktake init` writes one' }
  const found = `${configName}, ${count} connector${count === 1 ? '' : 's'}${ofLake > 0 ? ` and ${ofLake} in the lake` : ''}`
  if (count + ofLake > 0) return { status: 'ok', check, found, fix: null }
  return { status: 'warn', check, found, fix: 'name a bucket under connectors in it' }
}

const isOnS3 = (place: string): boolean => place.startsWith('s3://')

const needsS3 = ({ source, inventory }: Connector): boolean =>
  source.kind === 'bucket' || inventory?.destination.kind === 'bucket'

/** A bucket that anything here is in; `undefined` where S3 isn't needed. */
function bucketOnS3({ config, connectors }: DoctorOptions): string | undefined {
  if (config.lake !== undefined && isOnS3(config.lake)) return parseS3Url(config.lake).bucket
  const buckets = connectors.flatMap(({ source, inventory }) => [inventory?.destination, source])
  return buckets.find(bucket => bucket?.kind === 'bucket')?.name
}

async function checkCredentials(
  { config }: DoctorOptions,
  { credentials: source, askCaller, now }: DoctorEffects,
): Promise<{ check: Check; credentials?: S3Credentials }> {
  let credentials: S3Credentials
  try {
    credentials = await resolveCredentials(source)
  } catch (error) {
    if (!isFinding(error)) throw error
    const { found, fix } = explainError(error)
    return { check: { status: 'fail', check: 'credentials', found: `${found}; what is on S3 was not looked at`, fix } }
  }
  return { check: await checkCaller(credentials, askCaller, config.aws, now()), credentials }
}

/** S3's time; where S3 doesn't answer, the rows that need it say so. */
async function* checkClock(bucket: string, { openConnection, now }: DoctorEffects): AsyncGenerator<Check> {
  try {
    yield judgeClock(await readServerTime(await openConnection(bucket), now))
  } catch (error) {
    if (!isFinding(error)) throw error
  }
}

const checkLakeAt = (
  place: string,
  { config }: DoctorOptions,
  { openPlace, randomName }: DoctorEffects,
): Promise<Check> =>
  attempt(
    'lake',
    async () => checkLake(place, await openPlace(place), randomName(), authorityOf(config)),
    error => {
      const { found, fix } = explainError(error)
      return { found: found.includes(place) ? found : `${place}: ${found}`, fix }
    },
  )

/** Whether Glue answers, and has the lake's database. What it lets be written is told by the first who writes. */
const checkDatabase = ({ database }: { readonly database: string }, { openGlue }: DoctorEffects): Promise<Check> => {
  const check = 'catalog'
  return attempt(check, async () => {
    const glue = await openGlue()
    const name = `${glue.place}, database ${database}`
    if (!(await glue.findDatabase(database)))
      return { status: 'warn', check, found: `${name}: not there yet`, fix: '`stocktake init` creates it' }
    let count = 0
    for await (const _ of glue.listTables(database)) count++
    return { status: 'ok', check, found: `${name}: ${count} table${count === 1 ? '' : 's'} and views`, fix: null }
  })
}

async function checkHttpfs({ config, engineVersion }: DoctorOptions, { findHttpfs }: DoctorEffects): Promise<Check> {
  const check = 'httpfs'
  const search = await findHttpfs()
  if (search.kind === 'loaded') return { status: 'ok', check, found: `loaded (${search.from})`, fix: null }
  const isLakeOnS3 = config.lake !== undefined && isOnS3(config.lake)
  const consequence = isLakeOnS3
    ? "the lake on S3 can't be queried"
    : config.engine.transport === 'httpfs'
      ? "reports can't be read, as engine.transport is httpfs"
      : 'reports are staged, `query --report` is not to be had'
  return {
    status: isLakeOnS3 || config.engine.transport === 'httpfs' ? 'fail' : 'warn',
    check,
    found: `can't be loaded here (${search.reason}): ${consequence}`,
    fix: `put httpfs.duckdb_extension ${engineVersion} in a folder and set engine.extensions`,
  }
}

async function* checkConnector(connector: Connector, effects: DoctorEffects): AsyncGenerator<Check> {
  const { name, inventory } = connector
  if (!inventory) return yield await attempt(name, () => checkScanned(connector, effects), denied(connector))
  const { destination } = inventory
  if (destination.kind === 'folder' && !(await isFolder(destination.path)))
    return yield {
      status: 'fail',
      check: name,
      found: `${destination.path}: no such folder`,
      fix: 'check destination_bucket',
    }
  const { state, check: stateCheck } = await checkState(connector, inventory.configName, effects)
  const check = await attempt(
    name,
    async () => {
      const reports = await effects.openBucket(destination)
      const delivery = `stocktake setup ${name} --verify shows whether S3 may deliver`
      return checkNewestReport({ connector, place: inventory, check: name, state, delivery }, reports, effects.now())
    },
    denied(connector),
  )
  // While reports come, nobody needs to see why they do.
  if (stateCheck && check.status !== 'ok') yield stateCheck
  yield check
}

const denied = (connector: Connector) => (error: StocktakeError) => explainDenied(error, connector)

/** A connector that is only listed: its source is asked for the first of its keys. */
async function checkScanned(connector: Connector, { openBucket }: DoctorEffects): Promise<Check> {
  const { name, source, scanMode } = connector
  if (source.kind === 'folder') {
    if (!(await isFolder(source.path)))
      return { status: 'fail', check: name, found: `${source.path}: no such folder`, fix: 'check source_bucket' }
  } else for await (const _ of (await openBucket(source)).list('')) break
  const where = source.kind === 'folder' ? source.path : `s3://${source.name}`
  if (scanMode !== 'aws_inventory')
    return { status: 'ok', check: name, found: `${where} can be listed, and is scanned`, fix: null }
  return {
    status: 'warn',
    check: name,
    found: `${where} can be listed; no inventory is configured`,
    fix: `say where its reports are, connectors.${name}.inventory; or set scan_mode to full or sample`,
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true

/** What the source says about its inventory configuration, and a row where it says nothing. */
async function checkState(
  connector: Connector,
  configName: string,
  { openConnection }: DoctorEffects,
): Promise<{ state: InventoryState; check?: Check }> {
  const { name, source, inventory } = connector
  if (source.kind === 'folder' || inventory?.destination.kind === 'folder')
    return { state: { kind: 'unknown', reason: 'a folder has none' } }
  const warn = (found: string, fix: string | null): Check => ({
    status: 'warn',
    check: name,
    found: `whether an inventory is configured can't be seen: ${found}`,
    fix,
  })
  try {
    const state = await readInventoryState(await openConnection(source.name), configName)
    if (state.kind === 'denied') {
      const { action, resource } = state
      return {
        state,
        check: warn(`${action} denied on ${resource}`, `allow ${action} on ${resource}, or ask its owner`),
      }
    }
    if (state.kind === 'unknown') return { state, check: warn(state.reason, null) }
    return { state }
  } catch (error) {
    if (!isFinding(error)) throw error
    const { found, fix } = explainError(error)
    return { state: { kind: 'unknown', reason: found }, check: warn(found, fix) }
  }
}
