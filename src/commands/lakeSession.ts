import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/config.js'
import { getLakePlace } from '../config/config.js'
import type { Bucket } from '../config/connector.js'
import type { DuckDB } from '../engine/duckdb.js'
import type { FoundHttpfs } from '../engine/httpfs.js'
import { UsageError } from '../errors.js'
import type { Catalog } from '../iceberg/catalog.js'
import { authorityOf } from '../lake/authority.js'
import type { Lake } from '../lake/lake.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { S3Place, S3Store } from '../lake/s3Store.js'
import type { EngineLimits, EngineUse } from '../snapshot/memoryBudget.js'
import type { Context } from './globals.js'
import type { LakeDatabase } from './lakeCatalog.js'
import { waitEffects } from './waitEffects.js'

/** An engine of this command's own. */
export interface EngineSession {
  readonly engine: DuckDB
  readonly limits: EngineLimits
  /** Lets the engine read `s3://`, with the credentials of a store; the first time, as later ones have the same. */
  readonly openHttpfs: (store: S3Store) => Promise<FoundHttpfs>
}

/** A lake that is open. */
export interface LakeSession extends EngineSession {
  /** The lake as the person named it: a path or a URL. */
  readonly place: string
  readonly lakeId: string
  readonly store: ObjectStore
  readonly catalog: Catalog
}

/** What an engine is opened for. */
export interface EngineOptions {
  readonly use?: EngineUse
  /** Where the engine's own temporary folder is made; by the configuration unless given. */
  readonly spillFolder?: string
}

type SessionContext = Pick<Context, 'config' | 'now' | 'signal'>

/**
 * Opens the lake for as long as `act` takes.
 * @throws {NotFoundError} where there is no lake
 */
export async function withLake<T>(
  context: SessionContext,
  act: (session: LakeSession) => Promise<T>,
  options?: EngineOptions,
): Promise<T> {
  const [{ openCatalog }, { place, lake }] = await Promise.all([import('./lakeCatalog.js'), openLakeOf(context)])
  const { id: lakeId, store } = lake
  const catalog = await openCatalog(store, context)
  const open = async (session: EngineSession) => {
    if (!isLocal(place)) await requireHttpfs(place, await session.openHttpfs(store as S3Store))
    return act({ ...session, place, lakeId, store, catalog })
  }
  return withEngine(context, open, options)
}

/** The store of a lake, for what needs no engine. @throws {NotFoundError} where there is no lake */
export async function openLakeStore(context: Pick<SessionContext, 'config' | 'signal'>): Promise<ObjectStore> {
  return (await openLakeOf(context)).lake.store
}

/**
 * The lake that the configuration names.
 * @throws {NotFoundError} where there is no lake
 * @throws {LakeAuthorityError} where its catalog is another than the configuration says
 */
export async function openLakeOf(
  context: Pick<SessionContext, 'config' | 'signal'>,
): Promise<{ readonly place: string; readonly lake: Lake }> {
  const { openLake } = await import('../lake/lake.js')
  const place = getLakePlace(context.config)
  const authority = authorityOf(context.config)
  return { place, lake: await openLake(await openPlace(place, context), authority) }
}

/** A lake that was made or found. */
export interface MadeLake {
  readonly place: string
  readonly lake: Lake
  readonly isNew: boolean
  /** Where its catalog is Glue, and the lake is new or is to be made whole. */
  readonly database: LakeDatabase | undefined
}

/**
 * Makes the lake that the configuration names, unless it is there; where its catalog is Glue, the database first.
 * @param isWhole makes the database also where the lake is there
 * @throws {LakeAuthorityError} where its catalog is another than the configuration says
 */
export async function createLakeOf(
  context: Pick<SessionContext, 'config' | 'now' | 'signal'>,
  { isWhole = false }: { readonly isWhole?: boolean } = {},
): Promise<MadeLake> {
  const [lakes, { makeDatabase }] = await Promise.all([import('../lake/lake.js'), import('./lakeCatalog.js')])
  const place = getLakePlace(context.config)
  const authority = authorityOf(context.config)
  const store = await openPlace(place, context)
  const found = await lakes.findLake(store, authority)
  const database = found && !isWhole ? undefined : await makeDatabase(store, context)
  const { lake, isNew } = found
    ? { lake: found, isNew: false }
    : await lakes.createLake(store, context.now(), authority)
  return { place, lake, isNew, database }
}

/** Opens an engine for as long as `act` takes. */
export async function withEngine<T>(
  { config, signal }: Pick<SessionContext, 'config' | 'signal'>,
  act: (session: EngineSession) => Promise<T>,
  { use, spillFolder = config.engine.temp ?? tmpdir() }: EngineOptions = {},
): Promise<T> {
  const [{ openDuckDB }, { engineBytesOf }] = await Promise.all([
    import('../engine/duckdb.js'),
    import('../snapshot/memoryBudget.js'),
  ])
  const limits = { engineBytes: engineBytesOf(config.engine.memoryBytes, use), threads: config.engine.threads }
  const tempFolder = join(spillFolder, spillName())
  try {
    const engine = await openDuckDB({ memoryBytes: limits.engineBytes, threads: limits.threads, tempFolder, signal })
    try {
      return await act({ engine, limits, openHttpfs: httpfsOpener(engine, config) })
    } finally {
      engine.close()
    }
  } finally {
    await rm(tempFolder, { recursive: true, force: true })
  }
}

/** Named as the work folders of imports are: what a killed process left among them is swept with them. */
const spillName = (): string => `spill.${hostname()}.${process.pid}.${randomBytes(4).toString('hex')}`

const isLocal = (place: string): boolean => !place.startsWith('s3://')

function httpfsOpener(engine: DuckDB, { aws, engine: settings }: Config): EngineSession['openHttpfs'] {
  let opening: Promise<FoundHttpfs> | undefined
  return store => {
    opening ??= openHttpfs(engine, store, aws, settings)
    return opening
  }
}

async function openHttpfs(
  engine: DuckDB,
  store: S3Store,
  { endpoint, pathStyle }: Config['aws'],
  { extensions, retries }: Config['engine'],
): Promise<FoundHttpfs> {
  const [{ loadHttpfs, openS3Access }, { S3_TIMEOUTS }] = await Promise.all([
    import('../engine/httpfs.js'),
    import('../lake/s3Store.js'),
  ])
  const found = await loadHttpfs(engine, extensions)
  if (found.kind === 'absent') return found
  const credentials = () => store.resolveCredentials()
  const access = { region: await store.resolveRegion(), endpoint, pathStyle, credentials }
  await openS3Access(engine, access, { retries, timeoutMs: S3_TIMEOUTS.idleMs })
  return found
}

/** @throws {HttpfsAbsentError} where there is none */
export async function requireHttpfs(subject: string, found: FoundHttpfs): Promise<void> {
  const { HttpfsAbsentError } = await import('../engine/httpfs.js')
  if (found.kind === 'absent')
    throw new HttpfsAbsentError({
      subject,
      expected: "DuckDB's httpfs, to be read over S3",
      got: found.reason,
      fix: 'put httpfs.duckdb_extension for this DuckDB into a folder, and set engine.extensions',
    })
}

/**
 * The store at a place: a folder's path or `file:` URL, or `s3://bucket/prefix`.
 * @throws {UsageError} for a place of another kind
 */
export async function openPlace(place: string, context: Pick<Context, 'config' | 'signal'>): Promise<ObjectStore> {
  if (!isLocal(place)) {
    const [{ parseS3Url }, { isPlainUrl }] = await Promise.all([
      import('../lake/s3Store.js'),
      import('../engine/httpfs.js'),
    ])
    if (!isPlainUrl(place))
      throw new UsageError({ subject: place, expected: 'a prefix without ?, *, [, ] and \\', got: 'one of them' })
    return openS3(parseS3Url(place), context)
  }
  const { openStore } = await import('../lake/lake.js')
  return openStore(place)
}

/** The store that stands for a bucket: its folder, or the bucket on S3 by the configuration's `aws`. */
export async function openBucket(bucket: Bucket, context: Pick<Context, 'config' | 'signal'>): Promise<ObjectStore> {
  if (bucket.kind === 'bucket') return openS3({ bucket: bucket.name, prefix: '' }, context)
  const { openStore } = await import('../lake/lake.js')
  return openStore(bucket.path)
}

async function openS3(place: S3Place, { config, signal }: Pick<Context, 'config' | 'signal'>): Promise<ObjectStore> {
  const [{ openS3Store }, { findCredentials }] = await Promise.all([
    import('../lake/s3Store.js'),
    import('../lake/s3Credentials.js'),
  ])
  return openS3Store(
    { ...place, aws: config.aws, retries: config.engine.retries },
    { ...waitEffects(signal), credentials: await findCredentials(config.aws) },
  )
}
