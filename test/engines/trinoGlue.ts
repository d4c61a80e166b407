import { startMiniStack } from '../services/miniStack.js'
import type { S3Address } from '../services/s3Service.js'
import { prepareTrino, trinoFolder } from './trinoFiles.js'
import { startTrino, type TrinoSettings } from './trinoServer.js'

/** A Trino over a Glue and an S3, which both are one MiniStack. */
export interface TrinoGlue {
  /** Where Trino answers. */
  readonly trino: string
  /** Where Glue and S3 answer, and who may ask them. */
  readonly glue: S3Address
}

/**
 * The catalog of Iceberg tables and views, under the name that Athena has for Glue's: a view says in which catalog its
 * tables are. It passes what is no Iceberg table on to the other one.
 */
export const GLUE_CATALOG = 'awsdatacatalog'

/** The catalog of external tables over files, such as a report's; it passes Iceberg tables on to the first one. */
export const HIVE_CATALOG = 'hive'

/**
 * Starts both. Tests share those that `inject('trinoGlue')` gives, and make databases and buckets whose names nothing
 * else has.
 */
export async function startTrinoGlue(
  java: string,
  settings: TrinoSettings = {},
): Promise<TrinoGlue & { stop(): Promise<void> }> {
  await prepareTrino(trinoFolder())
  const { stop: stopGlue, ...glue } = await startMiniStack()
  try {
    const { url, stop } = await startTrino(trinoFolder(), java, glueCatalogs(glue), settings)
    return { trino: url, glue, stop: async () => void (await Promise.all([stop(), stopGlue()])) }
  } catch (error) {
    await stopGlue()
    throw error
  }
}

/** The settings of the two catalogs, as lines of their files. */
const glueCatalogs = (glue: S3Address): Readonly<Record<string, readonly string[]>> => ({
  [GLUE_CATALOG]: [
    'connector.name=iceberg',
    'iceberg.catalog.type=glue',
    `iceberg.hive-catalog-name=${HIVE_CATALOG}`,
    'iceberg.register-table-procedure.enabled=true',
    'iceberg.remove-orphan-files.min-retention=0s', // a test has it remove what it takes for nobody's
    ...addresses(glue),
  ],
  [HIVE_CATALOG]: [
    'connector.name=hive',
    'hive.metastore=glue',
    `hive.iceberg-catalog-name=${GLUE_CATALOG}`,
    'hive.partition-projection-enabled=true',
    'hive.non-managed-table-writes-enabled=true',
    ...addresses(glue),
  ],
})

const addresses = ({ endpoint, credentials }: S3Address): string[] => [
  `hive.metastore.glue.endpoint-url=${endpoint}`,
  'hive.metastore.glue.region=us-east-1',
  `hive.metastore.glue.aws-access-key=${credentials.accessKeyId}`,
  `hive.metastore.glue.aws-secret-key=${credentials.secretAccessKey}`,
  'fs.native-s3.enabled=true',
  `s3.endpoint=${endpoint}`,
  's3.region=us-east-1',
  's3.path-style-access=true',
  `s3.aws-access-key=${credentials.accessKeyId}`,
  `s3.aws-secret-key=${credentials.secretAccessKey}`,
]
