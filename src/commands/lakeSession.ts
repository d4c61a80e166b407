import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/config.js'
import { getLakePlace } from '../config/config.js'
import type { Bucket } from '../config/connector.js'
import type { DuckDB } from '../engine/duckdb.js'
import { UsageError } from '../errors.js'
import type { Catalog } from '../iceberg/catalog.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { EngineLimits } from '../snapshot/memoryBudget.js'
import type { Context } from './globals.js'

/** A lake that is open, with an engine of this command's own. */
export interface LakeSession {
  /** The lake as the person named it: a path or a URL. */
  readonly place: string
  readonly store: ObjectStore
  readonly catalog: Catalog
  readonly engine: DuckDB
  readonly limits: EngineLimits
}

type SessionContext = Pick<Context, 'config' | 'now' | 'signal'>

/**
 * Opens the lake for as long as `act` takes.
 * @param spillFolder where the engine's own temporary folder is made; by the configuration unless given
 * @throws {NotFoundError} where there is no lake
 */
export async function withLake<T>(
  { config, now, signal }: SessionContext,
  act: (session: LakeSession) => Promise<T>,
  spillFolder: string = config.engine.temp ?? tmpdir(),
): Promise<T> {
  const [{ filesCatalog }, { openDuckDB }, lakes, { engineBytesOf }] = await Promise.all([
    import('../iceberg/filesCatalog.js'),
    import('../engine/duckdb.js'),
    import('../lake/lake.js'),
    import('../snapshot/memoryBudget.js'),
  ])
  requireFilesCatalog(config)
  const place = getLakePlace(config)
  const { store } = await lakes.openLake(lakes.openStore(place))
  const limits = { engineBytes: engineBytesOf(config.engine.memoryBytes), threads: config.engine.threads }
  const tempFolder = join(spillFolder, spillName())
  try {
    const engine = await openDuckDB({ memoryBytes: limits.engineBytes, threads: limits.threads, tempFolder, signal })
    try {
      return await act({ place, store, catalog: filesCatalog(store, { now }), engine, limits })
    } finally {
      engine.close()
    }
  } finally {
    await rm(tempFolder, { recursive: true, force: true })
  }
}

/** Named as the work folders of imports are: what a killed process left among them is swept with them. */
const spillName = (): string => `spill.${hostname()}.${process.pid}.${randomBytes(4).toString('hex')}`

/** The store that stands for a bucket: its folder, or the bucket on S3 by the configuration's `aws`. */
export async function openBucket(
  bucket: Bucket,
  { config, signal }: Pick<Context, 'config' | 'signal'>,
): Promise<ObjectStore> {
  if (bucket.kind === 'folder') {
    const { openStore } = await import('../lake/lake.js')
    return openStore(bucket.path)
  }
  const [{ openS3Store }, { findCredentials }] = await Promise.all([
    import('../lake/s3Store.js'),
    import('../lake/s3Credentials.js'),
  ])
  return openS3Store(
    { bucket: bucket.name, prefix: '', aws: config.aws, retries: config.engine.retries },
    {
      credentials: await findCredentials(config.aws),
      sleep: (ms, signal) => sleep(ms, undefined, { signal }),
      random: Math.random,
      signal,
    },
  )
}

function requireFilesCatalog({ catalog }: Config): void {
  if (catalog.type !== 'files')
    throw new UsageError({ subject: 'catalog', expected: 'files', got: catalog.type, fix: 'this version has no other' })
}
