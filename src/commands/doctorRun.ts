import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { version } from '@duckdb/node-api'
import { getConnector } from '../config/connector.js'
import { openDuckDB } from '../engine/duckdb.js'
import { loadHttpfs } from '../engine/httpfs.js'
import { findCredentials } from '../lake/s3Credentials.js'
import { diagnose, type HttpfsSearch } from '../setup/doctor.js'
import { askCaller, openBucketConnection } from './bucketConnection.js'
import { writeChecks } from './checkScreen.js'
import type { Context } from './globals.js'
import { openGlueOf } from './lakeCatalog.js'
import { openBucket, openPlace } from './lakeSession.js'

/**
 * Writes what doctor finds.
 * @param name of one connector; without it all of them
 * @throws {NotFoundError} where there is no such connector
 * @throws {StocktakeError} when a check fails, after all lines
 */
export async function runDoctor(name: string | undefined, context: Context): Promise<void> {
  const { config, now } = context
  const checks = diagnose(
    {
      config,
      configName: config.file === undefined ? undefined : relative(context.cwd, config.file),
      connectors: name === undefined ? config.connectors : [getConnector(config.connectors, name)],
      engineVersion: version(),
    },
    {
      openPlace: place => openPlace(place, context),
      openBucket: bucket => openBucket(bucket, context),
      openConnection: bucket => openBucketConnection(bucket, context),
      credentials: async () => (await findCredentials(config.aws))(),
      askCaller: () => askCaller(context),
      findHttpfs: () => findHttpfs(context),
      openGlue: () => openGlueOf(context),
      now,
      randomName: () => randomBytes(8).toString('hex'),
    },
  )
  await writeChecks(checks, 'doctor', context)
}

/** Looks for httpfs as an import would, in an engine of its own. */
async function findHttpfs({ config, signal }: Pick<Context, 'config' | 'signal'>): Promise<HttpfsSearch> {
  const tempFolder = await mkdtemp(join(config.engine.temp ?? tmpdir(), 'stocktake-doctor-'))
  try {
    const engine = await openDuckDB({ memoryBytes: ENGINE_BYTES, threads: 1, tempFolder, signal })
    try {
      return await loadHttpfs(engine, config.engine.extensions)
    } finally {
      engine.close()
    }
  } finally {
    await rm(tempFolder, { recursive: true, force: true })
  }
}

/** To load an extension takes little. */
const ENGINE_BYTES = 100_000_000
