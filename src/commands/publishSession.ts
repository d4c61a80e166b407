import { type Config, getLakePlace } from '../config/config.js'
import { publishedDatabase } from '../config/publishedDatabase.js'
import { UsageError } from '../errors.js'
import type { PublishOptions } from '../publish/planPublish.js'
import type { PublishEffects } from '../publish/publish.js'
import type { Context } from './globals.js'
import { openGlueOf } from './lakeCatalog.js'
import { openBucket, withLake } from './lakeSession.js'
import { documentEffects } from './tasksOfLake.js'

/** What publishing needs of a command's context. */
export type PublishContext = Pick<Context, 'config' | 'now' | 'signal' | 'log' | 'progress' | 'job'>

/** Opens lake and Glue, to publish the one in the other. @throws {UsageError} for a lake that can't be published */
export async function withPublishing<T>(
  context: PublishContext,
  replace: boolean,
  act: (options: PublishOptions, effects: PublishEffects) => Promise<T>,
): Promise<T> {
  const { config, log, progress } = context
  const database = requireDatabase(config)
  const glue = await openGlueOf(context)
  return withLake(context, async ({ lakeId, store, catalog, engine }) => {
    const { catalog: catalogName } = config.publish
    const { type: authority } = config.catalog
    return act(
      { lakeId, database, catalogName, authority, replace, connectors: config.connectors },
      {
        ...{ store, catalog, engine, glue },
        documents: documentEffects(context),
        openReports: async ({ inventory }) =>
          inventory?.destination.kind === 'bucket' ? openBucket(inventory.destination, context) : undefined,
        warn: message => log.warn(message),
        notice: message => log.notice(message),
        progress: step => progress.update({ label: 'publish', ...step, unit: 'entries' }),
      },
    )
  })
}

/**
 * Glue's database for a lake that can be published.
 * @throws {UsageError}
 */
export function requireDatabase(config: Config): string {
  const place = getLakePlace(config)
  if (!place.startsWith('s3://'))
    throw new UsageError({
      subject: 'publish',
      expected: 'a lake on S3, where Athena, Trino and Spark can read it',
      got: place,
      fix: 'set lake: s3://bucket/prefix and import there; a DuckDB on this machine reads the folder by `stocktake views`',
    })
  const database = publishedDatabase(config)
  if (database === undefined)
    throw new UsageError({
      subject: 'publish',
      expected: "Glue's database for the lake's tables and views",
      got: 'none',
      fix: 'set publish.database',
    })
  if (config.publish.database !== undefined && config.publish.database !== database)
    throw new UsageError({
      subject: 'publish.database',
      expected: `${database}, which is catalog.database: the catalog of this lake is in Glue already`,
      got: config.publish.database,
      fix: 'remove publish.database',
    })
  return database
}
