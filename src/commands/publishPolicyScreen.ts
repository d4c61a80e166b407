import { getConnector } from '../config/connector.js'
import { glueRegion } from '../config/publishedDatabase.js'
import { partitionOf } from '../lake/s3Connection.js'
import { parseS3Url } from '../lake/s3Store.js'
import { ACCOUNT_PLACEHOLDER } from '../setup/planSetup.js'
import { describePublishPolicies } from '../setup/publishPolicies.js'
import { findRegion } from './bucketConnection.js'
import type { Context } from './globals.js'
import { requireDatabase } from './publishSession.js'
import { writeDocuments } from './setupRun.js'
import { listDeclared } from './tableViewsOf.js'

/**
 * Prints the IAM policies of who publishes the lake, and of who queries it by Athena.
 * @param connector whose reports are read, too; those of all unless it is given
 * @throws {UsageError} for a lake that can't be published
 */
export async function printPublishPolicies(
  { connector, account }: { readonly connector?: string; readonly account?: string },
  context: Context,
): Promise<void> {
  const { config, log } = context
  const database = requireDatabase(config)
  const found = await findRegion(context)
  const region = glueRegion(config) ?? found
  const { connectors, athena } = config
  const declared = await listDeclared(context)
  if (account === undefined)
    log.warn(
      `${ACCOUNT_PLACEHOLDER} stands for the account of Glue's catalog: name it with --account, or put it there yourself`,
    )
  if (region === undefined) log.warn('<region> stands for the region of Glue: set aws.region, or put it there yourself')
  const documents = describePublishPolicies({
    ...{ region, account, workgroup: athena.workgroup },
    partition: partitionOf(region ?? ''),
    lake: parseS3Url(config.lake ?? ''),
    databases: [...new Set([database, ...[...declared, ...config.streams].map(each => each.database)])],
    connectors: connector === undefined ? connectors : [getConnector(connectors, connector)],
    results: athena.output?.startsWith('s3://') ? parseS3Url(athena.output) : undefined,
  })
  await writeDocuments(documents, context)
}
